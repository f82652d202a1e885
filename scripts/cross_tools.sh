#!/bin/sh
# Installs what tests need: the compilers and emulators of the boards (kws.firmware.tools names
# those that are missing), valgrind (which counts instructions on this computer) and g++ (for what
# meets C++: TensorFlow Lite Micro, Arduino). As root on Debian or Ubuntu, else says how. Nothing
# stops here: pytest names the tests that could not run.
set -eu
cd "$(dirname "$0")/.."

packages=""
# want TOOL PACKAGES
want() {
    command -v "$1" >/dev/null 2>&1 || packages="$packages $2"
}
# missing INSTALLER: what the boards need of it
missing() {
    .venv/bin/python -m kws.firmware.tools | sed -n "s/^$1 //p" | tr '\n' ' '
}
packages=" $(missing apt)"
want valgrind "valgrind libc6-dbg"
want c++ g++
[ -n "${packages# }" ] || exit 0

say() { printf '%s\n' "$*" >&2; }
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    say "test: installing$packages"
    # shellcheck disable=SC2086
    if apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends $packages >&2; then
        exit 0
    fi
    say "test: apt-get could not install them"
fi
say "test: tests of some boards cannot run without:$packages"
say "  Install them with: sudo apt-get install --no-install-recommends$packages"
