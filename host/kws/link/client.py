"""A device at the other end of the wire: handshake, clips, results, and patience.

One request is on its way at a time. A request without a good answer is sent again with the
same sequence number; the device carries it out once and repeats its stored answer, so
nothing is lost or done twice on a wire that drops, damages or doubles bytes.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from kws.link.framing import Frame, FrameReader, encode_frame
from kws.link.trace import Trace
from kws_codegen import FORMAT_VERSION
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import labels_hash
from kws_codegen.protocol.messages import (
    ANSWER_BIT,
    ANSWER_NAK,
    CHUNK_BYTES,
    PROTOCOL_VERSION,
    AnswerPacket,
    ClipBegin,
    ClipData,
    ClipKind,
    ClipResult,
    Command,
    DeviceFault,
    DeviceInfo,
    DeviceLabels,
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
LABELS_SHOWN = 5  # words that a refused device knows and this run does not, and the reverse
LABEL_CHARACTERS = 40  # of each


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


@dataclass(frozen=True)
class Expected:
    """What the host wants the device to have been built from (hashes: SHA-256 in hex)."""

    features_hash: str
    model_hash: str
    labels: tuple[str, ...]


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
            different_labels = info.labels_hash != labels_hash(expected.labels)
            check_hashes(info, expected, self._labels(info) if different_labels else ())
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
                self.handshake()
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
        return b"".join(
            self._ask(GetFeatures(offset, min(size, total - offset))).features
            for offset in range(0, total, size)
        )

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


def check_protocol(hello_answer: bytes) -> None:
    """KwsError when the device speaks another version of the protocol, said by the first byte."""
    if hello_answer and hello_answer[0] != PROTOCOL_VERSION:
        raise KwsError(
            f"the device speaks version {hello_answer[0]} of the serial protocol, "
            f"this kws version {PROTOCOL_VERSION}",
            "Build the firmware again with this kws (kws build) and put it on the board.",
        )


def check_format(info: DeviceInfo) -> None:
    """KwsError when the device's code was generated in another format."""
    if info.format_version != FORMAT_VERSION:
        raise KwsError(
            f"the device's code was generated in format {info.format_version}, "
            f"this kws generates format {FORMAT_VERSION}",
            "Run kws generate and kws build again and put the firmware on the board.",
        )


def check_hashes(info: DeviceInfo, expected: Expected, labels: tuple[str, ...]) -> None:
    """KwsError that names what the device was built from differently.

    `labels` are the device's when they are known and their hash is another one, else none.
    """
    pairs = {
        "the front end's configuration": (info.features_hash, expected.features_hash),
        "the model": (info.model_hash, expected.model_hash),
        "the list of labels": (info.labels_hash, labels_hash(expected.labels)),
    }
    different = [
        f"  {what}: device {device[:12]}..., this run {wanted[:12]}..."
        for what, (device, wanted) in pairs.items()
        if device != wanted
    ]
    if labels:
        different += _label_differences(labels, expected.labels)
    if different:
        raise KwsError(
            f"the firmware on {info.board} was built from something else than this run:\n"
            + "\n".join(different),
            "Evaluate with the run it was built from (--run), or generate and build this run's "
            "firmware (kws generate, kws build) and put it on the board.",
        )


def _label_differences(device: tuple[str, ...], run: tuple[str, ...]) -> list[str]:
    """Lines that say which words one of them lacks, or else where their order begins to differ."""
    run = DeviceLabels.decode(DeviceLabels(run).encode()).labels  # cut as the device's are
    sides = (("the device knows", device, run), ("this run expects", run, device))
    lines = [
        f"    only {side}: {_some_words(more)}"
        for side, labels, others in sides
        if (more := [label for label in labels if label not in others])
    ]
    if lines:
        return lines
    places = [i for i, pair in enumerate(zip(device, run, strict=False)) if pair[0] != pair[1]]
    return [
        f"    class {i} is {_some_words([device[i]])} on the device, {_some_words([run[i]])} here"
        for i in places[:1]
    ]


def _some_words(words: list[str]) -> str:
    """The first words, each shortened."""
    shown = [
        repr(word if len(word) <= LABEL_CHARACTERS else word[:LABEL_CHARACTERS] + "...")
        for word in words[:LABELS_SHOWN]
    ]
    rest = len(words) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")
