"""Compiles C files for a core, runs them in QEMU, and counts the instructions of marked regions.

The program includes measure.h and defines kws_measure_main(). Counts are exact and repeatable
(QEMU's -icount; a timer that runs on it). They are instructions, not cycles.

    python -m bench.device.measure --cores m0,m4,rv32 -I runs/demo/generated my_bench.c stage.c
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "firmware"
HERE = ROOT / "bench" / "device"

_ARM = ("arm-none-eabi-gcc", "-mthumb", "--specs=nano.specs")
_RISCV = ("riscv64-unknown-elf-gcc", "-misa-spec=2.2", "--specs=picolibc.specs")
_BARE_METAL_SOURCES = ("counter.c", "receive.c", "stack.c")
_CORTEX_M_SOURCES = ("cores/cortex_m/startup.c", "cores/cortex_m/fault.c", "chips/mps2/uart.c")


@dataclass(frozen=True)
class Core:
    """How to compile for a core and which machine counts for it."""

    compiler: tuple[str, ...]
    script: str
    sources: tuple[str, ...]
    machine: tuple[str, ...]
    icount_shift: int


def _cortex_m(flags: str, machine: str) -> Core:
    return Core(
        (*_ARM, *flags.split()),
        "mps2.ld",
        (*_CORTEX_M_SOURCES, "chips/mps2/mps2.c"),
        ("arm", machine),
        6,
    )


CORES = {
    # QEMU has no Cortex-M0 machine with room: ARMv6-M code runs unchanged on the M3.
    "m0": _cortex_m("-mcpu=cortex-m0", "mps2-an385"),
    "m3": _cortex_m("-mcpu=cortex-m3", "mps2-an385"),
    "m4": _cortex_m("-mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16", "mps2-an386"),
    "m7": _cortex_m("-mcpu=cortex-m7 -mfloat-abi=hard -mfpu=fpv5-d16", "mps2-an500"),
    "m55": Core(
        (*_ARM, "-mcpu=cortex-m55", "-mfloat-abi=hard"),
        "mps3.ld",
        (*_CORTEX_M_SOURCES, "boards/mps3_an547/board.c"),
        ("arm", "mps3-an547"),
        6,
    ),
    "rv32": Core(
        (*_RISCV, "-march=rv32imac", "-mabi=ilp32"),
        "virt.ld",
        ("cores/riscv/startup.c", "boards/rv32/board.c"),
        ("riscv32", "virt", "-bios", "none"),
        0,
    ),
}


def measure(
    core: str,
    sources: Sequence[Path],
    include: Sequence[Path] = (),
    defines: Sequence[str] = (),
    optimization: str = "-O2",
) -> dict[str, int]:
    """Values that the program reports, by name, in order; a region's value is its instructions.

    Raises RuntimeError with the tool's output when compiling or running fails, or when the
    program returns another status than 0 (120: it faulted).
    """
    spec = CORES[core]
    with tempfile.TemporaryDirectory() as folder:
        elf = Path(folder) / "measure.elf"
        command = [
            *spec.compiler,
            "-std=c11", optimization, "-g", "-Wall", "-Wextra",
            "-ffunction-sections", "-fdata-sections", "-nostartfiles", "-Wl,--gc-sections",
            "-DKWS_BAUD=921600", *(f"-D{define}" for define in defines),
            f"-I{FIRMWARE}", f"-I{HERE}", *(f"-I{path}" for path in include),
            f"-L{FIRMWARE / 'cores'}", "-T", str(HERE / spec.script),
            str(HERE / "measure.c"),
            *(str(FIRMWARE / "bare_metal" / name) for name in _BARE_METAL_SOURCES),
            *(str(FIRMWARE / source) for source in spec.sources),
            *(str(source) for source in sources),
            "-o", str(elf),
        ]  # fmt: skip
        _run(command, timeout_s=120)
        output = _run(
            [
                f"qemu-system-{spec.machine[0]}", "-M", *spec.machine[1:], "-nographic",
                "-monitor", "none", "-serial", "null",
                "-semihosting-config", "enable=on,target=native",
                "-icount", f"shift={spec.icount_shift}", "-kernel", str(elf),
            ],
            timeout_s=300,
        )  # fmt: skip
    pairs = (line.rsplit(" ", 1) for line in output.splitlines())
    return {name: int(value) for name, value in pairs}


def _run(command: list[str], timeout_s: float) -> str:
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]}: status {done.returncode}\n{done.stdout}")
    return done.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("sources", nargs="+", type=Path)
    parser.add_argument("--cores", default=",".join(CORES), help="comma-separated")
    parser.add_argument("-I", dest="include", action="append", default=[], type=Path)
    parser.add_argument("-D", dest="defines", action="append", default=[])
    parser.add_argument("-O", dest="optimization", default="2")
    args = parser.parse_args()
    columns = {
        core: measure(core, args.sources, args.include, args.defines, f"-O{args.optimization}")
        for core in args.cores.split(",")
    }
    names = list(next(iter(columns.values())))
    width = max(len(name) for name in names)
    print(" " * width, *(f"{core:>12}" for core in columns))
    for name in names:
        print(f"{name:<{width}}", *(f"{values[name]:>12,}" for values in columns.values()))


if __name__ == "__main__":
    sys.exit(main())
