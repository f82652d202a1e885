# SPDX-License-Identifier: Apache-2.0
"""UNIDIRECTIONAL_SEQUENCE_LSTM in int8, with an int16 cell state.

Source of the arithmetic: tensorflow/lite/micro/kernels/lstm_eval_common.cc and lstm_eval.h.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kws_codegen import fixed_point as fx
from kws_codegen.operators.c_code import Array, KernelCall, Names, braces
from kws_codegen.operators.op import Op, Step
from kws_codegen.operators.operator_view import OperatorView, activation
from kws_codegen.operators.sigmoid_table import sigmoid_table
from kws_codegen.operators.tensors import Activation, Int8Array
from kws_codegen.tflite.reader import Tensor

_GATES = ("input", "forget", "cell", "output")
# Inputs of the operator.
_INPUT_WEIGHTS, _RECURRENT_WEIGHTS, _BIASES = 1, 5, 12
_HIDDEN, _CELL = 18, 19
_NOT_SUPPORTED = {9: "peepholes", 16: "a projection", 20: "layer normalisation"}
_TANH = 4  # ActivationFunctionType
_Q12, _Q15 = 2.0**-12, 2.0**-15


@dataclass(frozen=True)
class Side:
    """Half of a gate: of the input, or of the hidden state."""

    weights: Int8Array  # [units, inputs]
    bias: tuple[int, ...]  # zero point folded in
    scale: tuple[int, int]  # multiplier, shift


@dataclass(frozen=True, kw_only=True)
class Lstm(Op):
    steps_count: int
    hidden: Activation
    cell: Activation
    gates: tuple[tuple[Side, Side], ...]
    products: tuple[tuple[int, int], ...]
    tanh: tuple[int, int]  # multiplier, shift to the right
    clip: int

    @property
    def units(self) -> int:
        return self.hidden.size

    @property
    def states(self) -> tuple[Activation, ...]:
        return (self.hidden, self.cell)

    @property
    def macs(self) -> int:
        return self.steps_count * sum(int(s.weights.size) for gate in self.gates for s in gate)

    @property
    def sizes(self) -> tuple[int, ...]:
        return (self.steps_count, self.input.size // self.steps_count, self.units)

    def steps(self) -> Iterator[Step]:
        """A step's input is read for each of its outputs."""
        inputs = self.input.size // self.steps_count
        for step in range(self.steps_count):
            reads = np.arange(step * inputs, (step + 1) * inputs)
            for unit in range(self.units):
                yield Step((reads,), np.array([step * self.units + unit]))

    def code(self, names: Names) -> KernelCall:
        arrays, gates = [], []
        for name, gate in zip(_GATES, self.gates, strict=True):
            own, lines = _gate_code(name, gate, names)
            arrays += own
            gates.append("        {" + ", ".join(lines) + "}")
        sigmoid = names.array("sigmoid", "uint16_t", sigmoid_table(), "of i / 24, in Q0.16")
        return KernelCall(
            function="kws_lstm_s8",
            arguments=(
                names.struct,
                names.tensor(self.input),
                names.tensor(self.hidden),
                names.tensor(self.cell),
                names.tensor(self.output),
            ),
            struct="kws_lstm",
            fields=(
                ".steps = {}, .inputs = {}, .units = {}".format(*self.sizes),
                ".gates = {\n" + ",\n".join(gates) + ",\n    }",
                f".sigmoid = {sigmoid.name}",
                f".tanh_multiplier = {self.tanh[0]}, .tanh_shift = {self.tanh[1]}",
                f".multipliers = {braces(tuple(m for m, _ in self.products))}",
                f".shifts = {braces(tuple(-s for _, s in self.products))}",
                f".clip = {self.clip}, .zero_point = {self.hidden.zero_point}",
            ),
            arrays=(*arrays, sigmoid),
        )


def _gate_code(
    name: str, gate: tuple[Side, Side], names: Names
) -> tuple[list[Array], tuple[str, ...]]:
    weights: list[Array] = []
    biases: list[Array] = []
    for what, side in zip(("of the input", "of the hidden state"), gate, strict=True):
        ending = f"{name}_{'hidden' if weights else 'input'}"
        shape = list(side.weights.shape)
        weights.append(
            names.array(
                f"{ending}_weights", "int8_t", side.weights, f"{name} gate, {what}: {shape}"
            )
        )
        biases.append(
            names.array(f"{ending}_bias", "int32_t", side.bias, "biases, zero point folded in")
        )
    lines = (
        f".weights = {{{weights[0].name}, {weights[1].name}}}",
        f".biases = {{{biases[0].name}, {biases[1].name}}}",
        f".multipliers = {braces((gate[0].scale[0], gate[1].scale[0]))}",
        f".shifts = {braces((-gate[0].scale[1], -gate[1].scale[1]))}",
    )
    return [*weights, *biases], lines


def lstm(view: OperatorView) -> Lstm:
    for position, what in _NOT_SUPPORTED.items():
        if view.optional_input(position) is not None:
            view.fail(f"has {what}, which is not supported")
    if view.option("fusedActivationFunction") != _TANH:
        view.fail("has another activation than tanh, which is not supported")
    source, hidden, cell = view.input, view.input_at(_HIDDEN), view.input_at(_CELL)
    if hidden.dtype != "INT8" or cell.dtype != "INT16":
        view.fail(f"keeps {hidden.dtype} and {cell.dtype}, not int8 and int16")
    units = hidden.size
    if len(source.shape) != 3 or view.output.size != source.size // source.shape[-1] * units:
        view.fail(f"does not fit its {units} units")
    if source.shape[1 if view.option("timeMajor", False) else 0] != 1:
        view.fail("has a batch other than 1")
    power = round(math.log2(cell.scale))
    left = 12 + power  # of the cell state, as TensorFlow Lite Micro's Tanh gets it
    clip = float(np.float32(view.option("cellClip", 0.0))) / cell.scale
    return Lstm(
        **view.fields(),
        steps_count=source.size // source.shape[-1],
        hidden=activation(hidden),
        cell=activation(cell),
        gates=tuple(_gate(view, number, source, hidden) for number in range(len(_GATES))),
        products=(
            fx.quantize_multiplier(_Q15 * cell.scale / cell.scale),
            fx.quantize_multiplier(_Q15 * _Q15 / cell.scale),
            fx.quantize_multiplier(_Q15 * _Q15 / hidden.scale),
        ),
        tanh=(3 << left, 0) if left >= 0 else (3, -left),
        clip=int(min(clip, 32767.0)) if clip > 0 else 0,
    )


def _gate(view: OperatorView, number: int, source: Tensor, hidden: Tensor) -> tuple[Side, Side]:
    bias = view.constant(_BIASES + number, "biases", "INT32").reshape(-1).astype(np.int64)
    return (
        _side(view, _INPUT_WEIGHTS + number, source, bias),
        _side(view, _RECURRENT_WEIGHTS + number, hidden, np.zeros(len(bias), np.int64)),
    )


def _side(view: OperatorView, position: int, source: Tensor, bias: np.ndarray) -> Side:
    weights: Int8Array = view.constant(position, "weights", "INT8")
    tensor = view.input_at(position)
    if any(tensor.zero_points) or len(tensor.scales) != 1 or len(weights) != len(bias):
        view.fail(f"has weights {list(weights.shape)} with zero points or scales a channel")
    folded = bias - source.zero_point * weights.astype(np.int64).sum(axis=1)
    return Side(
        weights,
        tuple(folded.tolist()),
        fx.quantize_multiplier(source.scale * tensor.scale / _Q12),
    )
