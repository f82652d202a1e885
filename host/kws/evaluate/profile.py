# SPDX-License-Identifier: Apache-2.0
"""What each operator of the model costs on a device: its count beside its shape and MACs."""

from collections.abc import Sequence
from dataclasses import dataclass

from kws_codegen.static_model import static_model


@dataclass(frozen=True)
class OperatorTime:
    """One operator of the model in the last inference."""

    index: int
    kind: str
    shape: str  # input -> output
    macs: int  # multiply-accumulates
    time: int  # in the device's unit


def operator_times(model: bytes, times: Sequence[int]) -> list[OperatorTime]:
    """The model's operators with the times of Device.profile(), as many as it sent.

    An operator that generates no code (RESHAPE) takes next to nothing.
    """
    content = static_model(model)
    return [
        OperatorTime(made.index, made.kind, made.title, op.macs, times[made.index])
        for made, op in zip(content.operators, content.graph.ops, strict=True)
        if made.index < len(times)
    ]
