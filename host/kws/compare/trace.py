# SPDX-License-Identifier: Apache-2.0
"""A trace: what every stage of one side gives for a clip, and the file that keeps it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from kws_codegen.base.errors import KwsError

Values = npt.NDArray[Any]

STAGES = {
    "pcm": "<i2",
    "pre_emphasis": "<i2",
    "framing": "<i2",
    "window": "<i2",
    "fft": "<i2",
    "filterbank": "<u4",
    "noise_estimate": "<u4",
    "noise_reduction": "<u4",
    "pcan": "<u4",
    "log_scale": "<u2",
    "int8_input": "<i1",
    "operator": "<i1",
    "scores": "<i1",
    "decision": "<u1",
}
"""Type of each stage's values, in the order in which a clip passes them. A front end leaves out
the stages that its configuration turns off; there are as many operators as the model has."""

OPERATOR = "operator"
_CLIP = "clip"  # of a capture file, beside the stages


def stage_key(stage: str, number: int) -> str:
    """Name of a stage in a trace: an operator's has its place in the .tflite file."""
    return f"{stage} {number}" if stage == OPERATOR else stage


def stage_type(key: str) -> np.dtype[Any]:
    """Type of the values of a stage in a trace."""
    return np.dtype(STAGES[key.partition(" ")[0]])


@dataclass(frozen=True)
class Trace:
    """What one side gives for a clip.

    Attributes:
        side: whose it is, for people: "host", "tflite_micro".
        clip: name of the clip.
        values: stage to all its values, flat, frame after frame; in order. "operator 3" is
            operator 3 of the .tflite file.
    """

    side: str
    clip: str
    values: dict[str, Values]


def save_trace(path: Path, trace: Trace) -> None:
    """Write a capture file (NumPy's npz), for a comparison later or elsewhere."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:  # given a path, NumPy would add .npz to other names
        np.savez_compressed(stream, allow_pickle=False, **{_CLIP: trace.clip}, **trace.values)


def load_trace(path: Path) -> Trace:
    """Read a capture file. KwsError when it is none."""
    try:
        with np.load(path, allow_pickle=False) as content:
            clip = str(content[_CLIP])
            values = {key: content[key] for key in content.files if key != _CLIP}
            typed = all(values[key].dtype == stage_type(key) for key in values)
    except (OSError, ValueError, KeyError, EOFError, AttributeError, BadZipFile) as error:
        raise _no_capture(path) from error
    if not typed or "pcm" not in values:
        raise _no_capture(path)
    return Trace(path.name, clip, values)


def _no_capture(path: Path) -> KwsError:
    return KwsError(
        f"{path} is no capture file", "Write one with: kws compare --run RUN --a SIDE --save FILE"
    )
