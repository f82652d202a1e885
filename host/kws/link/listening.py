# SPDX-License-Identifier: Apache-2.0
"""A stream of audio to a device, its decisions back: requests go ahead of their answers.

A device carries out what it is sent in order, and keeps its last decisions. So after a fault on the
line the host asks what was carried out (SYNC), takes the decisions whose answers were lost
(GET_DECISION), and goes on from there: none is missed, none made twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kws.detect import Detection
from kws.detect.detector import SCORE_ONE
from kws.link.chunks import ChunkSize, SendAhead
from kws.link.errors import DeviceError
from kws.link.exchange import Exchange, Sent
from kws.link.framing import frame_bytes
from kws_codegen.protocol.messages import (
    NO_WORD,
    SEQUENCE_NUMBERS,
    Command,
    Decision,
    GetDecision,
    Status,
    StreamBegin,
    StreamData,
    StreamProgress,
)
from kws_codegen.protocol.wire import MessageError

SAMPLE_BYTES = 2
_OFFSETS = 1 << 32


@dataclass(frozen=True)
class StreamDecision:
    """A decision of a device that listens.

    Attributes:
        samples: of the stream, up to the end of the window that was decided on.
        scores: int8 [classes].
        event: the word that this decision detected, if it did.
    """

    samples: int
    scores: NDArray[np.int8]
    event: Detection | None


class AudioStream:
    """One stream, from STREAM_BEGIN on.

    hear() raises DeviceError on a refusal (BAD_SEQUENCE: the device has restarted), MessageError,
    ConnectionLostError, or KwsError when the device no longer answers.

    Attributes:
        decisions: how many came back so far.
        info: what the device says of its streams.
    """

    def __init__(
        self,
        exchange: Exchange,
        chunk: ChunkSize,
        ahead: SendAhead,
        patience_s: float,
        classes: int,
    ) -> None:
        self._exchange = exchange
        self._flight = exchange.flight
        self._chunk = chunk
        self._ahead = ahead
        self._patience_s = patience_s
        self._classes = classes
        self.decisions = 0
        self._received = self._sent = 0  # bytes
        self.info = exchange.ask(StreamBegin(), patience_s)
        # What is on its way makes no more decisions than the device keeps.
        self._most_bytes = self.info.kept * self.info.interval_samples * SAMPLE_BYTES

    def hear(self, samples: NDArray[np.int16]) -> Iterator[StreamDecision]:
        """Send the next samples, int16 [n]: each decision as it comes. All are heard at the end."""
        data = samples.astype("<i2").tobytes()
        start = self._received
        while self._received < start + len(data):
            found = self._send(data, start)
            if self._flight:
                found += self._take() if self._exchange.listen() else self._recover()
            yield from found

    def _send(self, data: bytes, start: int) -> list[StreamDecision]:
        """Send as much as may go ahead; without that, one request, and its answer's decision."""
        end = start + len(data)
        while self._sent < end:
            place = self._sent - start
            room = self._most_bytes - (self._sent - self._received)
            part = data[place : place + min(self._chunk.bytes, self._most_bytes)]
            request = StreamData(self._sent % _OFFSETS, part)
            waiting = [sent.frame_bytes for sent in self._flight]
            fits = self._ahead.fits(waiting, frame_bytes(len(request.packet(0))))
            if not fits or len(part) > room:
                return []
            self._sent += len(part)
            if not self._ahead.bytes:
                progress = StreamProgress.decode(self._exchange.payload(request, self._patience_s))
                self._heard(len(part), self._exchange.damage)
                return self._newest(progress) or self._missing(progress.decisions)
            self._exchange.send(request)
        return []

    def _take(self) -> list[StreamDecision]:
        """What the answers say, as far as they have come."""
        found: list[StreamDecision] = []
        while self._flight and (sent := self._flight[0]).answer is not None:
            progress = self._progress(sent)
            newest = self._newest(progress)
            if not newest and progress.decisions != self.decisions:
                return found + self._recover()
            found += newest
            self._flight.popleft()
            self._heard(_byte_count(sent), 0)
        if any(sent.answer is not None for sent in self._flight):
            found += self._recover()
        return found

    def _progress(self, sent: Sent) -> StreamProgress:
        assert sent.answer is not None
        if sent.answer.status != Status.OK:
            raise DeviceError(sent.request.command, sent.answer.status)
        return StreamProgress.decode(sent.answer.payload)

    def _newest(self, progress: StreamProgress) -> list[StreamDecision]:
        """The decision that follows on the last one, if it is that."""
        return [self._next(progress.newest)] if progress.decisions == self.decisions + 1 else []

    def _missing(self, decisions: int) -> list[StreamDecision]:
        """Decisions up to this number whose answers are lost. Nothing is in flight."""
        if not 0 <= decisions - self.decisions <= self.info.kept:
            raise MessageError(f"{decisions} decisions after {self.decisions}")
        return [
            self._next(self._exchange.ask(GetDecision(self.decisions), self._patience_s))
            for _ in range(decisions - self.decisions)
        ]

    def _next(self, decision: Decision) -> StreamDecision:
        scores = np.array(decision.scores, np.int8)
        expected = self.info.window_samples + self.decisions * self.info.interval_samples
        if len(scores) != self._classes or decision.samples < expected:
            raise MessageError(
                f"decision {self.decisions} after {decision.samples} samples, {len(scores)} scores"
            )
        word, score = decision.word, decision.score / SCORE_ONE
        event = None if word == NO_WORD else Detection(self.decisions, word, score)
        self.decisions += 1
        return StreamDecision(decision.samples, scores, event)

    def _heard(self, byte_count: int, damage: int) -> None:
        self._received += byte_count
        self._chunk.sent(damage)
        if damage:
            self._ahead.fault()
        else:
            self._ahead.sent()

    def _recover(self) -> list[StreamDecision]:
        """Something is lost, or late: go on behind what the device has carried out."""
        flight = self._flight
        position = self._exchange.sync(self._patience_s)
        carried_out = (position.last - flight[0].sequence + 1) % SEQUENCE_NUMBERS
        if not position.is_open or carried_out > len(flight):
            raise DeviceError(Command.SYNC, Status.BAD_SEQUENCE)  # restarted
        for sent in flight:
            if sent.answer is not None:
                self._progress(sent)  # raises what was refused
        if carried_out == len(flight):  # all is well, it only took longer, or answers are lost
            self._exchange.too_early(flight[0])
        else:
            self._ahead.fault()
        self._received += sum(_byte_count(sent) for sent in list(flight)[:carried_out])
        self._sent = self._received
        flight.clear()
        return self._unasked()

    def _unasked(self) -> list[StreamDecision]:
        """All decisions that the device has made and the host has not seen."""
        found: list[StreamDecision] = []
        while self._received >= SAMPLE_BYTES * self._samples_of_next():
            try:
                decision = self._exchange.ask(GetDecision(self.decisions), self._patience_s)
            except DeviceError as error:
                if error.status != Status.BAD_STATE:
                    raise
                break  # a gate keeps the model waiting
            found.append(self._next(decision))
        return found

    def _samples_of_next(self) -> int:
        """Where the next decision comes at the earliest."""
        return self.info.window_samples + self.decisions * self.info.interval_samples


def _byte_count(sent: Sent) -> int:
    assert isinstance(sent.request, StreamData)
    return len(sent.request.data)
