# SPDX-License-Identifier: Apache-2.0
"""SVDF: features of the input remembered over time, weighted and summed.

Source of the arithmetic: tensorflow/lite/micro/kernels/svdf_common.cc.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kws_codegen import fixed_point as fx
from kws_codegen.operators.c_code import KernelCall, Names
from kws_codegen.operators.op import Op, Step
from kws_codegen.operators.operator_view import OperatorView, activation
from kws_codegen.operators.tensors import Activation, Int8Array, IntArray
from kws_codegen.tflite.reader import Tensor


@dataclass(frozen=True, kw_only=True)
class Svdf(Op):
    """Filter f remembers memory[f, :] of its feature; `rank` filters make an output."""

    state: Activation  # int8 or int16 [filters, memory]
    rank: int
    feature_weights: Int8Array  # [filters, inputs]
    feature_bias: tuple[int, ...]  # the input's zero point, folded
    time_weights: IntArray  # int8 or int16 [filters, memory]
    bias: tuple[int, ...]  # of the outputs
    scales: tuple[tuple[int, int], tuple[int, int]]  # (multiplier, shift) of features, outputs

    @property
    def states(self) -> tuple[Activation, ...]:
        return (self.state,)

    @property
    def macs(self) -> int:
        return int(self.feature_weights.size + self.time_weights.size)

    @property
    def sizes(self) -> tuple[int, ...]:
        return (*self.feature_weights.shape, *self.time_weights.shape)

    def steps(self) -> Iterator[Step]:
        """The whole input is read for each output."""
        everything = np.arange(self.input.size)
        for output in range(self.output.size):
            yield Step((everything,), np.array([output]))

    def code(self, names: Names) -> KernelCall:
        filters, inputs = self.feature_weights.shape
        bits = 8 * self.state.element_bytes
        features = names.array(
            "features", "int8_t", self.feature_weights, f"weights {[filters, inputs]} of features"
        )
        feature_bias = names.array(
            "feature_bias", "int32_t", self.feature_bias, "input zero point, folded"
        )
        times = names.array(
            "times",
            f"int{bits}_t",
            self.time_weights,
            f"weights {list(self.time_weights.shape)} of the remembered features",
        )
        bias = names.array("bias", "int32_t", self.bias, "biases")
        (feature_multiplier, feature_shift), (multiplier, shift) = self.scales
        return KernelCall(
            function=f"kws_svdf_s{bits}",
            arguments=(
                names.struct,
                names.tensor(self.input),
                names.tensor(self.state),
                names.tensor(self.output),
            ),
            struct="kws_svdf",
            fields=(
                f".inputs = {inputs}, .units = {filters // self.rank}, .rank = {self.rank}",
                f".memory = {self.time_weights.shape[1]}",
                f".features = {features.name}, .feature_bias = {feature_bias.name}",
                f".feature_multiplier = {feature_multiplier}, .feature_shift = {-feature_shift}",
                f".times = {times.name}, .bias = {bias.name}",
                f".multiplier = {multiplier}, .shift = {-shift}",
                f".state_zero_point = {self.state.zero_point if bits == 8 else 0}, "
                f".zero_point = {self.output.zero_point}",
            ),
            arrays=(features, feature_bias, times, bias),
        )


def svdf(view: OperatorView) -> Svdf:
    source, output = view.input, view.output
    weights = view.constant(1, "weights", "INT8")
    kept = view.input_at(4)
    if kept.dtype not in ("INT8", "INT16") or not kept.is_variable:
        view.fail(f"keeps its state in {kept.dtype}, and int8 and int16 are supported")
    times = view.constant(2, "weights of time", kept.dtype).astype(np.int64)
    filters = len(times)
    rank = int(view.option("rank", 1))
    if (
        source.size != weights.shape[1]
        or len(weights) != filters
        or kept.size != times.size
        or output.size * rank != filters
    ):
        view.fail("does not fit its weights")
    bias = view.constant(3, "biases", "INT32")
    return Svdf(
        **view.fields(),
        state=activation(kept),
        rank=rank,
        feature_weights=weights,
        feature_bias=tuple((-source.zero_point * weights.astype(np.int64).sum(axis=1)).tolist()),
        time_weights=times,
        bias=tuple(bias.reshape(-1).tolist()),
        scales=_scales(view, source, kept, output),
    )


def _scales(
    view: OperatorView, source: Tensor, kept: Tensor, output: Tensor
) -> tuple[tuple[int, int], tuple[int, int]]:
    weights, times = view.input_at(1), view.input_at(2)
    return (
        fx.quantize_multiplier(source.scale * weights.scale / kept.scale),
        fx.quantize_multiplier(kept.scale * times.scale / output.scale),
    )
