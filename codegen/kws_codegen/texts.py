# SPDX-License-Identifier: Apache-2.0
"""The text of every generated file. Pure: nothing is run, read or written here."""

import hashlib
from dataclasses import dataclass, replace
from typing import Any

from kws_codegen.base.activations import WHOLE, Activations
from kws_codegen.base.detect_config import DetectConfig
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import config_hash, labels_hash
from kws_codegen.base.interface import Interface
from kws_codegen.base.version import GENERATOR
from kws_codegen.detect_constants import detect_config_files
from kws_codegen.fit import check_fit
from kws_codegen.frontend.feature_constants import feature_constants_files
from kws_codegen.frontend.feature_quantize import quantization_constants
from kws_codegen.render import FileInfo, render
from kws_codegen.static_model import static_model_files
from kws_codegen.streaming.form import ModelForm
from kws_codegen.streaming.static_stream import static_stream_files
from kws_codegen.tflite.reader import read_tflite
from kws_codegen.tflite.variables import find_variables, has_state
from kws_codegen.tflm.arena_size import ArenaSize
from kws_codegen.tflm.resolver import resolver_calls

Texts = dict[str, str]
"""File name to text."""


@dataclass(frozen=True)
class Made:
    """The files of a model, what they say of themselves, and why there is no static model ("")."""

    info: FileInfo
    texts: Texts
    no_static_model: str


def run_texts(
    interface: Interface,
    detect: DetectConfig,
    model: bytes,
    form: ModelForm,
    arena: ArenaSize,
    command: str,
    activations: Activations = WHOLE,
) -> Made:
    """All files of a run's model. `form` is what model_form() says of it.

    Raises KwsError for one that does not fit the interface.
    """
    info = FileInfo(
        generator=GENERATOR,
        command=command,
        feature_hash=config_hash(interface.features),
        model_hash=hashlib.sha256(model).hexdigest(),
        labels_hash=labels_hash(interface.labels),
        detect_hash=config_hash(detect),
    )
    features_only = FileInfo(info.generator, command, feature_hash=info.feature_hash)
    without_detector = replace(info, detect_hash="")  # another threshold, the same model files
    texts = {
        **feature_constants_files(interface.features, features_only),
        **(static_stream_files(form.stream, without_detector) if form.stream else {}),
        **detect_config_files(detect, interface, replace(info, model_hash="")),
        **_model_texts(model, without_detector, arena, interface, form),
    }
    return _with_static_model(model, info, without_detector, texts, activations)


def model_texts(model: bytes, arena: ArenaSize, command: str, activations: Activations) -> Made:
    """The files of a model from elsewhere, which has no features and no labels."""
    info = FileInfo(
        generator=GENERATOR, command=command, model_hash=hashlib.sha256(model).hexdigest()
    )
    return _with_static_model(model, info, info, _model_texts(model, info, arena), activations)


def _with_static_model(
    model: bytes, info: FileInfo, own: FileInfo, texts: Texts, activations: Activations
) -> Made:
    """`own` is what the static model's files say."""
    try:
        return Made(info, {**texts, **static_model_files(model, own, activations)}, "")
    except KwsError as error:
        return Made(info, texts, error.message)


def _model_texts(
    model: bytes,
    info: FileInfo,
    arena: ArenaSize,
    interface: Interface | None = None,
    form: ModelForm | None = None,
) -> Texts:
    content = read_tflite(model)
    source, scores = content.int8_input, content.int8_output
    values: dict[str, Any] = {
        "info": info,
        "interface": interface,
        "form": form,
        "model": model,
        "resolver_calls": resolver_calls(content),
        "arena": arena,
        "input": source,
        "output": scores,
        "has_state": has_state(content),
        "resource_variables": len(find_variables(content).all),
        "output_is_uint8": content.output.dtype == "UINT8",
    }
    names = ["model_data.h", "model_data.c", "op_resolver.h", "model_info.h"]
    if interface is not None:
        values["labels"] = interface.labels
        values["fit"] = check_fit(content, interface)
        values["multiplier"], values["shift"] = quantization_constants(
            interface.features.output_scale, source.scale
        )
        names += ["labels.h", "labels.c"]
    return {name: render(f"{name}.j2", **values) for name in names}
