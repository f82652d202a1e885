"""The static C model compiled for this machine, as a program that maps inputs to outputs.

A program and not a library: it runs under sanitizers and valgrind as it is, and a fault in it
cannot take Python along. Programs are cached by the hash of model, sources and options.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kws.source import source_root
from kws_codegen.base.cache import cache_dir
from kws_codegen.base.errors import KwsError
from kws_codegen.base.version import GENERATOR
from kws_codegen.graph import Graph
from kws_codegen.lowering import read_graph
from kws_codegen.render import FileInfo
from kws_codegen.static_model import static_model_files

Int8 = npt.NDArray[np.int8]

RELEASE = ("-O2",)
SANITIZED = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")

_RUNNER_FUNCTIONS = ("main", "kws_op_hook")  # of firmware/pc/model_runner.c
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

    Raises KwsError when the model is not supported or there is no C compiler.
    """

    def __init__(self, model: bytes, options: tuple[str, ...] = RELEASE) -> None:
        self.graph: Graph = read_graph(model)
        self.program = _program(model, options)

    def outputs(self, inputs: Int8) -> Int8:
        """int8 [n, ...] (each row of the input's size) to int8 [n, output size]."""
        return self._run(inputs, ()).reshape(len(inputs), self.graph.output.size)

    def trace(self, inputs: Int8) -> list[Int8]:
        """The output of every operator, in order: int8 [n, output size of the operator]."""
        sizes = [op.output.size for op in self.graph.ops]
        rows = self._run(inputs, ("trace",)).reshape(len(inputs), sum(sizes))
        return np.split(rows, np.cumsum(sizes)[:-1], axis=1)

    def code_bytes(self) -> int:
        """Machine code of the generated calls and the kernels they use, on this machine."""
        listing = subprocess.run(
            ["nm", "-S", str(self.program)], capture_output=True, text=True, check=True
        )
        symbols = [line.split() for line in listing.stdout.splitlines()]
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


def _program(model: bytes, options: tuple[str, ...]) -> Path:
    """The compiled program, from the cache when it was made before."""
    compiler = _compiler()
    info = FileInfo(GENERATOR, "kws verify")
    texts = static_model_files(model, info)
    kernels = _kernels(compiler, options)
    digest = hashlib.sha256(repr((texts, kernels.name)).encode()).hexdigest()
    program = cache_dir() / "static" / digest[:32]
    if not program.is_file():
        with tempfile.TemporaryDirectory(dir=kernels.parent) as folder:
            for name, text in texts.items():
                (Path(folder) / name).write_text(text, encoding="utf-8")
            sources = [Path(folder) / "static_model.c", _firmware() / "pc" / "model_runner.c"]
            made = Path(folder) / "program"
            _compile(
                compiler, (*options, f"-I{folder}"), [*sources, *sorted(kernels.glob("*.o"))], made
            )
            program.parent.mkdir(parents=True, exist_ok=True)
            made.replace(program)
    return program


def _kernels(compiler: str, options: tuple[str, ...]) -> Path:
    """Folder with the compiled kernels."""
    folder = _firmware() / "kernels"
    sources = sorted(folder.rglob("*.c"))
    digest = hashlib.sha256(repr((compiler, options)).encode())
    for path in (*sources, *sorted(folder.rglob("*.h"))):
        digest.update(path.read_bytes())
    objects = cache_dir() / "kernels" / digest.hexdigest()[:32]
    if not objects.is_dir():
        objects.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=objects.parent) as temporary:
            made = Path(temporary) / "objects"
            made.mkdir()
            for source in sources:
                _compile(compiler, (*options, "-c"), [source], made / f"{source.stem}.o")
            try:
                made.rename(objects)
            except OSError:
                if not objects.is_dir():  # else another process was faster
                    raise
    return objects


def _compile(compiler: str, options: tuple[str, ...], sources: list[Path], out: Path) -> None:
    files = [str(path) for path in (*sources, "-o", out)]
    command = [compiler, *_OPTIONS, *options, f"-I{_firmware()}", *files]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise AssertionError(f"the static model does not compile:\n{result.stderr}")


def _compiler() -> str:
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        raise KwsError("there is no C compiler on this machine", "Install one: apt-get install gcc")
    return compiler


def _firmware() -> Path:
    return source_root() / "firmware"
