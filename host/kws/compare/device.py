# SPDX-License-Identifier: Apache-2.0
"""A device with the debug firmware (firmware/compare/): samples in, every stage's values out."""

import struct
import time
from collections import defaultdict, deque

import numpy as np
import numpy.typing as npt

from kws.compare.trace import STAGES, Trace, Values, stage_key, stage_type
from kws.console import progress
from kws.link.connect import SerialTransport
from kws.link.framing import Frame, FrameReader, encode_frame
from kws_codegen.base.errors import KwsError
from kws_codegen.protocol.messages import FaultKind, Status
from kws_codegen.protocol.wire import Numbered

_SAMPLES = 120  # of one request: with header, CRC and COBS no longer than a port's smallest buffer
_PING_S = 0.5
_PINGS = 60  # an emulator on a busy machine starts slowly
SILENCE_S = 120.0  # one operator of a large model on an emulated Cortex-M0
_ATTEMPTS = 3  # of a clip on a wire that damages bytes

# Kinds of packets, as firmware/compare/compare.c has them.
_START, _SAMPLES_KIND, _RUN, _VALUES, _FAULT = b"SPRVF"


class _DamagedError(KwsError):
    """A frame was damaged on its way, or none came: the clip must be sent again."""


class TracingDevice:
    """One clip at a time through the debug firmware."""

    def __init__(self, transport: SerialTransport, silence_s: float = SILENCE_S) -> None:
        """`silence_s`: so long without a byte, the device is taken for dead."""
        self._transport = transport
        self._silence_s = silence_s
        self._reader = FrameReader()
        self._frames: deque[Frame] = deque()
        self._token = 0
        self._values: dict[str, bytearray] = {}

    def trace(self, side: str, clip: str, samples: npt.NDArray[np.int16]) -> Trace:
        """What every stage gives for int16 [n].

        KwsError when the device does not answer, faults, or damages every attempt.
        """
        for _ in range(_ATTEMPTS - 1):
            try:
                return Trace(side, clip, self._attempt(samples))
            except _DamagedError:
                continue
        return Trace(side, clip, self._attempt(samples))

    def _attempt(self, samples: npt.NDArray[np.int16]) -> dict[str, Values]:
        self._start()
        self._values = defaultdict(bytearray)
        data = samples.astype("<i2")
        starts = range(0, data.size, _SAMPLES)
        with progress() as bar:
            for start in bar.track(starts, description=f"clip through {self._transport.name}"):
                chunk = data[start : start + _SAMPLES].tobytes()
                self._check(self._request(_SAMPLES_KIND, chunk))
            status = self._request(_RUN)
        # A front end that is wrong may give too few frames: then there is no model input.
        if status != Status.BAD_STATE:
            self._check(status)
        return {
            key: np.frombuffer(bytes(values), stage_type(key))
            for key, values in self._values.items()
        }

    def _start(self) -> None:
        """Begin a clip; what is still on its way from before is passed over."""
        for _ in range(_PINGS):
            self._send(_START)
            deadline = time.monotonic() + _PING_S
            while packet := self._packet(deadline - time.monotonic(), damage_is_fatal=False):
                if packet[0] == _START and packet[1] == self._token:
                    self._check(packet[2])
                    return
        raise KwsError(
            f"{self._transport.name} does not answer",
            "A port needs the debug firmware (kws compare --run RUN --build BOARD makes it) and "
            "the board's --baud.",
        )

    def _request(self, kind: int, payload: bytes = b"") -> int:
        """Send one, take the values that come, return the status of the answer."""
        self._send(kind, payload)
        while packet := self._packet(self._silence_s, damage_is_fatal=True):
            if packet[0] == _VALUES:
                self._take(packet)
            elif packet[0] == _FAULT:
                where = int.from_bytes(packet[2:6], "little")
                raise KwsError(
                    f"the firmware faulted: {_meaning(FaultKind, packet[1])}, "
                    f"program counter 0x{where:08x}",
                    "That is a bug in kws; please report it with the model.",
                )
            elif packet[:2] == bytes((kind, self._token)):
                return packet[2]
        raise _DamagedError(
            f"{self._transport.name} was silent for {self._silence_s:.0f} s",
            "Is it still connected? Is this machine very busy?",
        )

    def _check(self, status: int) -> None:
        if status != Status.OK:
            name = self._transport.name
            raise KwsError(f"{name} cannot run the clip: {_meaning(Status, status)}")

    def _send(self, kind: int, payload: bytes = b"") -> None:
        self._token = (self._token + 1) % 256
        self._transport.write(encode_frame(bytes((kind, self._token)) + payload))

    def _packet(self, timeout_s: float, damage_is_fatal: bool) -> bytes | None:
        """The next whole packet; None after that time of silence."""
        while timeout_s > 0:
            while self._frames:
                packet = self._frames.popleft().packet
                if packet:
                    return packet
                if damage_is_fatal:
                    raise _DamagedError(
                        f"the line to {self._transport.name} damages what it carries",
                        "Use a shorter cable or a lower speed.",
                    )
            data = self._transport.read(timeout_s)
            if not data:
                return None
            self._frames.extend(self._reader.feed(data))
        return None

    def _take(self, packet: bytes) -> None:
        number, length = struct.unpack_from("<HB", packet, 1)
        name = packet[4 : 4 + length].decode("ascii", "replace")
        if name not in STAGES:
            raise KwsError(
                f"the debug firmware names a stage {name!r}, which this kws does not know",
                "Build it again with this kws.",
            )
        self._values[stage_key(name, number)] += packet[4 + length :]


def _meaning(numbers: type[Numbered], number: int) -> str:
    return next((known.meaning for known in numbers if known == number), f"number {number}")
