# SPDX-License-Identifier: Apache-2.0
"""The typed graph: what each operator computes, with every constant worked out.

Lowering (lowering.py) makes it from a .tflite model, the planner places its activations,
static_model.py prints it as C. Shapes are NHWC without surprises: batch 1.
"""

from dataclasses import dataclass

from kws_codegen.operators.op import Op
from kws_codegen.operators.tensors import Activation
from kws_codegen.state import State


@dataclass(frozen=True)
class Graph:
    """Operators in order; `input` and `output` are what the firmware writes and reads.

    `states` last from one inference to the next; `more_outputs` are those behind the first.
    """

    ops: tuple[Op, ...]
    input: Activation
    output: Activation
    states: tuple[State, ...] = ()
    more_outputs: tuple[Activation, ...] = ()

    @property
    def outputs(self) -> tuple[Activation, ...]:
        return (self.output, *self.more_outputs)

    @property
    def state_bytes(self) -> int:
        return sum(state.old.size for state in self.states)

    @property
    def macs(self) -> int:
        return sum(op.macs for op in self.ops)
