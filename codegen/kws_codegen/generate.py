"""All generated files: a .tflite model, and a run's configuration if there is one, in; C out.

Every file is rendered before the first is written, so a model that cannot be generated
leaves the folder as it was. manifest.json lists the files with their hashes.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kws import __version__
from kws.arena import arena_size
from kws.config import Config, config_hash, labels_hash
from kws_codegen import FORMAT_VERSION
from kws_codegen.feature_tables import feature_constants_files, quantization_constants
from kws_codegen.freeze import freeze
from kws_codegen.render import FileInfo, render
from kws_codegen.resolver import resolver_calls
from kws_codegen.static_model import static_model_files
from kws_codegen.tflite_reader import read_tflite

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Manifest:
    """What manifest.json says: versions, hashes (SHA-256 in hex) and the files.

    Without a configuration the hashes of features and labels are "", and there are no labels.
    """

    format_version: int
    generator: str
    feature_hash: str
    model_hash: str
    labels_hash: str
    labels: tuple[str, ...]
    tflite_bytes: int
    files: dict[str, str]


def generate(config: Config, model: bytes, out_dir: Path, command: str) -> Manifest:
    """Write generated/ for `model` (a .tflite file) and return its manifest.

    `command` is what the files name as the way to make them again. Files of an earlier
    generation that are no longer made are removed. Raises KwsError for a model that the
    static C model does not support.
    """
    labels = config.data.labels
    info = FileInfo(
        generator=f"mcu-kws {__version__}",
        command=command,
        feature_hash=config_hash(config.features),
        model_hash=hashlib.sha256(model).hexdigest(),
        labels_hash=labels_hash(labels),
    )
    features_only = FileInfo(info.generator, command, feature_hash=info.feature_hash)
    texts = {
        **feature_constants_files(config.features, features_only),
        **static_model_files(model, info),
        **_model_files(model, info, config),
    }
    return _write(out_dir, texts, info, model, labels)


def generate_model(model: bytes, out_dir: Path, command: str) -> Manifest:
    """Write the files of a .tflite model from elsewhere, which has no features and no labels.

    They are the static C model, the bytes (of batch 1, see freeze()), the operators and the
    sizes. Otherwise as generate().
    """
    model = freeze(model)
    info = FileInfo(
        generator=f"mcu-kws {__version__}",
        command=command,
        model_hash=hashlib.sha256(model).hexdigest(),
    )
    texts = {**static_model_files(model, info), **_model_files(model, info, None)}
    return _write(out_dir, texts, info, model, ())


def _model_files(model: bytes, info: FileInfo, config: Config | None) -> dict[str, str]:
    content = read_tflite(model)
    source, scores = content.int8_input, content.int8_output
    values: dict[str, Any] = {
        "info": info,
        "config": config,
        "model": model,
        "resolver_calls": resolver_calls(content),
        "arena": arena_size(model),
        "input": source,
        "output": scores,
    }
    names = ["model_data.h", "model_data.c", "op_resolver.h", "model_info.h"]
    if config is not None:
        values["labels"] = config.data.labels
        values["multiplier"], values["shift"] = quantization_constants(
            config.features.output_scale, source.scale
        )
        names += ["labels.h", "labels.c"]
    return {name: render(f"{name}.j2", **values) for name in names}


def _write(
    out_dir: Path, texts: dict[str, str], info: FileInfo, model: bytes, labels: tuple[str, ...]
) -> Manifest:
    """Write the files and their manifest; an unchanged file keeps its time stamp, so that nothing
    is rebuilt.

    Only files that the last manifest names are removed: the folder may hold others.
    """
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        generator=info.generator,
        feature_hash=info.feature_hash,
        model_hash=info.model_hash,
        labels_hash=info.labels_hash,
        labels=labels,
        tflite_bytes=len(model),
        files={n: hashlib.sha256(t.encode()).hexdigest() for n, t in sorted(texts.items())},
    )
    out_dir.mkdir(parents=True, exist_ok=True)
    for name in _files_made_before(out_dir) - texts.keys():
        (out_dir / name).unlink(missing_ok=True)
    for name, text in {**texts, MANIFEST: json.dumps(asdict(manifest), indent=2) + "\n"}.items():
        path = out_dir / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    return manifest


def _files_made_before(out_dir: Path) -> set[str]:
    try:
        names = json.loads((out_dir / MANIFEST).read_text(encoding="utf-8"))["files"]
    except (FileNotFoundError, json.JSONDecodeError, KeyError):
        return set()
    return {Path(name).name for name in names}
