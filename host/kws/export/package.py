# SPDX-License-Identifier: Apache-2.0
"""Puts an export together: sources under its own names, and a format's own files.

Every format has the same src/ folder (sources.py). What differs lies in
codegen/kws_codegen/templates/export/<format>/: each file there is rendered to the same place
in the export (without its .j2). Words of the user (class names, names of folders) never reach
a build file: class names stand in <name>_labels.c as C strings, and in the README.
"""

import json
import zipfile
from pathlib import Path
from typing import Any

import kws_codegen
from kws.config.schema import Config
from kws.export.licence import with_licence
from kws.export.request import ExportFormat, ExportRuntime, Request
from kws.export.sources import Texts, source_files
from kws.run.paths import RunPaths
from kws.source import source_root
from kws_codegen.base.errors import KwsError
from kws_codegen.base.version import VERSION
from kws_codegen.generate import load_manifest
from kws_codegen.render import render

_TEMPLATES = Path(kws_codegen.__file__).parent / "templates"
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the same bytes whenever it is made
_OPTIMISE = {"speed": "-O2", "size": "-Os"}  # of GCC and Clang, as CMakeLists.txt has them
_LEGAL = ("LICENSE", "NOTICE")  # copied where the source tree has them


def export(
    run: RunPaths,
    config: Config,
    format: ExportFormat,
    out: Path,
    runtime: ExportRuntime = "static",
    name: str | None = None,
    front_end: str = "",
) -> list[str]:
    """Write a run's model as a self-contained folder, or a .zip of one.

    Args:
        run: its generated/ is exported.
        config: the run's configuration.
        format: whose build files, metadata and example are added.
        out: a new folder, or a file that ends in .zip.
        runtime: the static C model, or the interpreter's side of TensorFlow Lite Micro.
        name: prefix of every symbol, macro and file, and name of the library, component or
            module; None takes the configuration's.
        front_end: name of another export in the same program whose front end this one uses;
            "" for one of its own.

    Returns the relative paths of all files. KwsError when generated code is missing, `out` exists,
    a name cannot be used, or the format has no TensorFlow Lite Micro.
    """
    own_name = config.export.name if name is None else name
    request = Request(run, config, format, runtime, own_name, front_end)
    request.check()
    if out.exists():
        raise KwsError(f"{out} exists", "Name a new folder or .zip file, or remove it first.")
    files = _files(request)
    if out.suffix == ".zip":
        _write_zip(out, request.name, files)
    else:
        _write_folder(out, files)
    return sorted(files)


def _files(request: Request) -> Texts:
    """All files of the export: relative path to text."""
    sources = source_files(request)
    manifest = load_manifest(request.run.generated)
    values: dict[str, Any] = {
        "name": request.name,
        "front_end": request.front_end,
        "runtime": request.runtime,
        "version": VERSION,
        "classes": len(manifest.labels),
        "optimise": _OPTIMISE[request.config.firmware.optimise],
        "sample_rate_hz": request.config.features.sample_rate_hz,
        "sources": sorted(path for path in sources if path.endswith((".c", ".cc"))),
    }
    folder = _TEMPLATES / "export" / request.format
    own = {
        path.relative_to(folder).as_posix().removesuffix(".j2"): render(
            path.relative_to(_TEMPLATES).as_posix(), **values
        )
        for path in sorted(folder.rglob("*.j2"))
    }
    readme = render(
        "export/README.md.j2",
        **values,
        format=request.format,
        config=request.config,
        decision_ms=_decision_ms(request.config),
        gate=request.config.detect.gate_dbfs < 0,
        generator=manifest.generator,
        model_hash=manifest.model_hash,
        model="stream" if request.form == "rows" else "model",
        model_bytes=manifest.tflite_bytes,
        words=[_one_line(label) for label in manifest.labels],
    )
    files = {**sources, **own, "README.md": readme}
    legal = {name: source_root() / name for name in _LEGAL}
    return {
        **{path: with_licence(path, text) for path, text in files.items()},
        **{n: p.read_text(encoding="utf-8") for n, p in legal.items() if p.is_file()},
    }


def _decision_ms(config: Config) -> int:
    """From one decision to the next."""
    hop_ms = config.features.hop_ms
    return config.detect.decision_frames(hop_ms) * hop_ms


def _one_line(label: str) -> str:
    """A class name for people, as a JSON string: whatever is in it, it stays on its line."""
    return json.dumps(label, ensure_ascii=not label.isprintable())


def _write_folder(out: Path, files: Texts) -> None:
    for name, text in files.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _write_zip(out: Path, folder: str, files: Texts) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{folder}/{name}", _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name].encode())
