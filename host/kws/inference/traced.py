# SPDX-License-Identifier: Apache-2.0
"""Outputs of operators, put together from what KWS_OP_HOOK was told."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from kws_codegen.graph import Graph

Int8 = npt.NDArray[np.int8]


def outputs_of_operators(
    graph: Graph, told: Mapping[int, bytes | bytearray], count: int
) -> list[Int8]:
    """The output of each operator of a graph, in order: int8 [count, output size].

    `told` are the bytes of `count` inferences, by the operator's index in the file: rows of its
    output as they came. Operators of one index (several outputs in the file) follow one another.
    """
    sizes: dict[int, list[int]] = {}
    for op in graph.ops:
        sizes.setdefault(op.index, []).append(op.output.size)
    parts = {}
    for index, columns in sizes.items():
        rows = np.frombuffer(told[index], np.int8).reshape(count, sum(columns))
        parts[index] = iter(np.split(rows, np.cumsum(columns)[:-1], axis=1))
    return [next(parts[op.index]) for op in graph.ops]
