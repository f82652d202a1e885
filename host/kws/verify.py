"""Proof for one model: the static C model and TensorFlow Lite Micro, input by input.

Compiles the static model for this machine, runs random inputs and the extremes through both,
and finds the first operator that differs. Also counts: instructions (valgrind, where it is
installed), code, weights, activations.
"""

import shutil
import subprocess
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kws.errors import KwsError
from kws.golden import Golden, golden_outputs
from kws.static_runner import StaticRunner
from kws_codegen.static_model import static_model

Int8 = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Difference:
    """The first byte of the first operator whose output differs."""

    input: int
    operator: int
    kind: str
    position: int
    expected: int
    actual: int


@dataclass(frozen=True)
class Verification:
    """What `kws verify` reports; to_dict() is its JSON."""

    identical: bool
    inputs: int
    operators: int
    first_difference: Difference | None
    instructions_per_inference: int | None  # None without valgrind
    code_bytes: int
    weights_bytes: int
    activation_bytes: int

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def verify(model: bytes, inputs: int = 100, seed: int = 0) -> Verification:
    """Compare `inputs` random inputs and three extremes (all lowest, all highest, alternating).

    Args:
        model: a .tflite file.
        inputs: number of random inputs, at least 1.
        seed: of the random inputs.

    Raises KwsError when the model is not supported.
    """
    if inputs < 1:
        raise KwsError(f"{inputs} inputs are nothing to compare", "Give --inputs 1 or more.")
    content = static_model(model)
    runner = StaticRunner(model)
    values = verification_inputs(content.graph.input.size, inputs, seed)
    expected = golden_outputs(model, values)
    actual = runner.outputs(values)
    differing = np.flatnonzero((actual != expected).any(axis=1))
    first = None
    if differing.size:
        first = _first_difference(model, runner, int(differing[0]), values[differing[0]])
    return Verification(
        identical=not differing.size,
        inputs=len(values),
        operators=len(content.layers),
        first_difference=first,
        instructions_per_inference=_instructions(runner, values[:1]),
        code_bytes=runner.code_bytes(),
        weights_bytes=content.weights_bytes,
        activation_bytes=content.activation_bytes,
    )


def verification_inputs(size: int, count: int, seed: int) -> Int8:
    """int8 [count + 3, size]: random, then all lowest, all highest, alternating."""
    random = np.random.default_rng(seed).integers(-128, 128, (count, size))
    alternating = np.where(np.arange(size) % 2, 127, -128)
    extremes = np.stack([np.full(size, -128), np.full(size, 127), alternating])
    return np.concatenate([random, extremes]).astype(np.int8)


def _first_difference(
    model: bytes, runner: StaticRunner, number: int, values: Int8
) -> Difference | None:
    golden = Golden(model, keep_tensors=True)
    golden.invoke(values)
    for op, actual in zip(runner.graph.ops, runner.trace(values[None]), strict=True):
        expected = golden.tensor(op.output.index)
        differing = np.flatnonzero(actual[0] != expected)
        if differing.size:
            at = int(differing[0])
            return Difference(number, op.index, op.kind, at, int(expected[at]), int(actual[0, at]))
    return None


def _instructions(runner: StaticRunner, values: Int8) -> int | None:
    """Instructions of one kws_static_invoke(), counted by callgrind."""
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "callgrind.out"
        subprocess.run(
            [
                valgrind,
                "--tool=callgrind",
                "--toggle-collect=kws_static_invoke",
                f"--callgrind-out-file={out}",
                str(runner.program),
            ],
            input=values.tobytes(),
            capture_output=True,
            check=True,
        )
        lines = out.read_text(encoding="utf-8").splitlines()
    totals = [line.split()[1] for line in lines if line.startswith(("summary:", "totals:"))]
    return int(totals[0])
