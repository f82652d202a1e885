# SPDX-License-Identifier: Apache-2.0
"""Two traces of one clip, compared exactly, stage by stage: where do they part?"""

from dataclasses import dataclass

import numpy as np

from kws.compare.trace import OPERATOR, STAGES, Trace, Values
from kws.config.schema import Config
from kws_codegen.base.feature_config import FeatureConfig
from kws_codegen.graph import Graph
from kws_codegen.lowering import read_graph

_PARTS = ("real", "imaginary")


@dataclass(frozen=True)
class StageComparison:
    """One stage of both sides. `values` are those of the longer side."""

    stage: str
    kind: str  # of an operator: "CONV_2D"; "" for the other stages
    values: int
    differing: int


@dataclass(frozen=True)
class StageDifference:
    """The first value that differs. None: that side has no value there."""

    stage: str
    kind: str
    place: str  # in words: "frame 3, channel 7"
    frame: int | None  # of a stage of the front end
    index: int  # in the frame, or in the operator's output, flat
    expected: int | None  # side a
    actual: int | None  # side b
    values: int
    differing: int


@dataclass(frozen=True)
class Comparison:
    """What `kws compare` reports of two sides and a clip."""

    a: str
    b: str
    clip: str
    identical: bool
    stages: tuple[StageComparison, ...]
    first: StageDifference | None


def compare_traces(a: Trace, b: Trace, config: Config, model: bytes) -> Comparison:
    """Every stage of both; `model` is the .tflite file, which names the operators."""
    graph = read_graph(model)
    kinds = {f"{OPERATOR} {op.index}": op.kind for op in graph.ops}
    stages = []
    first = None
    for stage in sorted({*a.values, *b.values}, key=_order):
        left, right = (_values(trace, stage) for trace in (a, b))
        wrong = _differing(left, right)
        values, kind = max(left.size, right.size), kinds.get(stage, "")
        stages.append(StageComparison(stage, kind, values, wrong.size))
        if wrong.size and first is None:
            at = int(wrong[0])
            frame, index, place = _place(stage, at, config, graph)
            first = StageDifference(
                stage, kind, place, frame, index, _value(left, at), _value(right, at),
                values, wrong.size,
            )  # fmt: skip
    return Comparison(a.side, b.side, a.clip, first is None, tuple(stages), first)


def _order(stage: str) -> tuple[int, int]:
    name, _, number = stage.partition(" ")
    return list(STAGES).index(name), int(number or 0)


def _values(trace: Trace, stage: str) -> Values:
    return trace.values.get(stage, np.zeros(0, np.int64)).astype(np.int64)


def _value(values: Values, at: int) -> int | None:
    return int(values[at]) if at < values.size else None


def _differing(left: Values, right: Values) -> Values:
    """Positions; where one side has more values, all of them."""
    common, longest = sorted((left.size, right.size))
    wrong = np.flatnonzero(left[:common] != right[:common])
    return np.concatenate([wrong, np.arange(common, longest)])


def _place(stage: str, at: int, config: Config, graph: Graph) -> tuple[int | None, int, str]:
    """Frame, index in it, and both in words."""
    if width := _frame_width(stage, config.features):
        frame, index = divmod(at, width)
        return frame, index, f"frame {frame}, {_in_frame(stage, index)}"
    if stage.startswith(OPERATOR):
        shape = next(op.output.shape for op in graph.ops if stage == f"{OPERATOR} {op.index}")
        size = int(np.prod(shape))
        where = [int(i) for i in np.unravel_index(min(at, size - 1), shape)]
        return None, at, f"value {at}, {where} of {list(shape)}"
    if stage == "scores":
        labels = config.data.labels
        return None, at, f"class {at}" + (f" ({labels[at]})" if at < len(labels) else "")
    return None, at, "index of the best class" if stage == "decision" else f"sample {at}"


def _frame_width(stage: str, features: FeatureConfig) -> int:
    """Values of a frame; 0 for a stage that has no frames."""
    if stage in ("framing", "window"):
        return features.window_samples
    if stage == "fft":
        return features.fft_size - 2  # real and imaginary parts of bins 1 to half the size - 1
    names = list(STAGES)
    if names.index("filterbank") <= _order(stage)[0] <= names.index("int8_input"):
        return features.channels
    return 0


def _in_frame(stage: str, index: int) -> str:
    if stage in ("framing", "window"):
        return f"sample {index}"
    if stage == "fft":
        return f"bin {1 + index // 2}, {_PARTS[index % 2]} part"
    return f"channel {index}"
