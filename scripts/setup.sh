#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes .venv with the pinned packages and kws itself; checks the system packages first.
# A missing system package is installed when this runs as root, else named with its command.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }
stop() { say "setup: $1"; [ $# -lt 2 ] || say "  $2"; exit 2; }

# need TOOL PACKAGES: install PACKAGES when TOOL is not there.
need() {
    command -v "$1" >/dev/null 2>&1 && return 0
    install_packages "$1 is missing" "$2"
}

# install_packages WHY PACKAGES: as root install them, else stop with the command.
install_packages() {
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "setup: $1: installing $2"
        apt-get update -qq || stop "apt-get update failed" "Check the network, then run make setup again."
        # shellcheck disable=SC2086
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $2 >&2 ||
            stop "apt-get could not install $2" "Install it by hand, then run make setup again."
    elif command -v apt-get >/dev/null 2>&1; then
        stop "$1" "Install it with: sudo apt-get install --no-install-recommends $2"
    else
        stop "$1" "Install what Debian calls $2 with your system's package manager."
    fi
}

python_fits() {
    "$1" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

find_python() {
    for candidate in "${PYTHON:-}" python3 python3.12 python3.11 python3.13 python3.10; do
        if [ -n "$candidate" ] && python_fits "$candidate"; then
            echo "$candidate"
            return
        fi
    done
}

if [ -n "${PYTHON:-}" ] && ! python_fits "$PYTHON"; then
    stop "PYTHON=$PYTHON is not a Python 3.10 to 3.13" "Name another, or leave PYTHON unset."
fi
python=$(find_python)
if [ -z "$python" ]; then
    install_packages "no Python 3.10 to 3.13 found" "python3 python3-venv"
    python=$(find_python)
    [ -n "$python" ] || stop "no Python 3.10 to 3.13 found" "Install one and run: make setup PYTHON=/path/to/it"
fi

need cc "gcc libc6-dev"
need cmake cmake
need make make
cmake_version=$(cmake --version | sed -n '1s/.*version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p')
# shellcheck disable=SC2086
set -- $cmake_version
if [ "$1" -lt 3 ] || { [ "$1" = 3 ] && [ "$2" -lt 22 ]; }; then
    stop "CMake $1.$2 is too old: 3.22 or newer is needed" "Install a newer one: .venv/bin/pip install cmake, or your system's package."
fi

# What this set-up was made from; unchanged means nothing to do.
stamp=$(cat pyproject.toml constraints.txt firmware/version.h scripts/setup.sh | cksum)" $($python -V 2>&1)"
if [ -x .venv/bin/kws ] && [ "$(cat .venv/kws-setup 2>/dev/null)" = "$stamp" ]; then
    exit 0
fi

if [ ! -x .venv/bin/python ] || ! python_fits .venv/bin/python; then
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        install_packages "$python has no venv module" "python$version-venv"
    fi
    say "setup: making .venv with $("$python" -V)"
    rm -rf .venv
    "$python" -m venv .venv
fi

pip=".venv/bin/python -m pip --disable-pip-version-check"
# The golden reference has wheels for few platforms: find out before the long download.
if ! $pip install -q -c constraints.txt --only-binary=:all: --no-deps tflite-micro 2>.venv/pip-error; then
    if ! grep -q 'Retrying' .venv/pip-error &&
        grep -q -e 'No matching distribution' -e 'ResolutionImpossible' .venv/pip-error; then
        stop "pip has no tflite-micro wheel for this platform ($(uname -sm), $("$python" -V))" \
            "kws needs it as the reference for int8 results. Use Linux on x86-64 with Python 3.10 to 3.13."
    fi
    tail -n 3 .venv/pip-error >&2
    stop "pip could not install tflite-micro" "Check the network and pip's settings, then run make setup again."
fi
say "setup: installing Python packages (about 400 MB to download)"
$pip install -q -c constraints.txt -e '.[dev]' || stop "pip could not install the packages" "Its words are above."
printf '%s' "$stamp" >.venv/kws-setup
say "setup: done; the command is .venv/bin/kws"
