# SPDX-License-Identifier: Apache-2.0
"""Requests ahead of their answers: what clips (stream.py) and sound (listening.py) share."""

from collections import deque

from kws.link.chunks import ChunkSize, SendAhead
from kws.link.errors import DeviceError
from kws.link.exchange import Exchange, Sent
from kws.link.framing import frame_bytes
from kws_codegen.protocol.messages import SEQUENCE_NUMBERS, Command, Request, Status
from kws_codegen.protocol.wire import Message


class RequestsAhead:
    """Sends as much as the line lets through and the device keeps; one at a time where not more.

    Attributes:
        exchange: the session.
        flight: what was sent ahead and is not done with, oldest first.
        patience_s: with a request that nothing answers.
    """

    def __init__(
        self, exchange: Exchange, chunk: ChunkSize, ahead: SendAhead, patience_s: float
    ) -> None:
        self.exchange = exchange
        self.patience_s = patience_s
        self._chunk = chunk
        self._ahead = ahead

    @property
    def flight(self) -> deque[Sent]:
        return self.exchange.flight

    @property
    def chunk_bytes(self) -> int:
        """How much of an array goes into the next request."""
        return self._chunk.bytes

    @property
    def is_alone(self) -> bool:
        """Each request waits for its answer now: ask(), not send()."""
        return not self._ahead.bytes

    def fits(self, request: Request[Message]) -> bool:
        """Whether it may go out now."""
        waiting = [sent.frame_bytes for sent in self.flight]
        return self._ahead.fits(waiting, frame_bytes(len(request.packet(0))))

    def send(self, request: Request[Message]) -> None:
        """Send it ahead; listen() gets its answer."""
        self.exchange.send(request)

    def listen(self) -> bool:
        """Wait for an answer; False: carried_out() tells what has become of what is in flight."""
        return self.exchange.listen()

    def ask(self, request: Request[Message]) -> bytes:
        """The payload of its answer, which nothing follows until it has come."""
        payload = self.exchange.payload(request, self.patience_s)
        self._chunk.sent(self.exchange.damage)
        if self.exchange.damage:
            self._ahead.fault()
        else:
            self._ahead.sent()
        return payload

    def got_through(self) -> None:
        """A request that was sent ahead is done with."""
        self._chunk.sent(0)
        self._ahead.sent()

    def carried_out(self) -> int:
        """How many in flight the device has carried out, after a fault or a silence.

        DeviceError(BAD_SEQUENCE) when it has restarted, KwsError when it does not answer.
        """
        position = self.exchange.sync(self.patience_s)
        count = (position.last - self.flight[0].sequence + 1) % SEQUENCE_NUMBERS
        if not position.is_open or count > len(self.flight):
            raise DeviceError(Command.SYNC, Status.BAD_SEQUENCE)
        return count

    def only_late(self) -> None:
        """All in flight is answered: the time-out was too short."""
        self.exchange.too_early(self.flight[0])

    def lost(self, count: int) -> None:
        """So many of the newest in flight go out again."""
        self._ahead.fault()
        self.exchange.counters.resends += count
