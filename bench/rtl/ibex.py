# SPDX-License-Identifier: Apache-2.0
"""Cycles of an inference on a RISC-V core, counted by the core itself: Ibex's RTL, simulated.

    .venv/bin/pip install pythondata-cpu-ibex
    sudo apt-get install verilator
    .venv/bin/python -m bench.rtl.ibex [--model FILE] [--write-docs]

The program of bench/kernels.py for rv32 runs on lowRISC's Ibex (SystemVerilog from the package
pythondata-cpu-ibex, made a simulator by Verilator) with memory that has no wait states. mcycle and
minstret are read before and after the last inference; every output is compared with TensorFlow
Lite Micro's, and instructions must equal those that QEMU counts of the same code. CoreMark, from
the same package and with Ibex's own flags, is run beside it: Ibex's README says what that gives.

Exit status 1 when an output or a count of instructions differs. Cycles of this core are not those
of another, nor those of a chip whose flash has wait states.
"""

import argparse
import importlib.util
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.device.boards import write_into
from bench.device.measure import CORES, ROOT, build, measure, run, values
from bench.kernels import checksum, program
from bench.runtimes import models
from kws.inference.golden import golden_outputs
from kws.verify.verify import verification_inputs
from kws_codegen.base.errors import KwsError
from kws_codegen.static_model import static_model

HERE = Path(__file__).resolve().parent
PACKAGE = "pythondata_cpu_ibex"
CORE = "rv32"
RANDOM_INPUTS = 1
PRESETS = ("small",)
MOST_CYCLES = 2_000_000_000
COREMARK_ITERATIONS = 10


@dataclass(frozen=True)
class Configuration:
    """One of Ibex's, as its ibex_configs.yaml names and defines it."""

    name: str
    title: str
    multiplier: str
    branch_target_alu: bool
    writeback_stage: bool
    published_coremark: float  # a MHz, in Ibex's README

    @property
    def macros(self) -> dict[str, str | int]:
        return {
            "KWS_RV32M": self.multiplier,
            "KWS_BRANCH_TARGET_ALU": int(self.branch_target_alu),
            "KWS_WRITEBACK_STAGE": int(self.writeback_stage),
        }


CONFIGURATIONS = (
    Configuration("small", "2 stages, multiplier of 3 cycles", "RV32MFast", False, False, 2.47),
    Configuration(
        "maxperf", "3 stages, multiplier of 1 cycle", "RV32MSingleCycle", True, True, 3.13
    ),
)


@dataclass(frozen=True)
class Cost:
    """One inference of one model; `exact`: outputs and instructions are what they must be."""

    model: str
    configuration: str
    instructions: int
    cycles: int
    exact: bool


def package() -> Path:
    """Ibex's sources. Raises KwsError when they or Verilator are not there."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise KwsError(
            "Ibex's sources are not installed", ".venv/bin/pip install pythondata-cpu-ibex"
        )
    if shutil.which("verilator") is None:
        raise KwsError("verilator is not installed", "sudo apt-get install verilator")
    return Path(found.submodule_search_locations[0]) / "system_verilog"


def verilate(ibex: Path, configuration: Configuration, folder: Path) -> Path:
    """The simulator of one configuration; half a minute."""
    shared = ibex / "vendor/lowrisc_ip"
    primitives = shared / "ip/prim/rtl"
    # Ibex's stand-ins for the wrappers that its own build generates, and what they wrap.
    libraries = (
        primitives,
        shared / "ip/prim_generic/rtl",
        ibex / "dv/uvm/core_ibex/common/prim",
        ibex / "rtl",
    )
    packages = ("util", "count", "secded", "mubi", "ram_1p", "cipher")
    simulation = folder / "simulation"
    run(
        [
            "verilator", "--cc", "--exe", "--build", "-O3", "-CFLAGS", "-O3",
            "--top-module", "ibex", "--Mdir", str(folder), "-o", simulation.name,
            "-Wno-fatal", "-Wno-lint", "-Wno-style", "+define+SYNTHESIS",
            *(f"+define+{name}={value}" for name, value in configuration.macros.items()),
            f"+incdir+{primitives}", f"+incdir+{shared / 'dv/sv/dv_utils'}",
            *(word for library in libraries for word in ("-y", str(library))),
            str(ibex / "dv/uvm/core_ibex/common/prim/prim_pkg.sv"),
            *(str(primitives / f"prim_{name}_pkg.sv") for name in packages),
            str(ibex / "rtl/ibex_pkg.sv"), str(HERE / "ibex.sv"), str(HERE / "simulation.cpp"),
        ],
        timeout_s=900,
    )  # fmt: skip
    return simulation


def simulate(
    simulation: Path,
    folder: Path,
    sources: Sequence[Path],
    include: Sequence[Path],
    options: Sequence[str] = ("-O2",),
) -> dict[str, int]:
    """What the program reports; "cycles" beside "instructions"."""
    elf, image = folder / "program.elf", folder / "program.bin"
    build(CORES[CORE], sources, elf, include, options, HERE / "device.c")
    objcopy = CORES[CORE].compiler[0].replace("gcc", "objcopy")
    run([objcopy, "-O", "binary", str(elf), str(image)], timeout_s=60)
    return values(run([str(simulation), str(image), str(MOST_CYCLES)], timeout_s=3600))


def coremark_per_mhz(ibex: Path, simulation: Path, folder: Path) -> float:
    """CoreMark's iterations in a million cycles. RuntimeError when its results are wrong."""
    coremark = ibex / "vendor/eembc_coremark"
    port = ibex / "examples/sw/benchmarks/coremark/ibex"
    parts = [path for path in sorted(coremark.glob("core_*.c")) if path.stem != "core_main"]
    # Ibex's flags of its core_portme.mak, and the instruction set that its benchmarks' README
    # says is the best for these configurations.
    options = [
        "-march=rv32im", "-mtune=sifive-3-series", "-O3", "-falign-functions=16",
        "-funroll-all-loops", "-finline-functions", "-falign-jumps=4", "-mstrict-align",
        "-ffreestanding", "-DTOTAL_DATA_SIZE=2000", "-DMAIN_HAS_NOARGC=1", "-DPERFORMANCE_RUN=1",
        f"-DITERATIONS={COREMARK_ITERATIONS}", "-w",
    ]  # fmt: skip
    sources = [HERE / "coremark.c", *parts]
    result = simulate(simulation, folder, sources, [port, coremark], options)
    if not result.get("correct"):
        raise RuntimeError(f"CoreMark's results are wrong: {result}")
    return 1e6 * COREMARK_ITERATIONS / result["cycles"]


def cost(name: str, model: bytes, configuration: Configuration, simulation: Path) -> Cost:
    """One inference of the model on the simulated core."""
    inputs = verification_inputs(static_model(model).graph.input.size, RANDOM_INPUTS, 0)
    inputs = inputs[-RANDOM_INPUTS:]
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        sources = program(folder, model, inputs)
        counted = measure(CORE, sources, [folder])
        found = simulate(simulation, folder, sources, [folder])
    expected = checksum(golden_outputs(model, inputs, processes=1))
    exact = found["checksum"] == expected and found["instructions"] == counted["instructions"]
    return Cost(name, configuration.name, found["instructions"], found["cycles"], exact)


def tables(costs: Sequence[Cost], coremarks: dict[str, float]) -> str:
    """Markdown: a row a model and configuration, then one a configuration."""
    lines = [
        "| model | Ibex | instructions an inference | cycles | cycles an instruction |",
        "| --- | --- | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {cost.model} | {cost.configuration} | {cost.instructions:,} | {cost.cycles:,} "
        f"| {cost.cycles / cost.instructions:.2f} |"
        for cost in costs
    ]
    lines += [
        "",
        "| Ibex | is | CoreMark a MHz, here | by its README |",
        "| --- | --- | ---: | ---: |",
    ]
    lines += [
        f"| {one.name} | {one.title} | {coremarks[one.name]:.2f} | {one.published_coremark:.2f} |"
        for one in CONFIGURATIONS
    ]
    return "\n".join(lines)


def _measured(ibex: Path, file: Path | None, coremarks: dict[str, float]) -> Iterator[Cost]:
    """Fills `coremarks` by the configuration's name."""
    measured = (*PRESETS, *([file.stem] if file else []))
    chosen = [(name, model) for name, _, model in models(file) if name in measured]
    for configuration in CONFIGURATIONS:
        with tempfile.TemporaryDirectory() as text:
            folder = Path(text)
            simulation = verilate(ibex, configuration, folder)
            coremarks[configuration.name] = coremark_per_mhz(ibex, simulation, folder)
            for name, model in chosen:
                yield cost(name, model, configuration, simulation)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--model", type=Path, help="a .tflite to measure beside the preset")
    parser.add_argument("--document", type=Path, default=ROOT / "docs/reference/costs.md")
    parser.add_argument("--write-docs", action="store_true", help="put the tables into it")
    arguments = parser.parse_args()
    costs: list[Cost] = []
    coremarks: dict[str, float] = {}
    try:
        for one in _measured(package(), arguments.model, coremarks):
            costs.append(one)
            print(one, flush=True)
    except KwsError as error:
        print(f"{error}\n{error.hint}", file=sys.stderr)
        return 2
    names = [one.name for one in CONFIGURATIONS]
    costs.sort(key=lambda one: (one.model, names.index(one.configuration)))
    text = tables(costs, coremarks)
    print(text)
    wrong = [one for one in costs if not one.exact]
    if wrong:
        print("\nDIFFERENT from TensorFlow Lite Micro, or from QEMU's count:", *wrong)
        return 1
    if arguments.write_docs:
        command = ".venv/bin/python -m bench.rtl.ibex"
        if arguments.model:
            command += f" --model {arguments.model.name}"
        write_into(arguments.document, "rtl", f"```sh\n{command} --write-docs\n```\n\n{text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
