# SPDX-License-Identifier: Apache-2.0
"""A device at the other end of the wire: handshake, clips, results, and patience.

A device that restarts, and a port that goes and comes back, cost a clip's second attempt: the
session is opened again and the clip sent again, for the device keeps nothing of it.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from kws.console import warn
from kws.link import exchange
from kws.link.chunks import ChunkSize
from kws.link.counters import LinkCounters
from kws.link.errors import CLIP_ATTEMPTS, ClipLostError, ConnectionLostError, DeviceError
from kws.link.exchange import Exchange, Transport
from kws.link.handshake import (
    Expected,
    check_format,
    check_hashes,
    check_protocol,
    check_same,
    labels_differ,
)
from kws.link.trace import Trace
from kws_codegen.protocol.messages import (
    ClipBegin,
    ClipData,
    ClipKind,
    ClipResult,
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

HELLO_PATIENCE_S = 12.0  # long enough for a board to start
OUTAGE_S = 65.0  # for a port that is gone: longer than an outage of a minute
CLIP_OUTAGES = 10  # of one clip
MOST_OPERATORS = 255  # that GET_PROFILE can number
_OUTAGE_PAUSE_S = 0.2  # before a port that closes at once is opened again

MOST_OPERATORS = 255  # that GET_PROFILE can number

T = TypeVar("T")
A = TypeVar("A", bound=Message)


class Device:
    """A session with one device. Call handshake() before anything else."""

    def __init__(self, transport: Transport, trace: Trace | None = None) -> None:
        self._transport = transport
        self._trace = trace or Trace()
        self._exchange = Exchange(transport, self._trace)
        self._opened: DeviceInfo | None = None
        self._chunk = ChunkSize(0)
        self.restarts = 0  # times the device lost the session
        self.outages = 0  # times the port was gone and came back
        self.faults: list[DeviceFault] = []  # what it said about that

    @property
    def counters(self) -> LinkCounters:
        """What happened on the line so far."""
        return self._exchange.counters

    @property
    def port(self) -> str:
        """The name of the port; another one after a USB cable went out and in."""
        return self._transport.name

    @property
    def resends(self) -> int:
        """Requests that went out again."""
        return self.counters.resends

    def handshake(self, expected: Expected | None = None) -> DeviceInfo:
        """Open a session; KwsError when the device is silent or is not what `expected` says."""
        info = self._hello(HELLO_PATIENCE_S)
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
        result = self._with_clip(kind, clip, lambda: self._ask(GetResult()))
        if len(result.scores) != self._info.classes:
            raise MessageError(f"{len(result.scores)} scores for {self._info.classes} classes")
        return result

    def features(self, kind: ClipKind, clip: bytes) -> bytes:
        """Send a clip and read back the int8 features [frames * channels] made of it."""
        return self._with_clip(kind, clip, self._features)

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

    def _with_clip(self, kind: ClipKind, clip: bytes, finish: Callable[[], T]) -> T:
        restarts = outages = 0
        while True:
            try:
                self._send_clip(kind, clip)
                return finish()
            except ConnectionLostError as lost:
                outages += 1
                if outages == CLIP_OUTAGES:
                    raise
                self._reconnect(lost)
            except DeviceError as error:
                if error.status != Status.BAD_SEQUENCE:
                    raise
                self._trace.note("the device has restarted: handshake")
                self.restarts += 1
                restarts += 1
                try:
                    self._resume()
                except ConnectionLostError as lost:
                    self._reconnect(lost)
                if restarts == CLIP_ATTEMPTS:
                    raise ClipLostError() from None

    def _resume(self) -> None:
        """Open the session again and ask for the fault that ended it."""
        check_same(self._hello(exchange.PATIENCE_S), self._info)
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
            self._exchange.forget()
            try:
                self._resume()
                break
            except ConnectionLostError as again:
                if time.monotonic() >= deadline_s:
                    raise
                lost = again
                time.sleep(_OUTAGE_PAUSE_S)
        self.outages += 1
        warn(f"{self._transport.name} is back after {time.monotonic() - start_s:.0f} s; going on")

    def _send_clip(self, kind: ClipKind, clip: bytes) -> None:
        self._ask(ClipBegin(kind, len(clip)))
        offset = 0
        while offset < len(clip):
            data = clip[offset : offset + self._chunk.bytes]
            self._ask(ClipData(offset, data))
            self._chunk.sent(self._exchange.damage)
            offset += len(data)

    def _features(self) -> bytes:
        total = self._info.frames * self._info.channels
        features = b""
        while len(features) < total:
            count = min(self._chunk.bytes, total - len(features))
            part = self._ask(GetFeatures(len(features), count)).features
            if len(part) != count:
                raise MessageError(f"{len(part)} bytes of features for {count}")
            self._chunk.sent(self._exchange.damage)
            features += part
        return features

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
            return self._exchange.ask(request, exchange.PATIENCE_S)
        except DeviceError as error:
            reserved = self._opened.activation_bytes if self._opened else 0
            raise DeviceError(error.command, error.status, reserved) from None
