# SPDX-License-Identifier: Apache-2.0
"""What each operator of the model costs on a device: its count beside its shape and MACs."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from kws.console import warn
from kws.evaluate.device_session import NamedDevice
from kws_codegen.base.errors import KwsError
from kws_codegen.generated_operator import operator_title
from kws_codegen.lowering import read_graph
from kws_codegen.protocol.messages import ClipKind, DeviceInfo


@dataclass(frozen=True)
class OperatorTime:
    """One operator of the model in the last inference."""

    index: int
    kind: str
    shape: str  # input -> output
    macs: int  # multiply-accumulates
    time: int  # in the device's unit


@dataclass(frozen=True)
class Profile:
    """The operators of one device, and where others counted differently."""

    operators: Sequence[OperatorTime] = field(default_factory=tuple)
    differences: Sequence[str] = field(default_factory=tuple)


def profile_of(
    model: bytes, devices: Sequence[NamedDevice], info: DeviceInfo, kind: ClipKind, clip: bytes
) -> Profile:
    """The profile of the first device that gives one, compared with all others where they count
    instructions, which do not depend on the device.

    Several devices have run different clips last, so each gets `clip` (see Device.classify) first.
    One that gives none costs no result: a warning says so.
    """
    times: dict[str, list[int]] = {}
    for device in devices:
        try:
            if len(devices) > 1:
                device.session.classify(kind, clip)
            times[device.name] = device.session.profile()
        except KwsError as error:
            warn(f"no times of the operators of {device.name}: {error.message}")
    if not times:
        return Profile()
    first, *others = times
    differences = [
        f"{name} counts otherwise than {first}: {_first_difference(times[name], times[first])}"
        for name in others
        if info.time_unit == "instructions" and times[name] != times[first]
    ]
    return Profile(operator_times(model, times[first]), differences)


def _first_difference(a: Sequence[int], b: Sequence[int]) -> str:
    for index, (one, other) in enumerate(zip(a, b, strict=False)):
        if one != other:
            return f"operator {index}: {one} and {other}"
    return f"{len(a)} and {len(b)} operators"


def operator_times(model: bytes, times: Sequence[int]) -> list[OperatorTime]:
    """The model's operators with the times of Device.profile(), as many as it sent.

    An operator that generates no code (RESHAPE) takes next to nothing.
    """
    return [
        OperatorTime(op.index, op.kind, operator_title(op), op.macs, times[op.index])
        for op in read_graph(model).ops
        if op.index < len(times)
    ]
