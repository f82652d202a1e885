# SPDX-License-Identifier: Apache-2.0
"""Clips to a device at the speed of the line: requests go ahead of their answers.

The next clip goes out while the device computes. After a fault on the line SYNC tells what the
device has carried out. What it has not goes out again; a clip whose answer is lost starts again
from its beginning, for the device keeps only its last answer.
"""

from collections import deque
from collections.abc import Iterator
from typing import Literal

from kws.link.ahead import RequestsAhead
from kws.link.errors import DeviceError
from kws_codegen.protocol.messages import (
    ClipBegin,
    ClipData,
    ClipKind,
    Command,
    GetFeatures,
    GetResult,
    Request,
    Status,
)
from kws_codegen.protocol.wire import Message, MessageError


class ClipRequests:
    """The requests of one clip, by their place: 0 begins it, then its bytes, then what is asked.

    Attributes:
        answers: what is asked, as far as it has come: payloads.
    """

    def __init__(
        self,
        kind: ClipKind,
        clip: bytes,
        then: Literal["result", "features", "nothing"],
        features_bytes: int = 0,
    ) -> None:
        """then: what is asked when the clip is complete; features_bytes: of all its features."""
        self._kind = kind
        self._clip = clip
        self._then = then
        self._asked = {"result": 1, "features": features_bytes, "nothing": 0}[then]
        self.answers: list[bytes] = []

    @property
    def end(self) -> int:
        """The place behind the last request."""
        return 1 + len(self._clip) + self._asked

    def at(self, place: int, chunk_bytes: int) -> tuple[Request[Message], int]:
        """The request at a place before the end, and the place of the next one."""
        if place == 0:
            return ClipBegin(self._kind, len(self._clip)), 1
        offset = place - 1
        if offset < len(self._clip):
            data = self._clip[offset : offset + chunk_bytes]
            return ClipData(offset, data), place + len(data)
        if self._then == "result":
            return GetResult(), self.end
        first = offset - len(self._clip)
        count = min(chunk_bytes, self._asked - first)
        return GetFeatures(first, count), place + count

    def take(self, request: Request[Message], payload: bytes) -> None:
        """The answer to one of the requests, in their order. MessageError."""
        request.read(payload)
        if isinstance(request, GetFeatures) and len(payload) != request.count:
            raise MessageError(f"{len(payload)} bytes of features for {request.count}")
        if needs_answer(request):
            self.answers.append(payload)

    def again(self) -> None:
        """From the beginning."""
        self.answers.clear()


def needs_answer(request: Request[Message]) -> bool:
    """Whether more is in its answer than that it was carried out."""
    return request.command in {Command.RESULT, Command.GET_FEATURES}


class ClipStream:
    """Clips in order. After an exception again() starts the oldest one afresh.

    next() raises DeviceError on a refusal (BAD_SEQUENCE: the device has restarted), MessageError,
    ConnectionLostError, or KwsError when the device no longer answers.
    """

    def __init__(self, requests: RequestsAhead, clips: Iterator[ClipRequests]) -> None:
        self._requests = requests
        self._flight = requests.flight
        self._source = clips
        self._clips: deque[ClipRequests] = deque()  # not done with, oldest first
        self._places: deque[tuple[int, int, int]] = deque()  # as in flight: clip, place, next place
        self._next = (0, 0)  # clip and place of the next request
        self._done = 0  # place of the oldest clip up to which all is answered

    def next(self) -> ClipRequests | None:
        """The oldest clip with its answers; None when all are done."""
        while True:
            self._take()
            if self._clips and self._done == self._clips[0].end:
                return self._drop()
            self._fill()
            if not self._clips:
                return None
            if self._flight and not self._requests.listen():
                self._recover()

    def again(self) -> None:
        """Start the oldest clip again from its beginning; nothing is in flight any more."""
        self._flight.clear()
        self._places.clear()
        self._next = (0, 0)
        self._done = 0
        if self._clips:
            self._clips[0].again()

    def _drop(self) -> ClipRequests:
        index, place = self._next
        self._next = (index - 1, place) if index else (0, 0)
        self._places = deque((index - 1, place, after) for index, place, after in self._places)
        self._done = 0
        return self._clips.popleft()

    def _fill(self) -> None:
        """Send as much as may go ahead; without that, one request, and wait for its answer."""
        while (clip := self._clip_to_send()) is not None:
            index, place = self._next
            request, after = clip.at(place, self._requests.chunk_bytes)
            if not self._requests.fits(request):
                return
            self._next = (index, after)
            if self._requests.is_alone:
                clip.take(request, self._requests.ask(request))
                self._done = after
                return
            self._requests.send(request)
            self._places.append((index, place, after))

    def _clip_to_send(self) -> ClipRequests | None:
        """The clip of the next request; None when all is sent."""
        index, place = self._next
        if index < len(self._clips) and place == self._clips[index].end:
            index, _ = self._next = (index + 1, 0)
        if index == len(self._clips):
            clip = next(self._source, None)
            if clip is None:
                return None
            self._clips.append(clip)
        return self._clips[index]

    def _take(self) -> None:
        """Take what is answered of the oldest clip, and what the device has carried out."""
        while self._flight and self._done < self._clips[0].end:
            sent = self._flight[0]
            if sent.answer is not None:
                if sent.answer.status != Status.OK:
                    raise DeviceError(sent.request.command, sent.answer.status)
                self._clips[0].take(sent.request, sent.answer.payload)
            elif not any(later.answer is not None for later in self._flight) and not sent.is_done:
                return
            elif needs_answer(sent.request):
                self._recover()
                continue
            self._flight.popleft()
            _, _, self._done = self._places.popleft()
            self._requests.got_through()

    def _recover(self) -> None:
        """Something is lost, or late: go on behind what the device has carried out."""
        flight = self._flight
        carried_out = self._requests.carried_out()
        keep = carried_out
        for i in range(carried_out):
            flight[i].is_done = True
            if flight[i].answer is None and needs_answer(flight[i].request):
                keep = next(j for j in range(i + 1) if self._places[j][0] == self._places[i][0])
                break
        if keep == len(flight):
            if all(sent.answer is not None for sent in flight):
                self._requests.only_late()
            return
        self._requests.lost(len(flight) - keep)
        index, place, _ = self._places[keep]
        if keep < carried_out:
            place = 0
            self._clips[index].again()
        if index == 0:
            self._done = min(self._done, place)
        self._next = (index, place)
        while len(flight) > keep:
            flight.pop()
            self._places.pop()
