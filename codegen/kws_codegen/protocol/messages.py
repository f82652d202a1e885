# SPDX-License-Identifier: Apache-2.0
"""The table of the protocol: numbers, requests and answers. A new message begins here.

The docstrings and meanings are the text of PROTOCOL.md, the first sentence of a request is the
comment in C. After a change: python -m kws_codegen.protocol
"""

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, ClassVar, Generic, TypeVar, cast, get_args

from kws_codegen.protocol.wire import (
    BYTE,
    U8,
    U16,
    U32,
    U64,
    Bytes,
    Int8Bytes,
    Int8s,
    Message,
    MessageError,
    Names,
    Numbered,
    Sha256,
    Text,
    U32s,
)

PROTOCOL_VERSION = 1
ANSWER_BIT = 0x80
ANSWER_NAK = 0xFF
CRC_BYTES = 4  # behind every packet
SEQUENCE_NUMBERS = 256
CHUNK_BYTES = 512  # most bytes of an array in one message; a board may have less
SMALLEST_CHUNK_BYTES = 256  # every answer without an array fits

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")

A_co = TypeVar("A_co", bound=Message, covariant=True)


class Command(IntEnum):
    """What a request asks for."""

    HELLO = 0x01
    CLIP_BEGIN = 0x02
    CLIP_DATA = 0x03
    GET_FEATURES = 0x04
    RESULT = 0x05
    STATS = 0x06
    RESET = 0x07
    FAULT = 0x08
    PROFILE = 0x09
    GET_LABELS = 0x0A
    SYNC = 0x0B
    STREAM_BEGIN = 0x0C
    STREAM_DATA = 0x0D
    GET_DECISION = 0x0E
    STREAM_STATS = 0x0F


class Status(Numbered):
    """What an answer says of its request."""

    OK = 0, "done"
    BAD_FRAME = 1, "a frame arrived damaged (only in a NAK)"
    BAD_COMMAND = 2, "the device does not know this command"
    BAD_LENGTH = 3, "the payload has not the length the command asks for"
    BAD_STATE = 4, "the command does not fit the state of the clip or stream"
    BAD_SEQUENCE = 5, "a sequence number was skipped, or the device has restarted"
    BAD_INPUT = 6, "the clip's length or kind is not what the model takes"
    MODEL = 7, "the model runtime failed"
    MODEL_SCHEMA = 8, "the interpreter reads another version of .tflite files"
    MODEL_ARENA = 9, "the interpreter's arena is too small for the model"
    MODEL_SHAPE = 10, "the model's input or output is not that of the generated code"


class ClipKind(Numbered):
    """What a clip is made of."""

    AUDIO = 0, "int16 samples; the front end runs on the device"
    FEATURES = 1, "int8 features, the model's input"


class FaultKind(Numbered):
    """What made the device restart."""

    NONE = 0, "no fault"
    EXCEPTION = 1, "the processor refused an instruction or an access"
    STACK_OVERFLOW = 2, "the stack ran into its guard"
    ASSERTION = 3, "an assert() failed"


@dataclass(frozen=True)
class RequestPacket(Message):
    """What the host sends."""

    title: ClassVar[str] = "a request"
    command: Annotated[U8, "command"]
    sequence: Annotated[U8, "sequence number"]
    payload: Annotated[Bytes, "payload"]


@dataclass(frozen=True)
class AnswerPacket(Message):
    """What the device sends."""

    title: ClassVar[str] = "an answer"
    kind: Annotated[U8, f"command with bit 7 set; 0x{ANSWER_NAK:02X} in a NAK"]
    sequence: Annotated[U8, "sequence number of the request; 0 in a NAK"]
    status: Annotated[Status, BYTE, "status"]
    payload: Annotated[Bytes, "payload; empty unless the status is OK"]

    def __post_init__(self) -> None:
        if not self.kind & ANSWER_BIT:
            raise MessageError(f"not an answer: type 0x{self.kind:02x}")


class Request(Message, Generic[A_co]):
    """Base of the requests; A_co is the class of the answer."""

    command: ClassVar[Command]
    answer: ClassVar[type[Message]]

    def __init_subclass__(cls, command: Command) -> None:
        super().__init_subclass__()
        cls.command = command
        cls.title = f"a request {command.name}"
        (cls.answer,) = get_args(cls.__orig_bases__[0])  # type: ignore[attr-defined]

    def packet(self, sequence: int) -> bytes:
        """The request as it goes into a frame."""
        return RequestPacket(self.command, sequence, self.encode()).encode()

    def read(self, payload: bytes) -> A_co:
        """The answer to this request; MessageError."""
        return cast(A_co, self.answer.decode(payload))


@dataclass(frozen=True)
class Done(Message):
    """The answer has no payload."""

    title: ClassVar[str] = "an answer"


@dataclass(frozen=True)
class DeviceInfo(Message):
    """Offset 0 means the same in every version of the protocol, the rest only in this one. The
    hashes are sent whole: 96 bytes once a session, and no argument about how many of them would
    do.
    """

    title: ClassVar[str] = "a handshake"
    protocol_version: Annotated[U8, "protocol version"]
    format_version: Annotated[U8, "format version of the generated code"]
    classes: Annotated[U8, "classes"]
    channels: Annotated[U8, "channels"]
    frames: Annotated[U16, "frames of a clip"]
    max_chunk_bytes: Annotated[
        U16, f"most bytes of an array in a message ({SMALLEST_CHUNK_BYTES} or more, even)"
    ]
    clip_samples: Annotated[U32, "samples of a clip"]
    sample_rate_hz: Annotated[U32, "sample rate, Hz"]
    tflite_bytes: Annotated[U32, "bytes of the .tflite model"]
    weights_bytes: Annotated[U32, "bytes of weights and constants in flash"]
    activation_bytes: Annotated[U32, "bytes of activation memory, input and output included"]
    features_hash: Annotated[Sha256, "SHA-256 of the front end's configuration"]
    model_hash: Annotated[Sha256, "SHA-256 of the .tflite model"]
    labels_hash: Annotated[Sha256, "SHA-256 of the list of labels"]
    firmware_version: Annotated[Text, "firmware version"]
    board: Annotated[Text, "board"]
    runtime: Annotated[Text, "what runs the model"]
    time_unit: Annotated[Text, "time unit: `ns`, `cycles` or `instructions`"]

    def __post_init__(self) -> None:
        counts = ("classes", "channels", "frames", "clip_samples", "sample_rate_hz")
        for name in counts:
            if getattr(self, name) == 0:
                raise MessageError(f"{self.title} with {name} 0")
        if self.max_chunk_bytes < SMALLEST_CHUNK_BYTES or self.max_chunk_bytes % 2:
            raise MessageError(f"{self.title} with max_chunk_bytes {self.max_chunk_bytes}")
        for name in ("firmware_version", "board", "runtime", "time_unit"):
            value = getattr(self, name)
            if not _NAME.fullmatch(value):  # it becomes part of the name of a file
                raise MessageError(f"{self.title} with {name} {value!r}")


@dataclass(frozen=True)
class Hello(Request[DeviceInfo], command=Command.HELLO):
    """Opens a session and tells what the device is. Forgets the clip in progress."""

    version: Annotated[U8, "the host's protocol version"] = PROTOCOL_VERSION


@dataclass(frozen=True)
class ClipBegin(Request[Done], command=Command.CLIP_BEGIN):
    """Forgets the clip in progress and opens a new one.

    Audio is int16 samples, 2 bytes x samples of a clip. Features are the model's int8 input,
    frames x channels bytes, frame by frame. Any other length is BAD_INPUT.
    """

    kind: Annotated[ClipKind, BYTE, "kind"]
    total_bytes: Annotated[U32, "bytes of the whole clip"]


@dataclass(frozen=True)
class ClipProgress(Message):
    """How much of the clip has arrived."""

    title: ClassVar[str] = "a progress"
    received_bytes: Annotated[U32, "bytes of the clip that have arrived"]


@dataclass(frozen=True)
class ClipData(Request[ClipProgress], command=Command.CLIP_DATA):
    """Takes the next bytes of the clip.

    At least one, whole samples, no more than HELLO allows; BAD_STATE when the clip does not stand
    at this offset. Audio goes through the front end now; the device stores frames, not samples.
    """

    offset: Annotated[U32, "bytes of the clip before these"]
    data: Annotated[Bytes, "the next bytes"]


@dataclass(frozen=True)
class ClipFeatures(Message):
    """A part of the features [frames, channels], frame by frame."""

    title: ClassVar[str] = "features"
    features: Annotated[Int8Bytes, "the features"]


@dataclass(frozen=True)
class GetFeatures(Request[ClipFeatures], command=Command.GET_FEATURES):
    """Reads the features of the complete clip.

    Allowed only between the last CLIP_DATA and RESULT: the model's activations may use the same
    memory. A host that finds a wrong CRC in a result sends the clip again and reads the features,
    so a device with little RAM keeps no copy. A range beyond the features is BAD_INPUT.
    """

    offset: Annotated[U32, "first byte of the features"]
    count: Annotated[U16, "how many"]


@dataclass(frozen=True)
class ClipResult(Message):
    """The scores of the complete clip. Times are in the device's time unit."""

    title: ClassVar[str] = "a result"
    best: Annotated[U8, "class with the highest score, the first of equals"]
    classes: Annotated[U8, "classes"]
    frames: Annotated[U16, "frames that the front end computed, 0 for a clip of features"]
    front_end_time: Annotated[U64, "time of the front end over the whole clip"]
    inference_time: Annotated[U64, "time of the inference"]
    features_crc: Annotated[U32, "CRC-32 of the int8 features"]
    scores: Annotated[Int8s, "scores, one a class"]

    def __post_init__(self) -> None:
        if len(self.scores) != self.classes or self.best >= self.classes:
            raise MessageError(
                f"a result of {len(self.scores)} scores for {self.classes} classes, "
                f"class {self.best} the best"
            )


@dataclass(frozen=True)
class GetResult(Request[ClipResult], command=Command.RESULT):
    """Runs the model on the complete clip and closes it. BAD_STATE when bytes are missing."""


@dataclass(frozen=True)
class DeviceStats(Message):
    """Counted since the device started."""

    title: ClassVar[str] = "statistics"
    stack_peak_bytes: Annotated[U32, "largest stack use in bytes, 0 where the port cannot tell"]
    packets: Annotated[U32, "requests carried out"]
    bad_frames: Annotated[U32, "damaged frames"]
    repeats: Annotated[U32, "repeats"]
    clips: Annotated[U32, "results sent"]
    model_used_bytes: Annotated[
        U32, "bytes of its RAM that the model uses; after MODEL_ARENA, needs"
    ]


@dataclass(frozen=True)
class GetStats(Request[DeviceStats], command=Command.STATS):
    """Tells counters and stack use."""


@dataclass(frozen=True)
class Reset(Request[Done], command=Command.RESET):
    """Restarts the device, after its answer."""


@dataclass(frozen=True)
class DeviceFault(Message):
    """Registers as the fault handler found them, zero where the processor does not tell."""

    title: ClassVar[str] = "a fault report"
    kind: Annotated[FaultKind, BYTE, "kind"]
    pc: Annotated[U32, "program counter"]
    lr: Annotated[U32, "return address"]
    sp: Annotated[U32, "stack pointer"]
    cause: Annotated[U32, "cause: CFSR on Cortex-M, mcause on RISC-V"]
    detail: Annotated[U32, "detail: HFSR on Cortex-M"]
    address: Annotated[U32, "address: BFAR or MMFAR on Cortex-M, mtval on RISC-V"]

    def __str__(self) -> str:
        name = self.kind.name.lower().replace("_", " ")
        return (
            f"{name} at pc 0x{self.pc:08x} (lr 0x{self.lr:08x}, sp 0x{self.sp:08x}, "
            f"cause 0x{self.cause:08x}, detail 0x{self.detail:08x}, address 0x{self.address:08x})"
        )


@dataclass(frozen=True)
class GetFault(Request[DeviceFault], command=Command.FAULT):
    """Tells the fault that restarted the device, once."""


@dataclass(frozen=True)
class OperatorTimes(Message):
    """In the device's time unit; none after the last one, or when the firmware was built without
    `KWS_PROFILE`.
    """

    title: ClassVar[str] = "operator times"
    times: Annotated[U32s, "times of the operators from there on"]


@dataclass(frozen=True)
class GetProfile(Request[OperatorTimes], command=Command.PROFILE):
    """Tells the time of each operator in the last inference."""

    first: Annotated[U8, "first operator"]


@dataclass(frozen=True)
class DeviceLabels(Message):
    """In the order of the model's outputs, none after the last one; HELLO tells how many there
    are.
    """

    title: ClassVar[str] = "labels"
    labels: Annotated[Names, "labels from there on"]


@dataclass(frozen=True)
class GetLabels(Request[DeviceLabels], command=Command.GET_LABELS):
    """Tells the names of the classes.

    For a host whose list of labels has another hash than the device's. Older firmware answers
    BAD_COMMAND.
    """

    first: Annotated[U8, "first class"]


@dataclass(frozen=True)
class LinkPosition(Message):
    """Where the session stands, and how much a host may send ahead."""

    title: ClassVar[str] = "a position"
    token: Annotated[U32, "as in the request"]
    receive_bytes: Annotated[U32, "bytes of frames that the device can keep while it computes"]
    is_open: Annotated[U8, "1 in a session, 0 before HELLO or after a restart"]
    last: Annotated[U8, "sequence number of the last request carried out"]


@dataclass(frozen=True)
class Sync(Request[LinkPosition], command=Command.SYNC):
    """Tells where the session stands.

    Outside the sequence numbers: answered whatever its own is, never stored, and changes nothing.
    When its answer comes, all that was sent before it has been carried out or is lost. Older
    firmware answers BAD_COMMAND.
    """

    token: Annotated[U32, "any number: tells this answer from that to an earlier SYNC"]


@dataclass(frozen=True)
class StreamInfo(Message):
    """When there are decisions, and when they are a detected word."""

    title: ClassVar[str] = "what a stream is"
    window_samples: Annotated[U32, "samples up to the end of the first decision's window"]
    interval_samples: Annotated[U32, "samples from one decision to the next"]
    kept: Annotated[U8, "decisions that the device keeps for GET_DECISION"]
    detect_hash: Annotated[Sha256, "SHA-256 of the detector's configuration"]

    def __post_init__(self) -> None:
        for name in ("window_samples", "interval_samples", "kept"):
            if getattr(self, name) == 0:
                raise MessageError(f"{self.title} with {name} 0")


@dataclass(frozen=True)
class StreamBegin(Request[StreamInfo], command=Command.STREAM_BEGIN):
    """Forgets what was heard and listens from now on.

    Older firmware answers BAD_COMMAND. A stream ends with the next HELLO or clip.
    """


NO_WORD = 0xFF
"""In the place of a class: no word was detected."""


@dataclass(frozen=True)
class Decision(Message):
    """A decision. Its number is that of the decisions before it."""

    title: ClassVar[str] = "a decision"
    samples: Annotated[U64, "samples of the stream up to the end of its window"]
    word: Annotated[U8, f"class of the word that it detected; {NO_WORD}: none"]
    score: Annotated[U16, "average of that word's scores, in 1/65536"]
    scores: Annotated[Int8s, "scores, one a class"]

    def __post_init__(self) -> None:
        _check_decision(self.title, self.word, self.scores)


def _check_decision(title: str, word: int, scores: tuple[int, ...]) -> None:
    if word != NO_WORD and word >= len(scores):
        raise MessageError(f"{title} for class {word} of {len(scores)}")


@dataclass(frozen=True)
class StreamProgress(Message):
    """How much was heard, and the newest decision: no scores before the first one."""

    title: ClassVar[str] = "a progress"
    received_bytes: Annotated[U32, "bytes of the stream that have arrived, modulo 2^32"]
    decisions: Annotated[U32, "decisions so far"]
    samples: Annotated[U64, "of the newest: samples of the stream up to the end of its window"]
    word: Annotated[U8, f"class of the word that it detected; {NO_WORD}: none"]
    score: Annotated[U16, "average of that word's scores, in 1/65536"]
    scores: Annotated[Int8s, "scores, one a class"]

    def __post_init__(self) -> None:
        _check_decision(self.title, self.word, self.scores)

    @property
    def newest(self) -> Decision:
        return Decision(self.samples, self.word, self.score, self.scores)


@dataclass(frozen=True)
class StreamData(Request[StreamProgress], command=Command.STREAM_DATA):
    """Hears the next samples of the stream.

    int16, whole samples, at least one, no more than HELLO allows. BAD_STATE when no stream is open
    or it does not stand at this offset.
    """

    offset: Annotated[U32, "bytes of the stream before these, modulo 2^32"]
    data: Annotated[Bytes, "the next bytes"]


@dataclass(frozen=True)
class GetDecision(Request[Decision], command=Command.GET_DECISION):
    """Tells an earlier decision.

    For a host that has lost an answer. BAD_STATE when it is not there yet, or no longer kept.
    """

    number: Annotated[U32, "decisions before it"]


@dataclass(frozen=True)
class StreamStats(Message):
    """Since STREAM_BEGIN, of front end, model and detector. Times are in the device's time unit."""

    title: ClassVar[str] = "statistics of a stream"
    frames: Annotated[U32, "frames heard"]
    time: Annotated[U64, "time for all samples"]
    longest: Annotated[U32, "the most for one frame: its new samples, and a decision that it made"]


@dataclass(frozen=True)
class GetStreamStats(Request[StreamStats], command=Command.STREAM_STATS):
    """Tells what listening costs."""


REQUESTS = cast(tuple[type[Request[Message]], ...], tuple(Request.__subclasses__()))
"""All requests, in the order of this file."""
