# SPDX-License-Identifier: Apache-2.0
"""Which axes an operator reduces: MEAN, SUM, REDUCE_MAX."""

import numpy as np

from kws_codegen.operators.operator_view import OperatorView


def reduced(view: OperatorView) -> tuple[int, int, int]:
    """The input as [outer, count, inner], of which the middle is reduced."""
    shape = view.input.shape
    axes = {view.axis(int(axis), len(shape)) for axis in view.integers(1, "axes")}
    moving = [i for i, size in enumerate(shape) if size > 1]
    middle = [i for i in moving if i in axes]
    if middle and any(middle[0] < i < middle[-1] and i not in axes for i in moving):
        view.fail(f"reduces the axes {sorted(axes)}, which are not next to each other")
    outer = int(np.prod([shape[i] for i in moving if middle and i < middle[0]]))
    count = int(np.prod([shape[i] for i in middle]))
    inner = view.input.size // (outer * count)
    if outer * inner != view.output.size:
        view.fail(f"should have {outer * inner} outputs")
    return outer, count, inner
