# SPDX-License-Identifier: Apache-2.0
"""Do the files of a run still belong together? Asked before each step that builds on them.

A model keeps the interface that it was made for (features, length of a clip, labels): in
training/result.json for model.keras, in quantization.json for model.tflite. An edited
configuration, a model from elsewhere and code that was generated before are refused by name.
"""

import hashlib
from typing import Any

from kws.config.schema import Config
from kws.quantize.quantize import load_quantization
from kws.run.paths import RunPaths
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import config_hash, labels_hash, plain_values
from kws_codegen.base.interface import Interface
from kws_codegen.generate import Manifest, load_manifest

_SHOWN = 3  # keys that differ


def current_model(run: RunPaths, config: Config) -> bytes:
    """model.tflite, which is what `kws quantize` wrote for this configuration.

    KwsError when it is missing or another, or was made for other features, clips or labels.
    """
    if not run.tflite_model.is_file():
        raise KwsError(
            f"{run.root} has no model.tflite", "Train and quantize first: kws run, kws quantize."
        )
    model = run.tflite_model.read_bytes()
    record = load_quantization(run)
    if record.tflite_sha256 != hashlib.sha256(model).hexdigest():
        raise KwsError(
            f"{run.tflite_model} is not the model that quantization.json tells of",
            f"Run `kws quantize --run {run.root}` again; --model FILE takes another.",
        )
    check_interface(record.interface, config, run.tflite_model.name, run)
    if record.interface.outputs != config.interface.outputs:
        raise KwsError(
            f"{run.tflite_model} was taken with other output labels than "
            f"{run.config} has in quantization.output_labels",
            f"Run `kws quantize --run {run.root} --model FILE --labels ...` again.",
        )
    return model


def current_code(run: RunPaths, config: Config) -> Manifest:
    """The manifest of generated/, which was made from the run's model and configuration.

    KwsError when there is none, or when it is of another model, of other features, labels or
    detector.
    """
    manifest = load_manifest(run.generated)
    model = current_model(run, config)
    wanted = {
        "model": (manifest.model_hash, hashlib.sha256(model).hexdigest()),
        "feature configuration": (manifest.feature_hash, config_hash(config.features)),
        "list of labels": (manifest.labels_hash, labels_hash(config.data.labels)),
        "detector configuration": (manifest.detect_hash, config_hash(config.detect)),
    }
    others = [what for what, (made, now) in wanted.items() if made != now]
    if others:
        raise KwsError(
            f"{run.generated} was generated from another {' and '.join(others)} than the run has",
            f"Run `kws generate --run {run.root}` first.",
        )
    return manifest


def form_of(run: RunPaths, config: Config, runtime: str) -> str:
    """The form of the model where `runtime` runs it, in words; "" without generated code for it."""
    try:
        return current_code(run, config).form_line(interpreted=runtime != "static")
    except KwsError:
        return ""


def check_interface(made_for: Interface, config: Config, what: str, run: RunPaths) -> None:
    """KwsError unless the run's configuration is the one that `what` was made for."""
    before, now = (_flat(plain_values(interface)) for interface in (made_for, config.interface))
    changed = [key for key in {**before, **now} if before.get(key) != now.get(key)]
    if changed:
        shown = ", ".join(
            f"{key} (was {before.get(key)}, is {now.get(key)})" for key in changed[:_SHOWN]
        )
        more = f" and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
        raise KwsError(
            f"{what} was made for another configuration: {shown}{more}",
            f"Undo the change in {run.config}, or train again with the new one: kws run.",
        )


def _flat(interface: dict[str, Any]) -> dict[str, Any]:
    """Its keys as they are called in the configuration."""
    features = {f"features.{key}": value for key, value in interface["features"].items()}
    clip = {"data.clip_duration_ms": interface["clip_duration_ms"]}
    return {"labels": ", ".join(interface["labels"]), **clip, **features}
