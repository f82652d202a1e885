# SPDX-License-Identifier: Apache-2.0
"""A stream of audio to a device, its decisions back: requests go ahead of their answers.

A device carries out what it is sent in order, and keeps its last decisions. So after a fault on the
line the host asks what was carried out (SYNC), takes the decisions whose answers were lost
(GET_DECISION), and goes on from there: none is missed, none made twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from kws.detect import Detection
from kws.detect.detector import SCORE_ONE
from kws.link.ahead import RequestsAhead
from kws.link.errors import DeviceError
from kws.link.exchange import Sent
from kws_codegen.protocol.messages import (
    NO_WORD,
    Decision,
    GetDecision,
    Request,
    Status,
    StreamBegin,
    StreamData,
    StreamProgress,
)
from kws_codegen.protocol.wire import Message, MessageError

SAMPLE_BYTES = 2
_OFFSETS = 1 << 32

A = TypeVar("A", bound=Message)


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

    def __init__(self, requests: RequestsAhead, classes: int) -> None:
        self._requests = requests
        self._flight = requests.flight
        self._classes = classes
        self.decisions = 0
        self._received = self._sent = 0  # bytes
        self.info = self._ask(StreamBegin())
        # What is on its way makes no more decisions than the device keeps.
        self._most_bytes = self.info.kept * self.info.interval_samples * SAMPLE_BYTES

    def hear(self, samples: NDArray[np.int16]) -> Iterator[StreamDecision]:
        """Send the next samples, int16 [n]: each decision as it comes. All are heard at the end."""
        data = samples.astype("<i2").tobytes()
        start = self._received
        while self._received < start + len(data):
            found = self._send(data, start)
            if self._flight:
                found += self._take() if self._requests.listen() else self._recover()
            yield from found

    def _send(self, data: bytes, start: int) -> list[StreamDecision]:
        """Send as much as may go ahead; without that, one request, and its answer's decision."""
        end = start + len(data)
        while self._sent < end:
            place = self._sent - start
            room = self._most_bytes - (self._sent - self._received)
            part = data[place : place + min(self._requests.chunk_bytes, self._most_bytes)]
            request = StreamData(self._sent % _OFFSETS, part)
            if not self._requests.fits(request) or len(part) > room:
                return []
            self._sent += len(part)
            if self._requests.is_alone:
                progress = StreamProgress.decode(self._requests.ask(request))
                self._received = self._sent
                return self._newest(progress) or self._missing(progress.decisions)
            self._requests.send(request)
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
            self._received += _byte_count(sent)
            self._requests.got_through()
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
            self._next(self._ask(GetDecision(self.decisions)))
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

    def _recover(self) -> list[StreamDecision]:
        """Something is lost, or late: go on behind what the device has carried out."""
        flight = self._flight
        carried_out = self._requests.carried_out()
        for sent in flight:
            if sent.answer is not None:
                self._progress(sent)  # raises what was refused
        if carried_out == len(flight):  # all is well, it only took longer, or answers are lost
            self._requests.only_late()
        else:
            self._requests.lost(len(flight) - carried_out)
        self._received += sum(_byte_count(sent) for sent in list(flight)[:carried_out])
        self._sent = self._received
        flight.clear()
        return self._unasked()

    def _unasked(self) -> list[StreamDecision]:
        """All decisions that the device has made and the host has not seen."""
        found: list[StreamDecision] = []
        while self._received >= SAMPLE_BYTES * self._samples_of_next():
            try:
                decision = self._ask(GetDecision(self.decisions))
            except DeviceError as error:
                if error.status != Status.BAD_STATE:
                    raise
                break  # a gate keeps the model waiting
            found.append(self._next(decision))
        return found

    def _ask(self, request: Request[A]) -> A:
        return self._requests.exchange.ask(request, self._requests.patience_s)

    def _samples_of_next(self) -> int:
        """Where the next decision comes at the earliest."""
        return self.info.window_samples + self.decisions * self.info.interval_samples


def _byte_count(sent: Sent) -> int:
    assert isinstance(sent.request, StreamData)
    return len(sent.request.data)
