#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what tests need: the compilers and emulators of the boards (kws.firmware.tools names
# those that are missing), valgrind (which counts instructions on this computer), g++ (for what
# meets C++: TensorFlow Lite Micro, Arduino), Clang (exports compile with it too) with the runtime
# of its fuzzer and the linker of WebAssembly, Chromium (for the page), and npm (which brings an
# emulator). As root on Debian or Ubuntu, else says how. Nothing stops here: pytest names
# the tests that could not run.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }
missing() { .venv/bin/python -m kws.firmware.tools; }

packages=$(missing | sed -n 's/^sudo apt-get install//p' | tr -d '\n')
# want TOOL PACKAGES
want() {
    command -v "$1" >/dev/null 2>&1 || packages="$packages $2"
}
want valgrind "valgrind libc6-dbg"
want c++ g++
want clang clang
# Links a program with libFuzzer.
fuzzes() {
    echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' |
        clang -x c -fsanitize=fuzzer -o /dev/null - 2>/dev/null
}
fuzzes || packages="$packages libclang-rt-dev"
want npm npm
want wasm-ld lld
want chromium chromium
want flite flite
if [ -n "$packages" ]; then
    say "test: installing$packages"
    # shellcheck disable=SC2086
    if ! { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && apt-get update -qq &&
        DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends $packages >&2; }; then
        say "test: tests of some boards cannot run without:$packages"
        say "  Install them with: sudo apt-get install --no-install-recommends$packages"
    fi
fi

# Packages of npm need no root: they lie in .venv.
missing | grep '^npm ' | while read -r command; do
    say "test: $command"
    $command >&2 || say "test: that failed; tests of some boards cannot run without it"
done
