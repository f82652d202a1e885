# SPDX-License-Identifier: Apache-2.0
"""Which form a model takes, and how often it decides."""

from dataclasses import dataclass
from typing import Literal

from kws_codegen.base.detect_config import DetectConfig
from kws_codegen.base.errors import KwsError
from kws_codegen.base.interface import Interface
from kws_codegen.fit import Fit, check_fit
from kws_codegen.operators.time_use import NotStreamable
from kws_codegen.streaming.static_stream import StaticStream, static_stream
from kws_codegen.tflite.reader import TfliteModel, read_tflite
from kws_codegen.tflite.variables import has_state

_WHOLE = (
    "static_model.c",
    "runtime/cadence.c",
    "runtime/class_scores.c",
    "runtime/model_steps.c",
    "runtime/model_window.c",
    "runtime/model_static.c",
)
RUNTIME_SOURCES = {
    "rows": ("static_stream.c", "runtime/cadence.c", "runtime/model_rows.c"),
    "steps": _WHOLE,
    "window": _WHOLE,
}
"""Generated and hand-written files, beside the kernels, that run the model in each form."""

_ROWS = "each row of each layer is computed once"
_STEPS = "the model remembers by itself, and takes {} new frames for each decision"
_CHOSEN = "the configuration says so"
_MOST_NAMED = 4


@dataclass(frozen=True)
class ModelForm:
    """The form of a run's model on a device, for generated C.

    Attributes:
        name: "rows", "window", or "steps" of a model with state of its own.
        reason: why, in words.
        decision_frames: frames from one decision to the next.
        stream: the streaming model in the rows form.
        smoothing: steps whose scores a clip's are the mean of, in the steps form.
    """

    name: Literal["rows", "steps", "window"]
    reason: str
    decision_frames: int
    stream: StaticStream | None = None
    smoothing: int = 1


def model_form(model: bytes, interface: Interface, detect: DetectConfig) -> ModelForm:
    """The form that the configuration asks for, or the better one that model and interval allow.

    Raises KwsError when the rows form is asked for and does not work.
    """
    hop_ms = interface.features.hop_ms
    content = read_tflite(model)
    fit = check_fit(content, interface)
    if fit.steps > 1:
        reason = _STEPS.format(fit.step_frames)
        if detect.form == "rows":
            raise KwsError(f"the model cannot run row by row: {reason}", "It does so by itself.")
        return ModelForm("steps", reason, fit.step_frames, smoothing=detect.smoothing)
    frames = detect.decision_frames(hop_ms)
    if detect.form == "window":
        return ModelForm("window", _CHOSEN, frames)
    stream = _stream(model, content, fit, interface.frames)
    if isinstance(stream, NotStreamable):
        reason = stream.reason
        hint = 'Set detect.form = "auto", or train a network that does not pad time.'
    elif frames % stream.axis.stride:
        step_ms = stream.axis.stride * hop_ms
        near = max(1, frames // stream.axis.stride - 1)
        works = ", ".join(str((near + i) * step_ms) for i in range(_MOST_NAMED))
        reason = (
            f"a decision every {frames * hop_ms} ms does not fit the model, whose layers move on "
            f"by {step_ms} ms together"
        )
        hint = f"Set detect.interval_ms to a multiple of {step_ms}: {works}, ..."
    else:
        return ModelForm("rows", _ROWS, frames, stream)
    if detect.form == "rows":
        raise KwsError(f"the model cannot run row by row: {reason}", hint)
    return ModelForm("window", reason, frames)


def _stream(
    model: bytes, content: TfliteModel, fit: Fit, frames: int
) -> StaticStream | NotStreamable:
    """The streaming model, or why there is none."""
    if has_state(content):
        return NotStreamable("it has state of its own, which begins anew with each window")
    if not fit.one_to_one:
        return NotStreamable("its outputs are not the classes in their order")
    try:
        return static_stream(model, frames)
    except KwsError as error:  # not for generated C at all
        return NotStreamable(error.message)
