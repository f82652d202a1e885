# SPDX-License-Identifier: Apache-2.0
"""The static model of a .tflite, core by core: instructions, code, RAM, and its outputs' proof.

    .venv/bin/python -m bench.kernels --model model.tflite [--cores m0,m4] [--write-docs]

Runs the model in QEMU on each core (valgrind: x86-64) and prints, as Markdown, the model's figures
(beside TensorFlow Lite Micro's and the goals for a model that bench/mlperf_tiny_kws.json knows),
what optimising for size (-Os) saves and costs, and the activation buffer over time. Exit status 1
when an output differs from TensorFlow Lite Micro's. Instructions are not cycles.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.device.boards import write_into
from bench.device.measure import CORES, FIRMWARE, HERE, ROOT, measure
from kws.firmware.memory_picture import picture_text
from kws.inference.golden import golden_outputs
from kws.verify.verify import verification_inputs, verify
from kws_codegen.render import FileInfo
from kws_codegen.static_model import static_model, static_model_files

DOCUMENT = "docs/reference/costs.md"
RANDOM_INPUTS = 5
REFERENCE = HERE.parent / "mlperf_tiny_kws.json"
TITLES = {
    "m4": "Cortex-M4",
    "m55": "Cortex-M55",
    "m3": "Cortex-M3",
    "rv32": "rv32imac",
    "m0": "Cortex-M0",
}


@dataclass(frozen=True)
class Result:
    """One core's figures; `exact` tells whether all outputs equal TensorFlow Lite Micro's."""

    instructions: int
    exact: bool


def measure_model(core: str, model: bytes, optimization: str = "-O2") -> Result:
    """Compile the model for `core` (a key of bench/device's CORES), run it, compare it."""
    inputs = verification_inputs(static_model(model).graph.input.size, RANDOM_INPUTS, 0)
    values = _run(core, model, inputs, optimization)
    expected = checksum(golden_outputs(model, inputs, processes=1))
    return Result(values["instructions"], values["checksum"] == expected)


def count_instructions(core: str, model: bytes, inputs: npt.NDArray[np.int8]) -> int:
    """Instructions of the last of `inputs`, int8 [n, input size]; nothing is compared."""
    return _run(core, model, inputs, "-O2")["instructions"]


def _run(
    core: str, model: bytes, inputs: npt.NDArray[np.int8], optimization: str
) -> dict[str, int]:
    """The values that kernels_device.c reports."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return measure(core, program(folder, model, inputs), [folder], optimization=optimization)


def program(folder: Path, model: bytes, inputs: npt.NDArray[np.int8]) -> list[Path]:
    """Sources that run the model on `inputs`, int8 [n, input size]; what is generated goes to
    `folder`, which must be an include folder."""
    _write_model(folder, model)
    (folder / "kernels_inputs.h").write_text(_inputs_header(inputs), encoding="utf-8")
    return [HERE.parent / "kernels_device.c", folder / "static_model.c", *_kernels(model)]


_COPY = "kws_copy_s8"
"""What other kernels call."""

_CALLS = {
    "kws_depthwise_sequence_s8": "kws_depthwise_conv_2d_s8",
    "kws_conv_2d_40_s8": "kws_conv_2d_s8",
    "kws_conv_2d_64_s8": "kws_conv_2d_s8",
}


def _kernels(model: bytes) -> list[Path]:
    """Sources of the kernels that the model calls, and of what all kernels share."""
    functions = (operator.functions for operator in static_model(model).operators)
    called = {_COPY}.union(*functions)
    called |= {_CALLS[name] for name in called & _CALLS.keys()}
    files = sorted((FIRMWARE / "kernels").rglob("*.c"))
    shared = [path for path in files if not path.name.startswith("kws_")]
    return [path for path in files if path.stem in called] + shared


def checksum(outputs: npt.NDArray[np.int8]) -> int:
    """What kernels_device.c computes over int8 [n, output size]."""
    result = 0
    for value in outputs.reshape(-1).view(np.uint8):
        result = (result * 31 + int(value)) % (1 << 32)
    return result


def _inputs_header(inputs: npt.NDArray[np.int8]) -> str:
    rows = ",\n".join("    {" + ", ".join(str(v) for v in row) + "}" for row in inputs)
    return (
        "#include <stdint.h>\n"
        f"#define KWS_BENCH_INPUTS {len(inputs)}\n"
        f"static const int8_t kws_bench_inputs[{len(inputs)}][{inputs.shape[1]}] = "
        f"{{\n{rows}\n}};\n"
    )


def _write_model(folder: Path, model: bytes) -> None:
    info = FileInfo("mcu-kws", "bench/kernels.py")
    for name, text in static_model_files(model, info).items():
        (folder / name).write_text(text, encoding="utf-8")


def code_bytes(core: str, model: bytes, optimization: str = "-O2") -> int:
    """Machine code of the generated calls and the kernels that they use, without weights."""
    compiler = CORES[core].compiler
    total = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write_model(folder, model)
        for source in (folder / "static_model.c", *_kernels(model)):
            item = str(folder / "part.o")
            options = ["-std=c11", optimization, f"-I{FIRMWARE}", f"-I{folder}", "-c"]
            subprocess.run([*compiler, *options, str(source), "-o", item], check=True)
            size = [compiler[0].replace("gcc", "size"), "-A", item]
            listing = subprocess.run(size, capture_output=True, text=True, check=True)
            rows = [line.split() for line in listing.stdout.splitlines()]
            total += sum(int(row[1]) for row in rows if row and row[0].startswith(".text"))
    return total


@dataclass(frozen=True)
class Reference:
    """What is known of one model (by its SHA-256): TFLM's figures and the goals, by key."""

    name: str
    figures: dict[str, dict[str, str | int]]

    def columns(self, key: str) -> list[str]:
        """TFLM's figure, the goal and the stretch goal, as text."""
        figure = self.figures[key]
        return [str(figure["tflm"]), *(f"{figure[goal]:,}" for goal in ("to_reach", "stretch"))]


def find_reference(model: bytes) -> Reference | None:
    """What REFERENCE knows of this model; None for any other."""
    known = json.loads(REFERENCE.read_text(encoding="utf-8"))
    if hashlib.sha256(model).hexdigest() != known["sha256"]:
        return None
    return Reference(known["name"], known["figures"])


def figure_rows(
    model: bytes, results: dict[str, Result], code: dict[str, int], x86: int | None
) -> list[tuple[str, str, int]]:
    """(key, title, value) of each figure that was measured."""
    content = static_model(model)
    rows = [(core, f"{TITLES[core]} instructions", r.instructions) for core, r in results.items()]
    if x86 is not None:
        rows.append(("x86", "x86-64 baseline ISA instructions (valgrind)", x86))
    if "m4" in code:
        rows.append(("code", "code in flash without weights, Cortex-M4, bytes", code["m4"]))
    rows.append(("activations", "activations and scratch, bytes", content.activation_bytes))
    rows.append(("weights", "weights, biases, multipliers in flash, bytes", content.weights_bytes))
    return rows


def figures_table(rows: list[tuple[str, str, int]], reference: Reference | None) -> str:
    """Markdown: a row a figure."""
    titles = ["figure", "ours", *(["TFLM", "to reach", "stretch"] if reference else [])]
    lines = [_row(titles), _row(["---"] + ["---:"] * (len(titles) - 1))]
    for key, title, value in rows:
        lines.append(_row([title, f"{value:,}", *(reference.columns(key) if reference else [])]))
    return "\n".join(lines)


def speed_or_size_table(
    speed: dict[str, Result], size: dict[str, Result], code: dict[str, dict[str, int]]
) -> str:
    """Markdown: a row a core, instructions and code bytes optimised for speed and for size."""
    titles = ["core", "speed: instructions", "code", "size: instructions", "code"]
    lines = [_row(titles), _row(["---"] + ["---:"] * 4)]
    for core, fast in speed.items():
        small = size[core].instructions
        values = (fast.instructions, code["-O2"][core], small, code["-Os"][core])
        lines.append(_row([TITLES[core], *(f"{value:,}" for value in values)]))
    return "\n".join(lines)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--cores", default=",".join(TITLES), help="comma-separated")
    parser.add_argument("--write-docs", action="store_true", help=f"put the tables into {DOCUMENT}")
    args = parser.parse_args()
    model, cores = args.model.read_bytes(), args.cores.split(",")
    reference = find_reference(model)
    results = {o: {core: measure_model(core, model, o) for core in cores} for o in ("-O2", "-Os")}
    code = {o: {core: code_bytes(core, model, o) for core in cores} for o in ("-O2", "-Os")}
    here = verify(model, RANDOM_INPUTS)
    rows = figure_rows(model, results["-O2"], code["-O2"], here.instructions_per_inference)
    tables = (
        f"{figures_table(rows, reference)}\n\n"
        "Optimised for speed (`-O2`) and for size (`-Os`):\n\n"
        f"{speed_or_size_table(results['-O2'], results['-Os'], code)}\n\n"
        "Its activations in RAM, operator by operator (`kws size --plan`):\n\n"
        f"```text\n{picture_text(static_model(model), 80).plain}\n```"
    )
    macs = static_model(model).graph.macs
    print(f"{reference.name if reference else args.model.name}, {macs:,} multiply-accumulates\n")
    print(tables)
    wrong = [core for row in results.values() for core, result in row.items() if not result.exact]
    wrong += [] if here.identical else ["x86"]
    if wrong:
        print(f"\nDIFFERENT from TensorFlow Lite Micro: {', '.join(wrong)}")
        return 1
    print("\nall outputs equal TensorFlow Lite Micro's")
    if args.write_docs:
        command = f".venv/bin/python -m bench.kernels --model {args.model.name} --write-docs"
        write_into(ROOT / DOCUMENT, "kernels", f"```sh\n{command}\n```\n\n{tables}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
