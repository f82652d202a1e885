"""The static model on microcontroller cores (QEMU): instructions, code, and the outputs' proof.

    python bench/kernels.py --model model.tflite [--cores m0,m3,m4,m55,rv32]

Prints a row a core: instructions of one inference, bytes of code without weights. Fails when
an output differs from TensorFlow Lite Micro's. Instructions are not cycles.
"""

import argparse
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from device.measure import CORES, FIRMWARE, HERE, measure
from kws.golden import golden_outputs
from kws.verify import verification_inputs
from kws_codegen.render import FileInfo
from kws_codegen.static_model import static_model, static_model_files

RANDOM_INPUTS = 5
_RUNNER = "runner.c"


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
        _write_model(folder, model)
        (folder / "kernels_inputs.h").write_text(_inputs_header(inputs), encoding="utf-8")
        program = HERE.parent / "kernels_device.c"
        sources = [program, folder / "static_model.c", *_kernels(model)]
        return measure(core, sources, [folder], optimization=optimization)


def _kernels(model: bytes) -> list[Path]:
    """Sources of the kernels that the model calls, and of what all kernels share."""
    called = {layer.call.split("(")[0] for layer in static_model(model).layers}
    files = sorted((FIRMWARE / "kernels").glob("*.c"))
    shared = [path for path in files if not path.name.startswith("kws_") and path.name != _RUNNER]
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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--cores", default="m0,m3,m4,m55,rv32", help="comma-separated")
    parser.add_argument("-O", dest="optimization", default="2")
    args = parser.parse_args()
    model = args.model.read_bytes()
    content = static_model(model)
    print(
        f"{content.graph.macs:,} multiply-accumulates, weights {content.weights_bytes:,} bytes, "
        f"activations {content.activation_bytes:,} bytes"
    )
    status = 0
    for core in args.cores.split(","):
        result = measure_model(core, model, f"-O{args.optimization}")
        proof = "exact" if result.exact else "DIFFERENT from TensorFlow Lite Micro"
        code = code_bytes(core, model, f"-O{args.optimization}")
        print(f"{core:>5} {result.instructions:>12,} instructions {code:>7,} bytes {proof}")
        status = status if result.exact else 1
    return status


if __name__ == "__main__":
    sys.exit(main())
