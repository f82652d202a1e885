# SPDX-License-Identifier: Apache-2.0
"""What runs on another machine: an actor that has one device. Knows nothing of Ray itself."""

import socket
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kws.evaluate.device_session import open_device
from kws.firmware.boards import find_board
from kws.link.client import Device
from kws.link.counters import LinkCounters
from kws.link.errors import ClipLostError
from kws_codegen.base.cache import scratch
from kws_codegen.base.errors import KwsError
from kws_codegen.base.version import VERSION
from kws_codegen.protocol.messages import DeviceFault


@dataclass(frozen=True)
class ActorState:
    """What the session counts."""

    counters: LinkCounters = field(default_factory=LinkCounters)
    restarts: int = 0
    faults: tuple[DeviceFault, ...] = ()


@dataclass(frozen=True)
class Reply:
    """A result, or an expected fault. Faults are no exceptions here: Ray would wrap them."""

    state: ActorState
    value: Any = None
    fault: tuple[str, str] | None = None  # message and hint
    clip_lost: bool = False


class DeviceActor:
    """Opens a device and does with it what it is told."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._device: Device | None = None

    def where(self) -> tuple[str, str]:
        """The name of this machine, and the version of kws there."""
        return socket.gethostname(), VERSION

    def start(
        self, image: bytes | None, board: str, port: str, baud: int | None, patience_s: float | None
    ) -> Reply:
        """Open `port`, or start the firmware `image` on `board`. As open_device()."""
        try:
            firmware = None if image is None else self._written(image, board)
            session = open_device(firmware, board, port, baud, None, patience_s)
            self._device = self._stack.enter_context(session)
        except KwsError as error:
            return Reply(self._state(), fault=(error.message, error.hint))
        return Reply(self._state())

    def call(self, method: str, arguments: tuple[Any, ...]) -> Reply:
        """Call a method of the session."""
        try:
            value = getattr(self._device, method)(*arguments)
        except ClipLostError:
            return Reply(self._state(), clip_lost=True)
        except KwsError as error:
            return Reply(self._state(), fault=(error.message, error.hint))
        return Reply(self._state(), value)

    def close(self) -> None:
        """Close the port, or end what was started."""
        self._stack.close()

    def _state(self) -> ActorState:
        device = self._device
        if device is None:
            return ActorState()
        return ActorState(device.counters.copy(), device.restarts, tuple(device.faults))

    def _written(self, image: bytes, board: str) -> Path:
        folder = self._stack.enter_context(scratch())
        path = folder / find_board(board).firmware_file
        path.write_bytes(image)
        path.chmod(0o755)
        return path
