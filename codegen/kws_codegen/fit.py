# SPDX-License-Identifier: Apache-2.0
"""How a model takes the features of a clip, and what its outputs say of the classes.

A model of whole clips takes all frames at once. One that remembers (variables, SVDF) may take a few
frames at a time: a clip is then a sequence of steps.
"""

from dataclasses import dataclass
from typing import NoReturn

from kws_codegen.base.errors import KwsError
from kws_codegen.base.interface import Interface
from kws_codegen.base.labels import SILENCE_LABEL, UNKNOWN_LABEL
from kws_codegen.tflite.reader import TfliteModel
from kws_codegen.tflite.variables import has_state

LOWEST = -1
"""Of a class without an output of its own: the lowest score."""
REST = -2
"""Of the class "unknown" without an output of its own: what the highest score leaves of 1."""


@dataclass(frozen=True)
class Fit:
    """A model as a run uses it.

    Attributes:
        step_frames: frames that the model takes at a time.
        steps: of a clip; 1 for a model of whole clips. Frames beyond the last are not used.
        class_outputs: the output of each class, or LOWEST, or REST.
    """

    step_frames: int
    steps: int
    class_outputs: tuple[int, ...]

    @property
    def one_to_one(self) -> bool:
        """The model's outputs are the classes' scores, in their order."""
        return self.class_outputs == tuple(range(len(self.class_outputs)))


def check_fit(model: TfliteModel, interface: Interface) -> Fit:
    """KwsError unless the model's input holds the features of a clip, or of a step, in the order
    [frames, channels], and its output the scores of the classes.

    Generated code of any other would read past their ends.
    """
    if len(model.outputs) > 1:
        raise KwsError(
            f"the model has {len(model.outputs)} outputs, and a run takes one of scores",
            "kws generate --model makes its C, with all outputs.",
        )
    step_frames = _step_frames(model, interface)
    whole = step_frames == interface.frames
    if model.int8_output.dtype != "INT8":
        raise KwsError(
            "the model's scores are int16, and a run takes int8",
            "kws generate --model makes its C. For a run, convert with a softmax in int8.",
        )
    return Fit(
        step_frames,
        1 if whole else interface.frames // step_frames,
        _class_outputs(model, interface),
    )


def _step_frames(model: TfliteModel, interface: Interface) -> int:
    source = model.int8_input
    frames, channels = interface.frames, interface.features.channels
    sizes = tuple(size for size in source.shape if size != 1)
    turned = sizes == (channels, frames) and frames != channels
    if source.size == frames * channels and not turned:
        return frames
    step = source.size // channels
    turned = sizes == (channels, step) and step != channels
    if has_state(model) and 1 <= step < frames and step * channels == source.size and not turned:
        return step
    remembers = ", or a few of these frames at a time" if has_state(model) else ""
    raise KwsError(
        f"the model's input is {list(source.shape)}, and the features of a clip are "
        f"{frames} frames x {channels} channels{remembers}",
        "Set window_ms, hop_ms, channels and clip_duration_ms to those the model was "
        "trained with, or train a model on these features.",
    )


def _class_outputs(model: TfliteModel, interface: Interface) -> tuple[int, ...]:
    count, labels = model.int8_output.size, interface.labels
    words = [label for label in labels if label not in (SILENCE_LABEL, UNKNOWN_LABEL)]
    outputs = list(interface.outputs)
    if not outputs:
        if count == len(labels):
            return tuple(range(count))
        if count != 1 or len(words) != 1:
            raise KwsError(
                f"the model gives {count} scores, and the configuration has {len(labels)} "
                f"classes: {', '.join(labels)}",
                "Set data.wanted_words to the model's words; silence and unknown come first. "
                "For another order: kws quantize --labels, the classes as the model has them.",
            )
        outputs = words
    _check_outputs(outputs, count, interface)
    missing = {SILENCE_LABEL: LOWEST, UNKNOWN_LABEL: REST}
    return tuple(outputs.index(one) if one in outputs else missing[one] for one in labels)


def _check_outputs(outputs: list[str], count: int, interface: Interface) -> None:
    words = set(interface.labels) - {SILENCE_LABEL, UNKNOWN_LABEL}
    if len(outputs) != count:
        _fail(f"the model gives {count} scores, and --labels names {len(outputs)}", interface)
    if others := [label for label in outputs if label not in interface.labels]:
        _fail(f"--labels names {others[0]!r}, which is no class of the run", interface)
    if len(set(outputs)) != len(outputs):
        _fail("--labels names a class twice", interface)
    if lacking := sorted(words - set(outputs)):
        _fail(f"--labels leaves out the word {lacking[0]!r}", interface)


def _fail(fault: str, interface: Interface) -> NoReturn:
    raise KwsError(
        fault,
        f"Name the model's outputs in their order; the classes are {', '.join(interface.labels)}.",
    )
