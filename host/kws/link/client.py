# SPDX-License-Identifier: Apache-2.0
"""A device at the other end of the wire: handshake, clips, results, and patience.

One request is on its way at a time. A request without a good answer is sent again with the
same sequence number; the device carries it out once and repeats its stored answer, so
nothing is lost or done twice on a wire that drops, damages or doubles bytes.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from kws.link.framing import Frame, FrameReader, encode_frame
from kws.link.handshake import (
    Expected,
    check_format,
    check_hashes,
    check_protocol,
    labels_differ,
)
from kws.link.trace import Trace
from kws_codegen.base.errors import KwsError
from kws_codegen.protocol.messages import (
    ANSWER_BIT,
    ANSWER_NAK,
    CHUNK_BYTES,
    AnswerPacket,
    ClipBegin,
    ClipData,
    ClipKind,
    ClipResult,
    Command,
    DeviceFault,
    DeviceInfo,
    DeviceStats,
    FaultKind,
    GetFault,
    GetFeatures,
    GetLabels,
    GetProfile,
    GetResult,
    GetStats,
    Hello,
    Request,
    Reset,
    Status,
)
from kws_codegen.protocol.wire import Message, MessageError

FIRST_TIMEOUT_S = 0.25
LONGEST_TIMEOUT_S = 4.0
LONGEST_ANSWER_BYTES = CHUNK_BYTES + 88  # header, CRC, COBS, and room
ATTEMPTS = 12  # of one request; 0.25 + 0.5 + 1 + 2 + 8 x 4 = 36 s in all
HELLO_ATTEMPTS = 6  # 12 s: long enough for a board to start
CLIP_ATTEMPTS = 3  # of one clip, when the device restarts in the middle

MOST_OPERATORS = 255  # that GET_PROFILE can number

T = TypeVar("T")
A = TypeVar("A", bound=Message)


class Transport(Protocol):
    """A wire: what a Device needs of a serial port. Raises KwsError when it breaks."""

    name: str

    def write(self, data: bytes) -> None: ...

    def read(self, timeout_s: float) -> bytes:
        """What has arrived; waits up to timeout_s for the first byte, b"" when none came."""
        ...

    def transfer_s(self, byte_count: int) -> float:
        """Seconds that byte_count bytes take on this wire."""
        ...


class DeviceError(KwsError):
    """The device answered a request with a status other than OK."""

    def __init__(self, request: Request[Message], status: Status, reserved_bytes: int = 0) -> None:
        """`reserved_bytes`: the RAM that the model has on the device."""
        super().__init__(
            f"the device refused {request.command.name}: {status.meaning}",
            _status_hint(status, reserved_bytes),
        )
        self.status = status


def _status_hint(status: Status, reserved_bytes: int) -> str:
    if status == Status.MODEL_ARENA:
        more_kib = reserved_bytes * 5 // 4 // 1024 + 1
        return (
            f"It has {reserved_bytes} bytes. Leave out --arena-bytes for the generated size; when "
            "that is what it has, this library's kernels need more: try "
            f"--arena-bytes {1024 * more_kib} (kws build, kws evaluate)."
        )
    if status in {Status.MODEL_SCHEMA, Status.MODEL_SHAPE}:
        return "Run kws generate and kws build again and put the firmware on the board."
    return "Run again with --trace FILE and look at the last packets; PROTOCOL.md explains them."


class ClipLostError(KwsError):
    """The device restarted in every attempt of one clip; it is ready for the next one."""

    def __init__(self) -> None:
        super().__init__(
            f"the device restarted in all {CLIP_ATTEMPTS} attempts of a clip",
            "What it says about its faults tells the function and line.",
        )


class Device:
    """A session with one device. Call handshake() before anything else."""

    def __init__(self, transport: Transport, trace: Trace | None = None) -> None:
        self._transport = transport
        self._trace = trace or Trace()
        self._reader = FrameReader()
        self._inbox: deque[Frame] = deque()  # received, not yet looked at
        self._sequence = 0
        self._opened: DeviceInfo | None = None
        self.resends = 0  # requests that went out again
        self.restarts = 0  # times the device lost the session
        self.faults: list[DeviceFault] = []  # what it said about that

    def handshake(self, expected: Expected | None = None) -> DeviceInfo:
        """Open a session; KwsError when the device is silent or is not what `expected` says."""
        hello = Hello()
        payload = self._payload(hello, HELLO_ATTEMPTS)
        check_protocol(payload)
        info = hello.read(payload)
        check_format(info)
        if expected is not None:
            labels = self._labels(info) if labels_differ(info, expected) else ()
            check_hashes(info, expected, labels)
        self._opened = info
        return info

    def classify(self, kind: ClipKind, clip: bytes) -> ClipResult:
        """Send a clip and run the model on it.

        clip: int16 little-endian samples, or int8 features [frames, channels], per `kind`.
        Raises ClipLostError when the device faults on this clip every time.
        """
        result = self._with_clip(kind, clip, lambda: self._ask(GetResult()))
        if len(result.scores) != self._info.classes:
            raise MessageError(f"{len(result.scores)} scores for {self._info.classes} classes")
        return result

    def features(self, kind: ClipKind, clip: bytes) -> bytes:
        """Send a clip and read back the int8 features [frames * channels] made of it."""
        return self._with_clip(kind, clip, self._features)

    def stats(self) -> DeviceStats:
        """The device's counters and stack use."""
        return self._ask(GetStats())

    def fault(self) -> DeviceFault | None:
        """The fault that restarted the device; a device reports each once."""
        fault = self._ask(GetFault())
        return None if fault.kind == FaultKind.NONE else fault

    def profile(self) -> list[int]:
        """Time of each operator in the last inference; empty without KWS_PROFILE."""
        times: list[int] = []
        while more := self._ask(GetProfile(len(times))).times:
            times += more
            if len(times) > MOST_OPERATORS:
                raise MessageError(f"times of more than {MOST_OPERATORS} operators")
        return times

    def reset(self) -> None:
        """Restart the device; handshake() again afterwards."""
        self._ask(Reset())

    def _labels(self, info: DeviceInfo) -> tuple[str, ...]:
        """The device's class names; none from firmware that does not know the command."""
        labels: tuple[str, ...] = ()
        try:
            while len(labels) < info.classes:
                more = self._ask(GetLabels(len(labels))).labels
                if not more:
                    break
                labels += more
        except DeviceError as error:
            if error.status != Status.BAD_COMMAND:
                raise
        if len(labels) > info.classes:
            raise MessageError(f"{len(labels)} labels for {info.classes} classes")
        return labels

    @property
    def _info(self) -> DeviceInfo:
        assert self._opened is not None, "handshake() comes first"
        return self._opened

    def _with_clip(self, kind: ClipKind, clip: bytes, finish: Callable[[], T]) -> T:
        for _ in range(CLIP_ATTEMPTS):
            try:
                self._send_clip(kind, clip)
                return finish()
            except DeviceError as error:
                if error.status != Status.BAD_SEQUENCE:
                    raise
                self._trace.note("the device has restarted: handshake")
                self.restarts += 1
                before = self._info
                if self.handshake() != before:
                    raise MessageError("another handshake after a restart") from None
                if (fault := self.fault()) is not None:
                    self.faults.append(fault)
        raise ClipLostError()

    def _send_clip(self, kind: ClipKind, clip: bytes) -> None:
        self._ask(ClipBegin(kind, len(clip)))
        size = self._info.max_chunk_bytes
        for offset in range(0, len(clip), size):
            self._ask(ClipData(offset, clip[offset : offset + size]))

    def _features(self) -> bytes:
        total = self._info.frames * self._info.channels
        size = self._info.max_chunk_bytes
        parts = []
        for offset in range(0, total, size):
            count = min(size, total - offset)
            part = self._ask(GetFeatures(offset, count)).features
            if len(part) != count:
                raise MessageError(f"{len(part)} bytes of features for {count}")
            parts.append(part)
        return b"".join(parts)

    def _ask(self, request: Request[A]) -> A:
        """The answer. KwsError: DeviceError on a refusal, MessageError, or no answer."""
        return request.read(self._payload(request, ATTEMPTS))

    def _payload(self, request: Request[Message], attempts: int) -> bytes:
        """The payload of the answer. KwsError: DeviceError on a refusal, else no answer."""
        self._sequence = (self._sequence + 1) % 256
        packet = request.packet(self._sequence)
        frame = encode_frame(packet)
        wanted = (request.command | ANSWER_BIT, self._sequence)
        noise = False
        for attempt in range(attempts):
            self.resends += attempt > 0
            self._trace.sent(packet, attempt)
            self._transport.write(frame)
            timeout_s = min(FIRST_TIMEOUT_S * 2**attempt, LONGEST_TIMEOUT_S)
            timeout_s += self._transport.transfer_s(len(frame) + LONGEST_ANSWER_BYTES)
            for answer in self._answers(timeout_s):
                if answer is None or answer.kind == ANSWER_NAK:
                    noise |= answer is None
                    break  # damaged on one of the two ways: again, at once
                if (answer.kind, answer.sequence) == wanted:
                    if answer.status != Status.OK:
                        reserved = self._opened.activation_bytes if self._opened else 0
                        raise DeviceError(request, answer.status, reserved)
                    return answer.payload
                self._trace.note("ignored: the answer to an earlier request")
            else:
                self._trace.note("no answer in time")
        raise self._no_answer(request, noise)

    def _answers(self, timeout_s: float) -> Iterator[AnswerPacket | None]:
        """Answers as they arrive, None for damaged ones, until the time is over."""
        deadline = time.monotonic() + timeout_s
        while (left_s := deadline - time.monotonic()) > 0:
            if not self._inbox:
                self._inbox += self._reader.feed(self._transport.read(left_s))
                continue
            frame = self._inbox.popleft()
            self._trace.received(frame)
            if frame.packet is None:
                yield None
                continue
            try:
                yield AnswerPacket.decode(frame.packet)
            except MessageError as error:
                self._trace.note(f"ignored: {error.message}")

    def _no_answer(self, request: Request[Message], noise: bool) -> KwsError:
        where = self._transport.name
        if request.command != Command.HELLO:
            return KwsError(
                f"the device at {where} stopped answering ({request.command.name})",
                "Has it crashed or been unplugged? --trace FILE records every packet.",
            )
        if noise:
            return KwsError(
                f"{where} sends bytes, but no frame of this protocol",
                "Is the baud rate right (--baud), and is kws firmware on the board?",
            )
        return KwsError(
            f"no answer from {where}",
            "Is kws firmware on the board, is it powered, and is this the right port and baud "
            "rate (--port, --baud)?",
        )
