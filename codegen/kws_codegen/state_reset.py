# SPDX-License-Identifier: Apache-2.0
"""The C that gives the states of a model the values before the first step."""

from dataclasses import dataclass

import numpy as np

from kws_codegen.graph import Graph
from kws_codegen.operators.c_code import Array, address
from kws_codegen.plan.planner import Plan


@dataclass(frozen=True)
class StateReset:
    """One state: its name, the statement, the array that it copies from, if any."""

    name: str
    statement: str
    array: Array | None


def state_resets(graph: Graph, layout: Plan) -> tuple[StateReset, ...]:
    """One for each state, in the order of the file."""
    result = []
    for number, state in enumerate(graph.states):
        place = address(layout.tensors[state.old.index])
        values, array = state.initial, None
        if np.all(values == values[0]):
            statement = f"memset({place}, {values[0]}, {values.size})"
        else:
            name = f"state{number}_initial"
            comment = f"first values of {state.name}: {list(state.old.shape)}"
            array = Array(name, "int8_t", values.astype(np.int64), comment)
            statement = f"memcpy({place}, {name}, {values.size})"
        result.append(StateReset(f"{state.name} {list(state.old.shape)}", statement, array))
    return tuple(result)
