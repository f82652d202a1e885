"""Puts an export together: generated files, the C sources they need, and a format's own files.

Every format has the same src/ folder, which is also the only include folder. What differs
lies in codegen/kws_codegen/templates/export/<format>/: each file there is rendered to the
same place in the export (without its .j2).
"""

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import kws_codegen
from kws.config.schema import Config
from kws.run.paths import RunPaths
from kws.source import source_root
from kws_codegen.base.errors import KwsError
from kws_codegen.generate import load_manifest
from kws_codegen.render import render

ExportFormat = Literal["c-array", "esp-idf", "zephyr", "arduino"]
ExportRuntime = Literal["static", "tflm"]

_TEMPLATES = Path(kws_codegen.__file__).parent / "templates"
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the same bytes whenever it is made

_GENERATED = ("feature_constants.h", "feature_constants.c", "labels.h", "labels.c", "model_info.h")
_GENERATED_OF: dict[ExportRuntime, tuple[str, ...]] = {
    "static": ("static_model.h", "static_model.c"),
    "tflm": ("model_data.h", "model_data.c", "op_resolver.h"),
}
_FIRMWARE = ("status.h", "format.h", "runtime/model.h", "frontend/*.c", "frontend/*.h")
_FIRMWARE_OF: dict[ExportRuntime, tuple[str, ...]] = {
    "static": ("runtime/model_static.c", "kernels/*.c", "kernels/*.h"),
    "tflm": ("runtime/model_tflm.cc",),
}


@dataclass(frozen=True)
class _Request:
    """What one export is made from."""

    run: RunPaths
    config: Config
    format: ExportFormat
    runtime: ExportRuntime
    name: str
    folder: str  # the name that the export's folder has


def export(
    run: RunPaths,
    config: Config,
    format: ExportFormat,
    out: Path,
    runtime: ExportRuntime = "static",
    name: str = "mcu_kws",
) -> list[str]:
    """Write a run's model as a self-contained folder, or a .zip of one.

    Args:
        run: its generated/ is exported.
        config: the run's configuration.
        format: whose build files, metadata and example are added.
        out: a new folder, or a file that ends in .zip.
        runtime: the static C model, or the interpreter's side of TensorFlow Lite Micro.
        name: of the library, component or module; a C identifier in lower case.

    Returns the relative paths of all files. KwsError when nothing is generated, `out` exists,
    the name is no identifier, or the format has no TensorFlow Lite Micro.
    """
    load_manifest(run.generated)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise KwsError(
            f"{name!r} cannot name a library in every build system",
            "Use lower-case letters, digits and underscores, and begin with a letter.",
        )
    if format == "arduino" and runtime == "tflm":
        raise KwsError(
            "there is no TensorFlow Lite Micro for every Arduino board",
            "Export the static model: it needs no library (--runtime static).",
        )
    if out.exists():
        raise KwsError(f"{out} exists", "Name a new folder or .zip file, or remove it first.")
    zipped = out.suffix == ".zip"
    request = _Request(run, config, format, runtime, name, name if zipped else out.name)
    files = _files(request)
    if zipped:
        _write_zip(out, request.folder, files)
    else:
        _write_folder(out, files)
    return sorted(files)


def _files(request: _Request) -> dict[str, str]:
    """All files of the export: relative path to text."""
    sources = _source_files(request)
    manifest = load_manifest(request.run.generated)
    values: dict[str, Any] = {
        "generator": manifest.generator,
        "model_hash": manifest.model_hash,
        "model_bytes": manifest.tflite_bytes,
        "labels": [re.sub(r'["\\\n]', "_", label) for label in manifest.labels],
        "config": request.config,
        "name": request.name,
        "folder": request.folder,
        "format": request.format,
        "runtime": request.runtime,
        "sources": sorted(path for path in sources if path.endswith((".c", ".cc"))),
    }
    folder = _TEMPLATES / "export" / request.format
    rendered = {
        path.relative_to(folder).as_posix().removesuffix(".j2"): render(
            path.relative_to(_TEMPLATES).as_posix(), **values
        )
        for path in sorted(folder.rglob("*.j2"))
    }
    return {
        **sources,
        **rendered,
        "README.md": render("export/README.md.j2", **values),
        "LICENSE": _text(source_root() / "LICENSE"),
    }


def _source_files(request: _Request) -> dict[str, str]:
    """src/ of every format."""
    files = {
        f"src/{name}": _text(request.run.generated / name)
        for name in (*_GENERATED, *_GENERATED_OF[request.runtime])
    }
    firmware = source_root() / "firmware"
    for pattern in (*_FIRMWARE, *_FIRMWARE_OF[request.runtime]):
        for path in sorted(firmware.glob(pattern)):
            files[f"src/{path.relative_to(firmware).as_posix()}"] = _text(path)
    for name in ("kws.h", "kws.c"):
        files[f"src/{name}"] = _text(_TEMPLATES / "export" / "common" / name)
    return files


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _write_folder(out: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _write_zip(out: Path, folder: str, files: dict[str, str]) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{folder}/{name}", _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name].encode())
