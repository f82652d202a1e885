# SPDX-License-Identifier: Apache-2.0
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

from kws.firmware.boards import Board, Core, Measuring, cores, find_board
from kws.firmware.qemu import qemu_machine

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "firmware"
HERE = ROOT / "bench" / "device"

_BARE_METAL_SOURCES = ("counter.c", "receive.c", "stack.c")
_STACK_BYTES = 65536


@dataclass(frozen=True)
class MeasuredCore:
    """A core to compile for, and the board whose emulated machine runs and counts the program."""

    core: Core
    board: Board

    @property
    def compiler(self) -> tuple[str, ...]:
        """The compiler with the core's flags."""
        toolchain = self.core.toolchain
        return (toolchain.compiler, *toolchain.flags.split(), *self.core.flags.split())

    @property
    def sources(self) -> list[Path]:
        """C files around a program, without main()."""
        toolchain = self.core.toolchain.name
        return [
            *(FIRMWARE / "bare_metal" / name for name in _BARE_METAL_SOURCES),
            *sorted((FIRMWARE / "cores" / toolchain).glob("*.c")),
            *sorted((FIRMWARE / "boards" / self.board.name).glob("*.c")),
            *(FIRMWARE / name for name in self.board.sources),
        ]

    @property
    def definitions(self) -> dict[str, int | str]:
        """C macros of the board."""
        clock = {"KWS_CLOCK_HZ": f"{self.board.clock_hz}u"} if self.board.clock_hz else {}
        return {"KWS_BAUD": f"{self.board.baud}u", **clock, **self.board.definitions}

    def linker_script(self) -> str:
        """The board's memory.ld, with the memory that its emulated machine has."""
        memory, more = self.board.memory, self.board.measuring or Measuring()
        assert memory is not None
        text = (FIRMWARE / "bare_metal" / "memory.ld.in").read_text(encoding="utf-8")
        for name, value in {
            "FLASH": memory.flash,
            "FLASH_KIB": more.flash_kib or memory.flash_kib,
            "RAM": memory.ram if more.ram is None else more.ram,
            "RAM_KIB": more.ram_kib or memory.ram_kib,
            "STACK_BYTES": _STACK_BYTES,
            "CORE_FOLDER": self.core.toolchain.name,
        }.items():
            text = text.replace(f"@KWS_{name}@", str(value))
        return text


CORES = {
    short: MeasuredCore(cores()[core], find_board(board))
    for short, core, board in (
        # QEMU has no Cortex-M0 machine with room: ARMv6-M code runs unchanged on the M3.
        ("m0", "cortex-m0", "mps2_an385"),
        ("m3", "cortex-m3", "mps2_an385"),
        ("m4", "cortex-m4f", "mps2_an386"),
        ("m7", "cortex-m7", "mps2_an500"),
        ("m33", "cortex-m33", "mps2_an505"),
        ("m55", "cortex-m55", "mps3_an547"),
        ("rv32", "rv32imac", "rv32"),
    )
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
        build(spec, sources, elf, include, [optimization, *(f"-D{define}" for define in defines)])
        output = run(
            [
                *qemu_machine(spec.board), "-serial", "null",
                "-semihosting-config", "enable=on,target=native", "-kernel", str(elf),
            ],
            timeout_s=900,
        )  # fmt: skip
    return values(output)


def build(
    spec: MeasuredCore,
    sources: Sequence[Path],
    elf: Path,
    include: Sequence[Path] = (),
    options: Sequence[str] = ("-O2",),
    reporter: Path = HERE / "measure.c",
) -> None:
    """Compile a program for a core; `reporter` defines the rest of measure.h.

    Raises RuntimeError with the compiler's output when that fails.
    """
    script = elf.with_name("memory.ld")
    script.write_text(spec.linker_script(), encoding="utf-8")
    command = [
        *spec.compiler,
        "-std=c11", "-g", "-Wall", "-Wextra", *options,
        "-ffunction-sections", "-fdata-sections", "-nostartfiles", "-Wl,--gc-sections",
        *(f"-D{name}={value}" for name, value in spec.definitions.items()),
        f"-I{FIRMWARE}", f"-I{HERE}", *(f"-I{path}" for path in include),
        f"-L{FIRMWARE / 'cores'}", "-T", str(script),
        str(reporter), str(HERE / "measure_value.c"), *map(str, spec.sources), *map(str, sources),
        "-o", str(elf),
    ]  # fmt: skip
    run(command, timeout_s=600)


def values(output: str) -> dict[str, int]:
    """What a program reported, a line "name value" each."""
    pairs = (line.rsplit(" ", 1) for line in output.splitlines())
    return {name: int(value) for name, value in pairs}


def run(command: list[str], timeout_s: float) -> str:
    """The output of a tool. Raises RuntimeError with it for another status than 0."""
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
        print(f"{name:<{width}}", *(f"{column[name]:>12,}" for column in columns.values()))


if __name__ == "__main__":
    sys.exit(main())
