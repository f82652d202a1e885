# SPDX-License-Identifier: Apache-2.0
"""The firmware's C code, compiled to WebAssembly by clang: no runtime library, no imports."""

from pathlib import Path

from kws.source import source_root
from kws.toolchain import find_tool, run_tool
from kws_codegen.base.cache import scratch
from kws_codegen.base.errors import KwsError

_COMPILERS = ("clang", *(f"clang-{version}" for version in range(21, 13, -1)))
_LINKERS = ("wasm-ld", *(f"wasm-ld-{version}" for version in range(21, 13, -1)))
_PACKAGES = "clang lld"
_SOURCES = (
    "web/*.c",
    "detect/*.c",
    "frontend/**/*.c",
    "kernels/**/*.c",
)
_GENERATED = ("feature_constants.c", "detect_config.c")
_EXPORTS = (
    "start",
    "samples",
    "most_samples",
    "hear",
    "frame_count",
    "frames",
    "decisions",
    "decision_bytes",
    "set_threshold",
    "restart",
)
_OPTIONS = (
    "--target=wasm32",
    "-O3",
    "-std=c11",
    "-mbulk-memory",
    "-ffreestanding",
    "-ffunction-sections",
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Werror",
)
_STACK_BYTES = 16_384


def compile_wasm(generated: Path, runtime_sources: tuple[str, ...], target: Path) -> None:
    """Write kws.wasm of the code in `generated` to `target`.

    runtime_sources: files of generated/ or firmware/ that run the model. KwsError when clang or
    its linker is missing, or the model takes an interpreter.
    """
    compiler = find_tool(_COMPILERS, _PACKAGES)
    linker = find_tool(_LINKERS, _PACKAGES)
    firmware = source_root() / "firmware"
    sources = [path for pattern in _SOURCES for path in sorted(firmware.glob(pattern))]
    for name in (*_GENERATED, *runtime_sources):
        found = [root / name for root in (generated, firmware) if (root / name).is_file()]
        if not found:
            raise KwsError(f"{generated} lacks {name}", "Run `kws generate` again.")
        sources.append(found[0])
    includes = [f"-I{firmware / 'web' / 'include'}", f"-I{firmware}", f"-I{generated}"]
    with scratch() as folder:
        objects = []
        for number, source in enumerate(sources):
            made = folder / f"{number}.o"
            command = [compiler, *_OPTIONS, *includes, "-c", str(source), "-o", str(made)]
            run_tool(command, "compiling for the web")
            objects.append(str(made))
        exports = [f"--export=kws_web_{name}" for name in _EXPORTS]
        options = ["--no-entry", "--gc-sections", "--strip-all", "-z", f"stack-size={_STACK_BYTES}"]
        run_tool(
            [linker, *options, *exports, *objects, "-o", str(folder / "kws.wasm")],
            "linking for the web",
        )
        (folder / "kws.wasm").replace(target)
