"""The messages of the protocol as typed values: requests to bytes, answers from bytes.

The byte offsets are those of PROTOCOL.md and firmware/app/commands.c.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Protocol

from kws_codegen.base.errors import KwsError

PROTOCOL_VERSION = 1
ANSWER_BIT = 0x80
ANSWER_NAK = 0xFF


class Command(IntEnum):
    """firmware/app/protocol.h: kws_command."""

    HELLO = 0x01
    CLIP_BEGIN = 0x02
    CLIP_DATA = 0x03
    GET_FEATURES = 0x04
    RESULT = 0x05
    STATS = 0x06
    RESET = 0x07
    FAULT = 0x08
    PROFILE = 0x09


class ClipKind(IntEnum):
    """firmware/app/protocol.h: kws_clip_kind."""

    AUDIO = 0
    FEATURES = 1


class Status(IntEnum):
    """firmware/status.h: kws_status."""

    OK = 0
    BAD_FRAME = 1
    BAD_COMMAND = 2
    BAD_LENGTH = 3
    BAD_STATE = 4
    BAD_SEQUENCE = 5
    BAD_INPUT = 6
    MODEL = 7
    MODEL_SCHEMA = 8
    MODEL_ARENA = 9
    MODEL_SHAPE = 10

    @property
    def meaning(self) -> str:
        """What the device wants to say, in words."""
        return _MEANINGS[self]


_MEANINGS = {
    Status.OK: "done",
    Status.BAD_FRAME: "a frame arrived damaged",
    Status.BAD_COMMAND: "the device does not know this command",
    Status.BAD_LENGTH: "the payload has not the length the command asks for",
    Status.BAD_STATE: "the command does not fit the state of the clip",
    Status.BAD_SEQUENCE: "a sequence number was skipped, or the device has restarted",
    Status.BAD_INPUT: "the clip's length or kind is not what the model takes",
    Status.MODEL: "the model runtime failed",
    Status.MODEL_SCHEMA: "the interpreter reads another version of .tflite files",
    Status.MODEL_ARENA: "the interpreter's arena is too small for the model",
    Status.MODEL_SHAPE: "the model's input or output is not what the firmware was generated for",
}


class MessageError(KwsError):
    """An answer whose CRC holds but whose content is not what the protocol says."""

    def __init__(self, fault: str) -> None:
        super().__init__(
            f"the device broke the protocol: {fault}",
            "Build its firmware again (kws build); --trace FILE records every packet.",
        )


class Request(Protocol):
    """What every request has: its command and its payload."""

    command: ClassVar[Command]

    def payload(self) -> bytes: ...


@dataclass(frozen=True)
class Hello:
    command: ClassVar[Command] = Command.HELLO
    version: int = PROTOCOL_VERSION

    def payload(self) -> bytes:
        return struct.pack("<B", self.version)


@dataclass(frozen=True)
class ClipBegin:
    command: ClassVar[Command] = Command.CLIP_BEGIN
    kind: ClipKind
    total_bytes: int

    def payload(self) -> bytes:
        return struct.pack("<BI", self.kind, self.total_bytes)


@dataclass(frozen=True)
class ClipData:
    command: ClassVar[Command] = Command.CLIP_DATA
    offset: int
    data: bytes

    def payload(self) -> bytes:
        return struct.pack("<I", self.offset) + self.data


@dataclass(frozen=True)
class GetFeatures:
    command: ClassVar[Command] = Command.GET_FEATURES
    offset: int
    count: int

    def payload(self) -> bytes:
        return struct.pack("<IH", self.offset, self.count)


@dataclass(frozen=True)
class GetResult:
    command: ClassVar[Command] = Command.RESULT

    def payload(self) -> bytes:
        return b""


@dataclass(frozen=True)
class GetStats:
    command: ClassVar[Command] = Command.STATS

    def payload(self) -> bytes:
        return b""


@dataclass(frozen=True)
class Reset:
    command: ClassVar[Command] = Command.RESET

    def payload(self) -> bytes:
        return b""


@dataclass(frozen=True)
class GetFault:
    command: ClassVar[Command] = Command.FAULT

    def payload(self) -> bytes:
        return b""


@dataclass(frozen=True)
class GetProfile:
    command: ClassVar[Command] = Command.PROFILE
    first: int

    def payload(self) -> bytes:
        return struct.pack("<B", self.first)


def encode_request(request: Request, sequence: int) -> bytes:
    """The packet of a request: command, sequence number, payload."""
    return bytes((request.command, sequence)) + request.payload()


@dataclass(frozen=True)
class Answer:
    """Any answer: which command it answers (or ANSWER_NAK), its number, status and payload."""

    kind: int
    sequence: int
    status: Status
    payload: bytes

    @classmethod
    def decode(cls, packet: bytes) -> "Answer":
        """MessageError when the packet is no answer."""
        if len(packet) < 3:
            raise MessageError(f"an answer of {len(packet)} bytes")
        kind, sequence, status = packet[:3]
        if not kind & ANSWER_BIT:
            raise MessageError(f"not an answer: type 0x{kind:02x}")
        try:
            return cls(kind, sequence, Status(status), packet[3:])
        except ValueError:
            raise MessageError(f"status {status} is not in the error table") from None


@dataclass(frozen=True)
class DeviceInfo:
    """The answer to HELLO: what this device is and what it was built from."""

    protocol_version: int
    format_version: int
    classes: int
    channels: int
    frames: int
    max_chunk_bytes: int
    clip_samples: int
    sample_rate_hz: int
    tflite_bytes: int
    weights_bytes: int
    activation_bytes: int
    features_hash: str
    model_hash: str
    labels_hash: str
    firmware_version: str
    board: str
    runtime: str
    time_unit: str

    FIXED: ClassVar[struct.Struct] = struct.Struct("<BBBBHHIIIII32s32s32s")

    @classmethod
    def decode(cls, payload: bytes) -> "DeviceInfo":
        """MessageError when the payload is cut, unless its protocol version is another's."""
        if payload and payload[0] != PROTOCOL_VERSION:
            # Only the first byte means the same in every version of the protocol.
            return cls(payload[0], 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "", "", "", "?", "?", "?", "?")
        if len(payload) < cls.FIXED.size:
            raise MessageError(f"a handshake of {len(payload)} bytes")
        *numbers, features, model, labels = cls.FIXED.unpack_from(payload)
        fields = [*numbers, features.hex(), model.hex(), labels.hex()]
        fields += _decode_names(payload[cls.FIXED.size :], 4)
        return cls(*fields)


def _decode_names(data: bytes, count: int) -> list[str]:
    names = []
    for _ in range(count):
        if not data or len(data) < 1 + data[0]:
            raise MessageError("a handshake whose names are cut")
        names.append(data[1 : 1 + data[0]].decode("ascii", "replace"))
        data = data[1 + data[0] :]
    return names


@dataclass(frozen=True)
class ClipResult:
    """The answer to RESULT. Times are in the device's time unit."""

    best: int
    frames: int
    front_end_time: int
    inference_time: int
    features_crc: int
    scores: tuple[int, ...]

    FIXED: ClassVar[struct.Struct] = struct.Struct("<BBHQQI")

    @classmethod
    def decode(cls, payload: bytes) -> "ClipResult":
        if len(payload) < cls.FIXED.size:
            raise MessageError(f"a result of {len(payload)} bytes")
        best, classes, frames, front_end, inference, crc = cls.FIXED.unpack_from(payload)
        scores = struct.unpack(f"{len(payload) - cls.FIXED.size}b", payload[cls.FIXED.size :])
        if len(scores) != classes or best >= classes:
            raise MessageError(f"a result of {len(scores)} scores for {classes} classes")
        return cls(best, frames, front_end, inference, crc, scores)


@dataclass(frozen=True)
class DeviceStats:
    """The answer to STATS, counted since the device started."""

    stack_peak_bytes: int
    packets: int
    bad_frames: int
    repeats: int
    clips: int
    model_used_bytes: int  # of the RAM reserved for the model

    @classmethod
    def decode(cls, payload: bytes) -> "DeviceStats":
        if len(payload) != 24:
            raise MessageError(f"statistics of {len(payload)} bytes")
        return cls(*struct.unpack("<6I", payload))


class FaultKind(IntEnum):
    """firmware/hal/hal.h: kws_fault_kind."""

    EXCEPTION = 1
    STACK_OVERFLOW = 2
    ASSERTION = 3


@dataclass(frozen=True)
class DeviceFault:
    """The answer to FAULT: registers as the fault handler found them."""

    kind: FaultKind
    pc: int
    lr: int
    sp: int
    cause: int
    detail: int
    address: int

    @classmethod
    def decode(cls, payload: bytes) -> "DeviceFault | None":
        """None when the device has no fault to report."""
        if len(payload) != 25:
            raise MessageError(f"a fault report of {len(payload)} bytes")
        kind, *registers = struct.unpack("<B6I", payload)
        if kind == 0:
            return None
        try:
            return cls(FaultKind(kind), *registers)
        except ValueError:
            raise MessageError(f"a fault of kind {kind}") from None

    def __str__(self) -> str:
        name = self.kind.name.lower().replace("_", " ")
        return (
            f"{name} at pc 0x{self.pc:08x} (lr 0x{self.lr:08x}, sp 0x{self.sp:08x}, "
            f"cause 0x{self.cause:08x}, detail 0x{self.detail:08x}, address 0x{self.address:08x})"
        )
