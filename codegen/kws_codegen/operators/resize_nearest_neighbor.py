# SPDX-License-Identifier: Apache-2.0
"""RESIZE_NEAREST_NEIGHBOR."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kws_codegen.operators.c_code import KernelCall, Names
from kws_codegen.operators.op import Op, Step
from kws_codegen.operators.operator_view import OperatorView


@dataclass(frozen=True, kw_only=True)
class ResizeNearestNeighbor(Op):
    """Output pixel (row, column) is input pixel (rows[row], columns[column])."""

    rows: tuple[int, ...]
    columns: tuple[int, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        return (len(self.rows), len(self.columns))

    def steps(self) -> Iterator[Step]:
        """A pixel is read wholly before it is written."""
        _, in_width, channels = self.input.image
        channel = np.arange(channels)
        number = 0
        for row in self.rows:
            for column in self.columns:
                place = (row * in_width + column) * channels
                yield Step((place + channel,), number * channels + channel)
                number += 1

    def code(self, names: Names) -> KernelCall:
        _, in_width, channels = self.input.image
        rows = names.array("rows", "uint16_t", self.rows, "input row of each output row")
        columns = names.array("columns", "uint16_t", self.columns, "likewise")
        return KernelCall(
            function="kws_resize_nearest_neighbor_s8",
            arguments=(names.struct, names.tensor(self.input), names.tensor(self.output)),
            struct="kws_resize_nearest_neighbor",
            fields=(
                f".in_width = {in_width}, .channels = {channels}",
                f".out_height = {len(self.rows)}, .out_width = {len(self.columns)}",
                f".rows = {rows.name}, .columns = {columns.name}",
            ),
            arrays=(rows, columns),
        )


def resize_nearest_neighbor(view: OperatorView) -> ResizeNearestNeighbor:
    in_height, in_width, channels = view.image(view.input)
    out_height, out_width, out_channels = view.image(view.output)
    view.require_same_quantization(view.input)
    if channels != out_channels or [out_height, out_width] != view.integers(1, "sizes").tolist():
        view.fail("does not fit its sizes")
    return ResizeNearestNeighbor(
        **view.fields(),
        rows=_nearest(view, in_height, out_height),
        columns=_nearest(view, in_width, out_width),
    )


def _nearest(view: OperatorView, size: int, count: int) -> tuple[int, ...]:
    """Source: GetNearestNeighbor in tensorflow/lite/kernels/internal/reference/
    resize_nearest_neighbor.h, in float32 as there."""
    corners = bool(view.option("alignCorners", False)) and count > 1
    scale = np.float32(size - 1) / np.float32(count - 1) if corners else np.float32(size / count)
    if not corners:
        scale = np.float32(size) / np.float32(count)
    offset = np.float32(0.5 if view.option("halfPixelCenters", False) else 0.0)
    places = (np.arange(count).astype(np.float32) + offset) * scale
    if view.option("alignCorners", False):
        places = places + np.float32(0.5)  # rounded; none is negative
    return tuple(max(0, min(int(place), size - 1)) for place in np.floor(places))
