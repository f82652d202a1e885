# SPDX-License-Identifier: Apache-2.0
"""src/ of every export: the C sources, what they include, all under the export's own names.

The only include folder is src/. It holds one header, <name>.h, and the folder <name>/ with
everything else, laid out as firmware/ is.
"""

from pathlib import Path

from kws.export.request import Request
from kws.source import source_root
from kws_codegen.base.version import GENERATOR
from kws_codegen.prefix import exported_path, includes, renamed
from kws_codegen.render import render
from kws_codegen.streaming.form import RUNTIME_SOURCES

_SOURCES = (
    "labels.c", "classifier/*.c", "frontend/feature_quantize.c",
    "detect_config.c", "detect/*.c", "listener/*.c",
)  # fmt: skip
_FRONT_END = ("feature_constants.c", "frontend/**/*.c")
_OF_SAMPLES = {"classifier/samples.c", "listener/listen.c"}  # what calls a front end
_CONSTANTS = "feature_constants.h"
_INTERPRETER = (
    "model_data.c", "runtime/cadence.c", "runtime/class_scores.c", "runtime/model_steps.c",
    "runtime/model_window.c", "runtime/model_tflm.cc",
)  # fmt: skip

Texts = dict[str, str]
"""Relative path to text."""


def source_files(request: Request) -> Texts:
    """All files below src/, by their path in the export."""
    name = request.name
    patterns = [*_SOURCES]
    if request.runtime == "static":
        patterns += ["kernels/**/*.c", *RUNTIME_SOURCES[request.form]]
    else:
        patterns += _INTERPRETER
    own = {f"{name}.h": _render("name.h", request)}
    texts: Texts = {}
    if request.front_end:
        own[f"{name}/{_CONSTANTS}"] = texts[_CONSTANTS] = _render(_CONSTANTS, request)
    else:
        patterns += _FRONT_END
    roots = (source_root() / "firmware", request.run.generated)
    for path in _matches(patterns, roots) - (_OF_SAMPLES if request.front_end else set()):
        _add(path, roots, texts)
    names = {path: exported_path(path, name) for path in texts}
    files = {names[path]: renamed(text, name, names) for path, text in sorted(texts.items())}
    return {f"src/{path}": text for path, text in {**files, **own}.items()}


def _matches(patterns: list[str], roots: tuple[Path, ...]) -> set[str]:
    return {
        path.relative_to(root).as_posix()
        for root in roots
        for pattern in patterns
        for path in root.glob(pattern)
    }


def _add(path: str, roots: tuple[Path, ...], texts: Texts) -> None:
    """Add a file of one of the roots and all that it includes. Headers that none of them has
    belong to others (TensorFlow Lite Micro)."""
    if path in texts:
        return
    file = next((root / path for root in roots if (root / path).is_file()), None)
    if file is None:
        return
    texts[path] = file.read_text(encoding="utf-8")
    for included in includes(texts[path]):
        _add(included, roots, texts)


def _render(template: str, request: Request) -> str:
    """A C header of the export; its template names everything as it is called there."""
    return render(
        f"export/common/{template}.j2",
        name=request.name,
        front_end=request.front_end,
        generator=GENERATOR,
    )
