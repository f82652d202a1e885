# SPDX-License-Identifier: Apache-2.0
"""A device at the other end of the wire: handshake, clips, results, and patience.

A device that restarts, and a port that goes and comes back, cost a clip's second attempt: the
session is opened again and the clip sent again, for the device keeps nothing of it.
"""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from kws.console import warn
from kws.link import exchange
from kws.link.ahead import RequestsAhead
from kws.link.chunks import RESERVE_BYTES, SMALLEST_BYTES, ChunkSize, SendAhead
from kws.link.counters import LinkCounters
from kws.link.errors import CLIP_ATTEMPTS, ClipLostError, ConnectionLostError, DeviceError
from kws.link.exchange import Exchange, Transport
from kws.link.framing import frame_bytes
from kws.link.handshake import (
    Expected,
    check_detector,
    check_format,
    check_hashes,
    check_protocol,
    check_same,
    labels_differ,
)
from kws.link.listening import AudioStream, StreamDecision
from kws.link.stream import ClipRequests, ClipStream
from kws.link.trace import Trace
from kws_codegen.base.errors import KwsError
from kws_codegen.protocol.messages import (
    ClipData,
    ClipKind,
    ClipResult,
    DeviceFault,
    DeviceInfo,
    DeviceStats,
    FaultKind,
    GetFault,
    GetLabels,
    GetProfile,
    GetStats,
    GetStreamStats,
    Hello,
    LinkPosition,
    Request,
    Reset,
    Status,
    StreamStats,
)
from kws_codegen.protocol.wire import Message, MessageError

HELLO_PATIENCE_S = 12.0  # long enough for a board to start
OUTAGE_S = 65.0  # for a port that is gone: longer than an outage of a minute
CLIP_OUTAGES = 10  # of one clip
MOST_OPERATORS = 255  # that GET_PROFILE can number
_OUTAGE_PAUSE_S = 0.2  # before a port that closes at once is opened again

A = TypeVar("A", bound=Message)


@dataclass
class _Attempts:
    """What went wrong with one stream."""

    restarts: int = 0
    outages: int = 0


class Device:
    """A session with one device. Call handshake() before anything else."""

    def __init__(
        self, transport: Transport, trace: Trace | None = None, patience_s: float | None = None
    ) -> None:
        """patience_s: with a request that nothing answers; None: exchange.PATIENCE_S."""
        self._transport = transport
        self._trace = trace or Trace()
        self._exchange = Exchange(transport, self._trace)
        self._patience_s = exchange.PATIENCE_S if patience_s is None else patience_s
        self._opened: DeviceInfo | None = None
        self._chunk = ChunkSize(0)
        self._ahead: SendAhead | None = None  # known after the first SYNC
        self._detect_hash = ""  # that streams must have
        self.restarts = 0  # times the device lost the session
        self.faults: list[DeviceFault] = []  # what it said about that

    @property
    def counters(self) -> LinkCounters:
        """What happened on the line so far."""
        return self._exchange.counters

    @property
    def outages(self) -> int:
        """Times the port was gone and came back."""
        return self.counters.outages

    @property
    def port(self) -> str:
        """The name of the port; another one after a USB cable went out and in."""
        return self._transport.name

    @property
    def resends(self) -> int:
        """Requests that went out again."""
        return self.counters.resends

    def handshake(
        self, expected: Expected | None = None, patience_s: float | None = None
    ) -> DeviceInfo:
        """Open a session. patience_s: with a silent device; None is long enough for it to start.

        KwsError when the device is not what `expected` says; NoAnswerError.
        """
        if patience_s is None:
            patience_s = HELLO_PATIENCE_S
            if not self._transport.returns:  # an emulator, which a busy machine starts slowly
                patience_s = max(patience_s, self._patience_s)
        info = self._hello(patience_s)
        self._detect_hash = expected.detect_hash if expected else ""
        if expected is not None:
            labels = self._labels(info) if labels_differ(info, expected) else ()
            check_hashes(info, expected, labels)
        self._opened = info
        self._chunk = ChunkSize(info.max_chunk_bytes)
        return info

    def classify(self, kind: ClipKind, clip: bytes) -> ClipResult:
        """Send a clip and run the model on it.

        clip: int16 little-endian samples, or int8 features [frames, channels], per `kind`.
        Raises ClipLostError when the device faults on this clip every time.
        """
        (done,) = self._stream(self._to_classify(kind, [clip]), SendAhead(0, 0))
        return self._result(done)

    def classify_all(self, kind: ClipKind, clips: Iterable[bytes]) -> Iterator[ClipResult]:
        """As classify(), clip by clip, at the speed of the line: the results in their order.

        What comes in while the device computes counts in its times, interrupt by interrupt.
        """
        for done in self.stream(self._to_classify(kind, clips)):
            yield self._result(done)

    def features(self, kind: ClipKind, clip: bytes) -> bytes:
        """Send a clip and read back the int8 features [frames * channels] made of it."""
        (done,) = self._stream(iter([self.to_read(kind, clip)]), SendAhead(0, 0))
        return b"".join(done.answers)

    def to_read(self, kind: ClipKind, clip: bytes) -> ClipRequests:
        """A clip whose features come back, for stream()."""
        return ClipRequests(kind, clip, "features", self._info.frames * self._info.channels)

    def stream(self, clips: Iterable[ClipRequests]) -> Iterator[ClipRequests]:
        """Send clips at the speed of the line; each comes back with its answers."""
        return self._stream(iter(clips), self._send_ahead())

    def listen(self, samples: NDArray[np.int16]) -> Iterator[StreamDecision]:
        """Let the device listen to a stream, int16 [n]: each of its decisions, as it comes.

        Begins it again when the device loses it; each decision comes once all the same, for they
        are the same. KwsError when the device detects with another configuration than was expected
        in the handshake, ClipLostError when it restarts every time.
        """
        count = 0
        attempts = _Attempts()
        while True:
            try:
                for number, decision in enumerate(self.begin_stream().hear(samples)):
                    if number == count:
                        count += 1
                        yield decision
                return
            except (ConnectionLostError, DeviceError) as error:
                self._overcome(error, attempts)

    def listen_live(
        self, blocks: Iterable[NDArray[np.int16]]
    ) -> Iterator[tuple[NDArray[np.int16], tuple[StreamDecision, ...]]]:
        """Let the device listen to blocks int16 [n] as they come: each, and its decisions.

        A device that loses the stream begins another with the next block: what it was hearing is
        lost. Samples of decisions count all blocks. Raises as listen().
        """
        stream: AudioStream | None = None
        attempts = _Attempts()
        heard = begun = 0
        for block in blocks:
            decisions: tuple[StreamDecision, ...] = ()
            try:
                if stream is None:
                    stream, begun = self.begin_stream(), heard
                decisions = tuple(
                    replace(decision, samples=begun + decision.samples)
                    for decision in stream.hear(block)
                )
                if decisions:
                    attempts = _Attempts()
            except (ConnectionLostError, DeviceError) as error:
                self._overcome(error, attempts)
                stream = None
            heard += len(block)
            yield block, decisions

    def stats_of_listening(self, samples: NDArray[np.int16]) -> StreamStats:
        """What it costs the device to listen to int16 [n], from its first decision on.

        Nothing is sent while it computes, so its counts are its own. Raises as listen() when it
        loses the stream, for a count is of one stream.
        """
        ahead = SendAhead(0, 0)
        try:
            stream = self._begin_stream(ahead)
            window = stream.info.window_samples
            deque(stream.hear(samples[:window]), maxlen=0)
            before = self.stream_stats()
            deque(stream.hear(samples[window:]), maxlen=0)
            after = self.stream_stats()
        except DeviceError as error:
            raise self._named(error) from None
        return StreamStats(after.frames - before.frames, after.time - before.time, after.longest)

    def begin_stream(self) -> AudioStream:
        """A new stream, for sound that comes bit by bit; nothing is heard again. As listen()."""
        return self._begin_stream(self._send_ahead())

    def _begin_stream(self, ahead: SendAhead) -> AudioStream:
        stream = AudioStream(self._requests(ahead), self._info.classes)
        if self._detect_hash:
            check_detector(self._info.board, stream.info.detect_hash, self._detect_hash)
        return stream

    def stream_stats(self) -> StreamStats:
        """What the stream cost the device."""
        return self._ask(GetStreamStats())

    def stats(self) -> DeviceStats:
        """The device's counters and stack use."""
        return self._ask_again(GetStats())

    def fault(self) -> DeviceFault | None:
        """The fault that restarted the device; a device reports each once."""
        fault = self._ask(GetFault())
        return None if fault.kind == FaultKind.NONE else fault

    def profile(self) -> list[int]:
        """Time of each operator in the last inference; empty without KWS_PROFILE."""
        times: list[int] = []
        while more := self._ask_again(GetProfile(len(times))).times:
            times += more
            if len(times) > MOST_OPERATORS:
                raise MessageError(f"times of more than {MOST_OPERATORS} operators")
        return times

    def reset(self) -> None:
        """Restart the device; handshake() again afterwards."""
        self._ask(Reset())

    def _hello(self, patience_s: float) -> DeviceInfo:
        hello = Hello()
        payload = self._exchange.payload(hello, patience_s)
        check_protocol(payload)
        info = hello.read(payload)
        check_format(info)
        return info

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

    def _to_classify(self, kind: ClipKind, clips: Iterable[bytes]) -> Iterator[ClipRequests]:
        return (ClipRequests(kind, clip, "result") for clip in clips)

    def _result(self, done: ClipRequests) -> ClipResult:
        result = ClipResult.decode(done.answers[0])
        if len(result.scores) != self._info.classes:
            raise MessageError(f"{len(result.scores)} scores for {self._info.classes} classes")
        return result

    def _send_ahead(self) -> SendAhead:
        """How far the device lets the host go ahead; asks once."""
        if self._ahead is None:
            receive_bytes = 0  # of older firmware
            try:
                receive_bytes = self._sync().receive_bytes
            except DeviceError as error:
                if error.status != Status.BAD_COMMAND:
                    raise
            chunk_bytes, at_once = self._info.max_chunk_bytes, self._transport.at_once
            room_bytes = receive_bytes - RESERVE_BYTES
            if at_once and 2 * _clip_data_bytes(SMALLEST_BYTES) <= room_bytes:
                while 2 * _clip_data_bytes(chunk_bytes) > room_bytes:
                    chunk_bytes -= 2  # a small buffer holds two of them
            self._chunk.limit(chunk_bytes)
            self._ahead = SendAhead(receive_bytes, _clip_data_bytes(chunk_bytes), at_once)
        return self._ahead

    def _requests(self, ahead: SendAhead) -> RequestsAhead:
        return RequestsAhead(self._exchange, self._chunk, ahead, self._patience_s)

    def _sync(self) -> LinkPosition:
        try:
            return self._exchange.sync(self._patience_s)
        except ConnectionLostError as lost:
            self._reconnect(lost)
            return self._exchange.sync(self._patience_s)

    def _stream(self, clips: Iterator[ClipRequests], ahead: SendAhead) -> Iterator[ClipRequests]:
        stream = ClipStream(self._requests(ahead), clips)
        restarts = outages = 0  # of one clip
        while True:
            try:
                done = stream.next()
                if done is None:
                    return
                restarts = outages = 0
                yield done
                continue
            except ConnectionLostError as lost:
                outages += 1
                if outages == CLIP_OUTAGES:
                    raise
                self._reconnect(lost)
            except DeviceError as error:
                if error.status != Status.BAD_SEQUENCE:
                    raise self._named(error) from None
                restarts += 1
                self._restarted()
                if restarts == CLIP_ATTEMPTS:
                    raise ClipLostError() from None
                ahead.stop()  # so that it is known on which clip
            stream.again()

    def _overcome(self, error: KwsError, attempts: "_Attempts") -> None:
        """Open the session again after what can be overcome; raises what cannot, or too often."""
        if isinstance(error, ConnectionLostError):
            attempts.outages += 1
            if attempts.outages == CLIP_OUTAGES:
                raise error
            self._reconnect(error)
            return
        assert isinstance(error, DeviceError)
        if error.status != Status.BAD_SEQUENCE:
            raise self._named(error) from None
        attempts.restarts += 1
        self._restarted()
        if attempts.restarts == CLIP_ATTEMPTS:
            raise ClipLostError("stream") from None

    def _restarted(self) -> None:
        self._trace.note("the device has restarted: handshake")
        self.restarts += 1
        try:
            self._resume()
        except ConnectionLostError as lost:
            self._reconnect(lost)

    def _resume(self) -> None:
        """Open the session again and ask for the fault that ended it."""
        check_same(self._hello(self._patience_s), self._info)
        if (fault := self.fault()) is not None:
            self.faults.append(fault)

    def _reconnect(self, lost: ConnectionLostError) -> None:
        """Open the port and the session again; ConnectionLostError when the port stays away."""
        if not self._transport.returns:
            raise lost
        warn(f"{lost.message}; waiting for it for {OUTAGE_S:.0f} s")
        start_s = time.monotonic()
        deadline_s = start_s + OUTAGE_S
        while True:
            self._trace.note(lost.message)
            self._transport.reopen(deadline_s - time.monotonic())
            self.counters.outages += 1  # also one that comes before the session is open again
            self._exchange.forget()
            try:
                self._resume()
                break
            except ConnectionLostError as again:
                if time.monotonic() >= deadline_s:
                    raise
                lost = again
                time.sleep(_OUTAGE_PAUSE_S)
        warn(f"{self._transport.name} is back after {time.monotonic() - start_s:.0f} s; going on")

    def _ask_again(self, request: Request[A]) -> A:
        """As `_ask`, for what does not depend on the clip: survives a port that comes back."""
        try:
            return self._ask(request)
        except ConnectionLostError as lost:
            self._reconnect(lost)
            return self._ask(request)

    def _ask(self, request: Request[A]) -> A:
        """The answer. KwsError: DeviceError on a refusal, MessageError, or no answer."""
        try:
            return self._exchange.ask(request, self._patience_s)
        except DeviceError as error:
            raise self._named(error) from None

    def _named(self, error: DeviceError) -> DeviceError:
        """The refusal with the size of the model's RAM on this device, and what it needs."""
        reserved = self._opened.activation_bytes if self._opened else 0
        planned = 0
        if error.status == Status.MODEL_ARENA:
            with suppress(KwsError):
                planned = self._exchange.ask(GetStats(), self._patience_s).model_used_bytes
        return DeviceError(error.command, error.status, reserved, planned)


def _clip_data_bytes(chunk_bytes: int) -> int:
    """The bytes of a frame with so much of a clip."""
    return frame_bytes(len(ClipData(0, bytes(chunk_bytes)).packet(0)))
