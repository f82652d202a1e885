#!/bin/sh
# Installs what tests need: the cross compilers, QEMU, valgrind (which counts instructions on this
# computer), g++ (for what meets C++: TensorFlow Lite Micro, Arduino) and Clang (exports compile with
# it too). As root on Debian or Ubuntu, else says how. Nothing stops here: pytest names the tests
# that could not run.
set -eu

packages=""
# want TOOL PACKAGES
want() {
    command -v "$1" >/dev/null 2>&1 || packages="$packages $2"
}
want arm-none-eabi-gcc "gcc-arm-none-eabi libnewlib-arm-none-eabi"
want qemu-system-arm qemu-system-arm
want riscv64-unknown-elf-gcc "gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf"
want qemu-system-riscv32 qemu-system-misc
want valgrind "valgrind libc6-dbg"
want c++ g++
want clang clang
[ -n "$packages" ] || exit 0

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
