# SPDX-License-Identifier: Apache-2.0
"""The static C model compiled for this machine, as a program that maps inputs to outputs.

A program and not a library: it runs under sanitizers and valgrind as it is, and a fault in it
cannot take Python along. Programs are cached by the hash of model, sources and options.
"""

import hashlib
import struct
import subprocess
import weakref
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kws.inference.traced import outputs_of_operators
from kws.source import source_root
from kws.toolchain import HOST_COMPILER_PACKAGES, find_tool, host_compilers, run_tool
from kws_codegen.base.activations import WHOLE, Activations
from kws_codegen.base.cache import cache_entry, scratch
from kws_codegen.base.version import GENERATOR
from kws_codegen.graph import Graph
from kws_codegen.lowering import read_graph
from kws_codegen.render import FileInfo
from kws_codegen.static_model import static_model_files

Int8 = npt.NDArray[np.int8]

RELEASE = ("-O2",)
SANITIZED = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")

_RUNNER_FUNCTIONS = ("main", "kws_op_hook", "write_outputs")  # of firmware/pc/model_runner.c
_HEAD_BYTES = 8  # operator and size, uint32, before each output of a trace
_OPTIONS = (
    "-std=c11",
    "-ffunction-sections",
    "-Wl,--gc-sections",
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Werror",
    "-DKWS_OP_HOOK=kws_op_hook",
)


class StaticRunner:
    """The static model of one .tflite file.

    Args:
        model: the .tflite file.
        options: what the compiler is told besides the warnings, RELEASE or SANITIZED.
        activations: as of static_model().

    Raises KwsError when the model is not supported or there is no C compiler.
    """

    def __init__(
        self,
        model: bytes,
        options: tuple[str, ...] = RELEASE,
        activations: Activations = WHOLE,
    ) -> None:
        self.graph: Graph = read_graph(model)
        in_use = ExitStack()
        texts = static_model_files(model, FileInfo(GENERATOR, "kws verify"), activations)
        self.program = in_use.enter_context(model_program(texts, "model_runner.c", options))
        weakref.finalize(self, in_use.close)

    def outputs(self, inputs: Int8, steps: int = 1) -> Int8:
        """int8 [n, ...] (each row of the input's size) to int8 [n, size of all outputs].

        So many `steps` are one sequence, before which the model is reset.
        """
        size = sum(output.size for output in self.graph.outputs)
        return self._run(inputs, (str(steps),)).reshape(len(inputs), size)

    def trace(self, inputs: Int8, steps: int = 1) -> list[Int8]:
        """The output of every operator, in order: int8 [n, output size of the operator]."""
        data = self._run(inputs, ("trace", str(steps))).tobytes()
        told = {op.index: bytearray() for op in self.graph.ops}
        position = 0
        while position < len(data):
            index, size = struct.unpack_from("=2I", data, position)
            position += _HEAD_BYTES + size
            told[index] += data[position - size : position]
        return outputs_of_operators(self.graph, told, len(inputs))

    def code_bytes(self) -> int:
        """Machine code of the generated calls and the kernels they use, on this machine."""
        nm = find_tool(("nm",), "binutils")
        listing = run_tool([nm, "-S", str(self.program)], "listing the symbols of the static model")
        symbols = [line.split() for line in listing.splitlines()]
        return sum(
            int(symbol[1], 16)
            for symbol in symbols
            if len(symbol) == 4 and symbol[2] in "tT" and symbol[3] not in _RUNNER_FUNCTIONS
        )

    def _run(self, inputs: Int8, arguments: tuple[str, ...]) -> Int8:
        data = np.ascontiguousarray(inputs, np.int8).tobytes()
        result = subprocess.run(
            [self.program, *arguments], input=data, capture_output=True, check=False
        )
        if result.returncode != 0:
            raise AssertionError(f"the static model failed:\n{result.stderr.decode()}")
        return np.frombuffer(result.stdout, np.int8)


def model_program(
    texts: dict[str, str], runner_name: str, options: tuple[str, ...]
) -> AbstractContextManager[Path]:
    """A program of generated files (by name) and a main() of firmware/pc/, compiled with the
    kernels; from the cache when it was made before."""
    compiler = find_tool(host_compilers(), HOST_COMPILER_PACKAGES)
    kernels = _kernels_hash(compiler, options)
    runner = _firmware() / "pc" / runner_name

    def make(program: Path) -> None:
        with scratch() as folder, _kernels(compiler, options, kernels) as objects:
            for name, text in texts.items():
                (folder / name).write_text(text, encoding="utf-8")
            own = [folder / name for name in texts if name.endswith(".c")]
            sources = [*own, runner, *sorted(objects.glob("*.o"))]
            _compile(compiler, (*options, f"-I{folder}"), sources, program)

    digest = hashlib.sha256(repr((texts, runner.read_bytes(), kernels)).encode()).hexdigest()
    return cache_entry("static", digest[:32], make)


def _kernels_hash(compiler: str, options: tuple[str, ...]) -> str:
    folder = _firmware() / "kernels"
    sources = sorted(folder.rglob("*.c"))
    digest = hashlib.sha256(repr((compiler, options)).encode())
    for path in (*sources, *sorted(folder.rglob("*.h"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:32]


def _kernels(compiler: str, options: tuple[str, ...], name: str) -> AbstractContextManager[Path]:
    """Folder with the compiled kernels."""

    def make(objects: Path) -> None:
        objects.mkdir()
        for source in sorted((_firmware() / "kernels").rglob("*.c")):
            _compile(compiler, (*options, "-c"), [source], objects / f"{source.stem}.o")

    return cache_entry("kernels", name, make)


def _compile(compiler: str, options: tuple[str, ...], sources: list[Path], out: Path) -> None:
    files = [str(path) for path in (*sources, "-o", out)]
    command = [compiler, *_OPTIONS, *options, f"-I{_firmware()}", *files]
    run_tool(command, "compiling the static model")


def _firmware() -> Path:
    return source_root() / "firmware"
