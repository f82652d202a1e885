# SPDX-License-Identifier: Apache-2.0
"""One request and its answer, on a line that drops, damages, doubles and delays.

`ask` has one request on its way. Without a good answer it is sent again with the same sequence
number; the device carries it out once and repeats its stored answer, so nothing is lost or done
twice. Time without an answer limits the repeats, never their number.

`send` goes ahead of the answers, which `listen` collects. A device carries out only what follows on
the last request, so after a fault whatever was sent behind it is refused; `sync` asks what was
carried out, and the rest is sent anew. stream.py says what that means for clips.
"""

import secrets
import time
from collections import deque
from dataclasses import dataclass
from typing import Protocol, TypeVar

from kws.console import warn
from kws.link.counters import LinkCounters
from kws.link.errors import DeviceError, no_answer
from kws.link.framing import Frame, FrameReader, encode_frame
from kws.link.trace import Trace
from kws_codegen.protocol.messages import (
    ANSWER_BIT,
    ANSWER_NAK,
    CHUNK_BYTES,
    SEQUENCE_NUMBERS,
    AnswerPacket,
    Command,
    LinkPosition,
    Request,
    Status,
    Sync,
)
from kws_codegen.protocol.wire import Message, MessageError

FIRST_TIMEOUT_S = 0.25
LONGEST_TIMEOUT_S = 4.0
QUIET_S = 0.02  # nothing for so long after damage: the line is silent
LONGEST_DRAIN_S = 1.0  # then the repeat goes out on a line that never falls silent
PATIENCE_S = 50.0  # with one request: longer than a stall of 45 s
NOTICE_S = 10.0  # then the user is told that there is no answer
DEAD_S = 36.0  # and then that the device is taken for dead, in 40 s with a time-out before it
LONGEST_ANSWER_BYTES = CHUNK_BYTES + 88  # header, CRC, COBS, and room
_TIMEOUT_SHRINKS = 0.99  # a time-out that had to grow, with each answer that comes in time

A = TypeVar("A", bound=Message)


class Transport(Protocol):
    """A wire: what a session needs of a serial port."""

    name: str
    returns: bool  # the port may go and come back
    at_once: bool  # bytes arrive as soon as they are sent: nothing paces them, as a UART does

    def write(self, data: bytes) -> None:
        """ConnectionLostError when the port is gone."""
        ...

    def read(self, timeout_s: float) -> bytes:
        """What has arrived; waits up to timeout_s for the first byte, b"" when none came.

        ConnectionLostError when the port is gone.
        """
        ...

    def transfer_s(self, byte_count: int) -> float:
        """Seconds that byte_count bytes take on this wire."""
        ...

    def reopen(self, patience_s: float) -> None:
        """Open the port again as soon as it is back; ConnectionLostError when it is not."""
        ...


@dataclass
class Sent:
    """A request that was sent ahead, and its answer once it has come."""

    request: Request[Message]
    sequence: int
    frame_bytes: int
    answer: AnswerPacket | None = None
    is_done: bool = False  # SYNC told that it was carried out

    @property
    def name(self) -> tuple[int, int]:
        """Type and sequence number of the answer."""
        return self.request.command | ANSWER_BIT, self.sequence


class Exchange:
    """Sends requests and finds their answers; counts what happens on the line.

    Attributes:
        flight: what was sent ahead and is not done with, oldest first.
    """

    def __init__(self, transport: Transport, trace: Trace) -> None:
        self.counters = LinkCounters()
        self.damage = 0  # repeats of the last request because of damaged frames
        self._transport = transport
        self._trace = trace
        self._reader = FrameReader()
        self._inbox: deque[Frame] = deque()  # received, not yet looked at
        self.flight: deque[Sent] = deque()
        self._sequence = 0
        self._wanted = (0, 0)  # type and sequence number of the answer
        self._early = (0, 0)  # of the last request that was repeated after a time-out
        self._timeouts_s: dict[int, float] = {}  # by type of answer, where the first is too short

    def forget(self) -> None:
        """Forget what has been received and sent: the port has been opened again."""
        self._reader.clear()
        self._inbox.clear()
        self.flight.clear()

    def ask(self, request: Request[A], patience_s: float) -> A:
        """The answer. KwsError: DeviceError, MessageError, ConnectionLostError, or no answer."""
        return request.read(self.payload(request, patience_s))

    def payload(self, request: Request[Message], patience_s: float) -> bytes:
        """The payload of the answer, as `ask` gets it."""
        if self.flight and request.command != Command.SYNC:
            if request.command != Command.HELLO:
                self.sync(patience_s)  # someone has left in the middle of a stream
            self.flight.clear()
        self._sequence = (self._sequence + 1) % SEQUENCE_NUMBERS
        self._wanted = (request.command | ANSWER_BIT, self._sequence)
        packet = request.packet(self._sequence)
        answer = self._answer(request.command, packet, patience_s)
        if answer.status != Status.OK:
            raise DeviceError(request.command, answer.status)
        return answer.payload

    def send(self, request: Request[Message]) -> None:
        """Send a request ahead: `flight` gets it, and listen() its answer."""
        self._sequence = (self._sequence + 1) % SEQUENCE_NUMBERS
        packet = request.packet(self._sequence)
        frame = encode_frame(packet)
        self.flight.append(Sent(request, self._sequence, len(frame)))
        self.counters.requests += 1
        self._put(packet, frame, 0)

    def listen(self) -> bool:
        """Wait until an answer to something in flight has come; they are kept in `flight`.

        False: the line was damaged and is silent again, something was refused, or nothing came in
        time. What that means for what is in flight, sync() tells. ConnectionLostError.
        """
        self._wanted = self.flight[0].name
        waiting_bytes = sum(sent.frame_bytes for sent in self.flight)
        return isinstance(self._listen(self._timeout_s(0, waiting_bytes)), AnswerPacket)

    def sync(self, patience_s: float) -> LinkPosition:
        """What the device has carried out; what was sent before and it has not is lost.

        The next request follows on the last one carried out. Answers to what is in flight that come
        meanwhile are kept there. KwsError as for `ask`.
        """
        token = secrets.randbits(32)
        while True:
            position = self.ask(Sync(token), patience_s)
            if position.token == token:  # else the answer to an earlier SYNC of the same number
                self._sequence = position.last
                return position

    def too_early(self, sent: Sent) -> None:
        """The answer came, but not in the time that was expected: allow it more the next time."""
        known_s = self._timeouts_s.get(sent.name[0], FIRST_TIMEOUT_S)
        self._timeouts_s[sent.name[0]] = min(2 * known_s, LONGEST_TIMEOUT_S)

    def _put(self, packet: bytes, frame: bytes, attempt: int) -> None:
        self._trace.sent(packet, attempt)
        self._transport.write(frame)
        self.counters.sent_bytes += len(frame)

    def _answer(self, command: Command, packet: bytes, patience_s: float) -> AnswerPacket:
        before, start_s = self.counters.copy(), time.monotonic()
        frame = encode_frame(packet)
        self.counters.requests += 1
        self.damage = 0
        silences = attempts = 0
        notices = [DEAD_S, NOTICE_S]
        while True:
            self._put(packet, frame, attempts)
            end_s = start_s + min([patience_s, *notices])
            left_s = max(end_s - time.monotonic(), QUIET_S)
            heard = self._listen(min(self._timeout_s(silences, len(frame)), left_s))
            if isinstance(heard, AnswerPacket):
                return heard
            if heard:
                self.damage += 1
            else:
                silences += 1
                self._early = self._wanted
                self._trace.note("no answer in time")
            waited_s = time.monotonic() - start_s
            if notices and waited_s >= notices[-1]:
                dead = notices.pop() == DEAD_S
                warn(
                    f"no answer from {self._transport.name} for {waited_s:.0f} s"
                    + (": the device is taken for dead, its answers are kept" * dead)
                    + f"; trying for {patience_s:.0f} s"
                )
            if waited_s >= patience_s:
                heard_since = self.counters - before
                raise no_answer(self._transport.name, command, waited_s, heard_since)
            attempts += 1
            self.counters.resends += 1

    def _timeout_s(self, silences: int, frame_bytes: int) -> float:
        first_s = self._timeouts_s.get(self._wanted[0], FIRST_TIMEOUT_S)
        wire_s = self._transport.transfer_s(frame_bytes + LONGEST_ANSWER_BYTES)
        return min(first_s * 2.0 ** min(silences, 16), max(LONGEST_TIMEOUT_S, first_s)) + wire_s

    def _listen(self, timeout_s: float) -> AnswerPacket | bool:
        """The answer; True when something was damaged and the line is silent again, else False.

        An answer is taken also while the line is drained: it may have been on its way. What has
        been received is looked at, however late this program comes to it.
        """
        now_s = time.monotonic()
        end_s = now_s + timeout_s
        drained_s = 0.0  # when draining ends at the latest; 0: nothing was damaged
        quiet_s = QUIET_S + self._transport.transfer_s(16)
        while self._inbox or now_s < end_s:
            if self._inbox:
                answer = self._look_at(self._inbox.popleft())
                if isinstance(answer, AnswerPacket):
                    return answer
                if answer and not drained_s:
                    drained_s = now_s + LONGEST_DRAIN_S + self._transport.transfer_s(CHUNK_BYTES)
            else:
                data = self._transport.read(end_s - now_s)
                self.counters.received_bytes += len(data)
                self._inbox += self._reader.feed(data)
                now_s = time.monotonic()
                if not data:
                    continue
            if drained_s:
                end_s = min(now_s + quiet_s, drained_s)
        self.counters.timeouts += not drained_s
        return drained_s > 0

    def _look_at(self, frame: Frame) -> AnswerPacket | bool:
        """The answer that is waited for; True for damage, False for what does not matter."""
        self._trace.received(frame)
        self.counters.received_frames += 1
        if frame.packet is None:
            self.counters.damaged_answers += 1
            return True
        try:
            answer = AnswerPacket.decode(frame.packet)
        except MessageError as error:
            self._trace.note(f"ignored: {error.message}")
            return False
        if answer.kind == ANSWER_NAK:
            self.counters.damaged_requests += 1
            return True
        name = (answer.kind, answer.sequence)
        for sent in self.flight:
            if name == sent.name:
                return self._keep(sent, answer)
        if name == self._wanted:
            self._in_time(answer.kind)
            return answer
        self._trace.note("ignored: the answer to an earlier request")
        if name == self._early:  # two answers: the time-out was too short
            known_s = self._timeouts_s.get(answer.kind, FIRST_TIMEOUT_S)
            self._timeouts_s[answer.kind] = min(2 * known_s, LONGEST_TIMEOUT_S)
        return False

    def _keep(self, sent: Sent, answer: AnswerPacket) -> AnswerPacket | bool:
        """Note the answer to what is in flight; as _look_at()."""
        ahead = self._wanted == self.flight[0].name  # not in sync()
        if answer.status == Status.BAD_SEQUENCE:
            return ahead  # what went before it is lost: as if it were damaged
        sent.answer = answer
        if ahead:
            self._in_time(answer.kind)
        return answer if ahead else False

    def _in_time(self, kind: int) -> None:
        """An answer of this type came in the time that was expected: expect a little less."""
        if kind in self._timeouts_s:
            shorter_s = self._timeouts_s[kind] * _TIMEOUT_SHRINKS
            self._timeouts_s[kind] = max(shorter_s, FIRST_TIMEOUT_S)
