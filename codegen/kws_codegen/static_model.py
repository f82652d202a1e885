# SPDX-License-Identifier: Apache-2.0
"""The static C model: a .tflite graph as plain C calls, all sizes, offsets and constants fixed."""

from dataclasses import dataclass, field

from kws_codegen.base.activations import WHOLE, Activations
from kws_codegen.base.errors import KwsError
from kws_codegen.chains.choose import with_chains
from kws_codegen.generated_operator import GeneratedOperator, generated_operator
from kws_codegen.graph import Graph
from kws_codegen.lowering import read_graph
from kws_codegen.operators.op import Op
from kws_codegen.plan.planner import Plan
from kws_codegen.render import FileInfo, render
from kws_codegen.state_reset import StateReset, state_resets

_LARGEST = (1 << 16) - 1  # sizes are uint16_t in the kernels' structs


@dataclass(frozen=True)
class StaticModel:
    """What static_model.h and static_model.c are made of, with its sizes.

    `planned` is the graph with the chains that run row by row as one operator each: that of the
    plan and of `operators`.
    """

    graph: Graph
    planned: Graph
    plan: Plan
    operators: tuple[GeneratedOperator, ...] = field(repr=False)

    @property
    def activation_bytes(self) -> int:
        """The activation buffer, scratch memory included."""
        return self.plan.bytes

    @property
    def weights_bytes(self) -> int:
        """Weights, biases, multipliers, shifts, tables and first values of states in flash."""
        constants = (item for operator in self.operators for item in operator.constants)
        arrays = [array for item in constants for array in item.kernel.arrays]
        return sum(array.bytes for array in (*arrays, *(r.array for r in self.resets if r.array)))

    @property
    def resets(self) -> tuple[StateReset, ...]:
        """How the states get their first values."""
        return state_resets(self.graph, self.plan)


def static_model(model: bytes, activations: Activations = WHOLE) -> StaticModel:
    """Graph, plan and operators of a .tflite file; `activations`: see with_chains().

    Raises KwsError when the model is not supported; the message names operator, index, shape.
    """
    graph = read_graph(model)
    for op in graph.ops:
        _check_sizes(op)
    planned, layout = with_chains(graph, activations)
    operators = (generated_operator(op, i, layout) for i, op in enumerate(planned.ops))
    return StaticModel(graph, planned, layout, tuple(operators))


def static_model_files(
    model: bytes, info: FileInfo, activations: Activations = WHOLE
) -> dict[str, str]:
    """Texts of static_model.h and static_model.c, by file name. Raises as static_model does."""
    content = static_model(model, activations)
    source = content.graph.input
    values = {
        "info": info,
        "model": content,
        "has_chains": content.planned is not content.graph,
        "input": f"{source.c_type} {list(source.shape)}, {source.quantization}",
        "outputs": [f"{t.c_type} {list(t.shape)}, {t.quantization}" for t in content.graph.outputs],
        "input_offset": content.plan.tensors[source.index],
        "output_offsets": [content.plan.tensors[t.index] for t in content.graph.outputs],
    }
    return {name: render(f"{name}.j2", **values) for name in ("static_model.h", "static_model.c")}


def _check_sizes(op: Op) -> None:
    dimensions = (size for tensor in (*op.inputs, op.output) for size in tensor.shape)
    largest = max((*dimensions, *op.sizes), default=0)
    if largest > _LARGEST and not op.same_bytes:
        raise KwsError(
            f"operator {op.index}, {op.kind} {list(op.input.shape)} -> {list(op.output.shape)}: "
            f"has a size of {largest}; the largest supported is {_LARGEST}",
            "Such a model does not fit a microcontroller.",
        )
