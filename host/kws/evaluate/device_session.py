# SPDX-License-Identifier: Apache-2.0
"""Sessions with the devices of an evaluation: those at ports, or boards started for it."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import BinaryIO, Protocol, TextIO

import numpy as np
from numpy.typing import NDArray

from kws.evaluate.options import EvaluationOptions
from kws.firmware.boards import find_board
from kws.firmware.launch import run_board
from kws.link.client import Device
from kws.link.connect import connect
from kws.link.counters import LinkCounters
from kws.link.handshake import Expected
from kws.link.trace import open_trace
from kws_codegen.base.errors import KwsError
from kws_codegen.protocol.messages import (
    ClipKind,
    ClipResult,
    DeviceFault,
    DeviceInfo,
    DeviceStats,
    StreamStats,
)


class Session(Protocol):
    """What an evaluation needs of kws.link.client.Device, which says what each does."""

    def handshake(self, expected: Expected | None = None) -> DeviceInfo: ...
    def classify(self, kind: ClipKind, clip: bytes) -> ClipResult: ...
    def features(self, kind: ClipKind, clip: bytes) -> bytes: ...
    def stats(self) -> DeviceStats: ...
    def profile(self) -> list[int]: ...
    def stats_of_listening(self, samples: NDArray[np.int16]) -> StreamStats: ...

    @property
    def counters(self) -> LinkCounters: ...
    @property
    def restarts(self) -> int: ...
    @property
    def faults(self) -> Sequence[DeviceFault]: ...


@dataclass(frozen=True)
class NamedDevice:
    """A session, and what the user calls the device."""

    name: str
    session: Session


@contextmanager
def open_devices(
    options: EvaluationOptions, firmware: Path | None
) -> Iterator[Sequence[NamedDevice]]:
    """The devices at the ports, or `firmware` on boards started for it; gone after the block.

    Several devices write a trace each. KwsError when one cannot be opened or started.
    """
    if options.ray is not None:
        from kws.evaluate.ray_devices import open_ray_devices

        with open_ray_devices(options, firmware) as devices:
            yield devices
        return
    names = options.ports or started_names(options.board, options.jobs or 1)
    with ExitStack() as stack:
        yield [
            NamedDevice(name, stack.enter_context(_opened(name, number, options, firmware)))
            for number, name in enumerate(names)
        ]


def started_names(board: str, count: int) -> tuple[str, ...]:
    """What the boards that are started are called."""
    return (board,) if count == 1 else tuple(f"{board} {i + 1}" for i in range(count))


@contextmanager
def _opened(
    port: str, number: int, options: EvaluationOptions, firmware: Path | None
) -> Iterator[Device]:
    trace = options.trace
    if trace is not None and max(len(options.ports), options.jobs or 1) > 1:
        trace = trace.with_name(f"{trace.stem}-{number + 1}{trace.suffix}")
    with open_device(
        firmware, options.board, port, options.baud_of(port), trace, options.patience_s
    ) as device:
        yield device


@contextmanager
def open_device(
    firmware: Path | None,
    board: str,
    port: str,
    baud: int | None,
    trace_file: Path | None,
    patience_s: float | None = None,
) -> Iterator[Device]:
    """The device at `port`, or `firmware` on a board started for it; gone after the block.

    baud: of the port; None takes the board's. trace_file: gets every packet.
    patience_s: with a request that nothing answers; None: the usual.
    """
    with ExitStack() as stack:
        url = port
        if firmware is not None:
            url = stack.enter_context(run_board(find_board(board), firmware))
        trace = None
        if trace_file is not None:
            trace = open_trace(trace_file)
            stack.callback(_close, trace)
        speed = baud or find_board(board).baud
        yield stack.enter_context(connect(url, speed, trace, firmware is None, patience_s))


def _close(trace: TextIO | BinaryIO) -> None:
    with suppress(OSError):  # what a full disk did not take
        trace.close()


def handshakes(devices: Sequence[NamedDevice], expected: Expected) -> DeviceInfo:
    """What every device says of itself.

    KwsError when one is silent, was built from something else than `expected` says, or is not
    like the others: then times and profile would be of nothing in particular.
    """
    infos = []
    for device in devices:
        try:
            infos.append(device.session.handshake(expected))
        except KwsError as error:
            if len(devices) == 1 or device.name in error.message:
                raise
            raise KwsError(f"{device.name}: {error.message}", error.hint) from None
        if infos[-1] != infos[0]:
            raise KwsError(
                f"{device.name} and {devices[0].name} are not alike: "
                + _differences(infos[-1], infos[0]),
                "Evaluate them one at a time, or put the same firmware on both.",
            )
    return infos[0]


def _differences(a: DeviceInfo, b: DeviceInfo) -> str:
    pairs = [(f.name, getattr(a, f.name), getattr(b, f.name)) for f in fields(DeviceInfo)]
    return ", ".join(f"{name} {one} and {other}" for name, one, other in pairs if one != other)
