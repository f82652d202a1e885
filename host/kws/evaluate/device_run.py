# SPDX-License-Identifier: Apache-2.0
"""Sends clips to devices, each as fast as it answers, and compares each answer."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from kws.console import progress, warn
from kws.evaluate.clip_queue import ClipQueue
from kws.evaluate.clips import Clips
from kws.evaluate.device_session import NamedDevice, Session
from kws.evaluate.journal import Journal
from kws.evaluate.parity import ClipDifference, compare, locate
from kws.evaluate.side_by_side import side_by_side
from kws.link.client import Device
from kws.link.counters import LinkCounters
from kws.link.errors import ClipLostError
from kws_codegen.base.errors import KwsError
from kws_codegen.protocol.messages import ClipKind, ClipResult, DeviceFault, DeviceStats

LOST_IN_A_ROW = 3  # clips on which a device faults every time: then nothing will work
TIMED_CLIPS = 20  # by which devices are timed that are sent the others ahead
LOCATED = 20  # front-end differences whose features are fetched; each costs another clip


@dataclass
class Share:
    """What one device did, or is known to have done before an interruption."""

    name: str
    answered: list[int] = field(default_factory=list)
    sent: int = 0  # of these, this time
    differing: int = 0
    seconds: float = 0.0  # with clips, this time
    failure: str = ""  # why it stopped answering; "" when it did not
    stats: DeviceStats | None = None
    counters: LinkCounters = field(default_factory=LinkCounters)
    restarts: int = 0
    faults: list[DeviceFault] = field(default_factory=list)


@dataclass
class DeviceRun:
    """What came back, in the order of the clips."""

    results: list[ClipResult] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)  # the clip of each result
    timed: list[bool] = field(default_factory=list)  # of each result: nothing came in meanwhile
    devices: list[str] = field(default_factory=list)  # the name of the device of each result
    taken_over: int = 0  # of the results, from an evaluation that was interrupted
    lost: list[str] = field(default_factory=list)  # clips on which devices fault every time
    differences: list[ClipDifference] = field(default_factory=list)
    shares: dict[str, Share] = field(default_factory=dict)  # by name of the device
    failure: str = ""  # why all devices stopped answering; "" when one did not
    seconds: float = 0.0

    @property
    def timed_results(self) -> list[ClipResult]:
        """Those whose times are the device's own."""
        return [result for result, timed in zip(self.results, self.timed, strict=True) if timed]

    @property
    def stats(self) -> DeviceStats | None:
        """Of the first device that gave them."""
        return next((share.stats for share in self.shares.values() if share.stats), None)


def run_clips(
    devices: Sequence[NamedDevice],
    clips: Clips,
    kind: ClipKind,
    journal: Journal | None = None,
    ahead: bool = False,
) -> DeviceRun:
    """Evaluate every clip but those whose answers are in the journal, which gets the others.

    Each device takes the next clip when it has answered. A clip on which devices fault every time
    is noted, and the next one follows. A device that stops answering, or faults on several clips
    in a row, takes no more; others get its clip, and all results stay.

    ahead: clips go out while a device computes (sessions are kws.link.client.Device), all but the
    first TIMED_CLIPS: what comes in counts in a device's times, interrupt by interrupt.
    """
    work = _Work(devices, clips, kind, journal, ahead)
    start_s = time.monotonic()
    with progress() as bar:
        task = bar.add_task("clips on the device", total=len(clips.names))

        def show() -> None:
            run = work.run
            speed = (len(run.results) - run.taken_over) / (time.monotonic() - start_s)
            bar.update(task, completed=len(run.results), description=f"{speed:.0f} clips/s")

        try:
            side_by_side([work.worker(i, show) for i in range(len(devices))], work.queue.close)
        finally:
            if journal is not None:
                journal.close()
    work.run.seconds = time.monotonic() - start_s
    return work.finished()


class _Work:
    """What the devices' threads share: the queue, and under a lock the answers."""

    def __init__(
        self,
        devices: Sequence[NamedDevice],
        clips: Clips,
        kind: ClipKind,
        journal: Journal | None,
        ahead: bool,
    ) -> None:
        self.queue = ClipQueue(len(clips.names), len(devices))
        self.run = DeviceRun(shares={device.name: Share(device.name) for device in devices})
        self._devices = devices
        self._clips = clips
        self._kind = kind
        self._journal = journal
        self._ahead = ahead
        self._lock = threading.Lock()
        self._found: dict[int, ClipDifference] = {}

    def worker(self, number: int, show: Callable[[], None]) -> Callable[[], None]:
        """Gives clips to a device until there are none or it fails; `show` after each one."""
        device = self._devices[number]

        def serve() -> None:
            share, session = self.run.shares[device.name], device.session
            before, restarts, faults = (
                session.counters.copy(),
                session.restarts,
                len(session.faults),
            )
            try:
                self._serve(number, session, share, show)
                share.stats = _stats(device)
            except KwsError as error:
                share.failure = str(error)
                if len(self._devices) > 1:
                    warn(f"{device.name} takes no more clips: {error.message}")
            finally:
                self.queue.leave(number)
                share.counters = session.counters - before
                share.restarts = session.restarts - restarts
                share.faults = list(session.faults[faults:])

        return serve

    def _serve(self, number: int, session: Session, share: Share, show: Callable[[], None]) -> None:
        in_a_row = 0
        while (i := self.queue.take(number)) is not None:
            start_s = time.monotonic()
            try:
                if not self._is_quiet(i):
                    self._stream(number, session, i, share, show)
                    in_a_row = 0
                    continue
                self._answer(session, i, share)
                self.queue.answered(number)
                in_a_row = 0
                self._locate(session, i)
            except ClipLostError:
                self.queue.faulted(number)
                in_a_row += 1
                if in_a_row == LOST_IN_A_ROW:
                    raise
            finally:
                share.seconds += time.monotonic() - start_s
            with self._lock:
                show()

    def _is_quiet(self, i: int) -> bool:
        """The device is sent nothing but clip i until it has answered."""
        known = self._journal is not None and i in self._journal.answers
        return not self._ahead or i < TIMED_CLIPS or known

    def _stream(
        self, number: int, session: Session, first: int, share: Share, show: Callable[[], None]
    ) -> None:
        """Send clips ahead, from `first` on until there is none now."""
        assert isinstance(session, Device)
        sent: deque[int] = deque()
        answered: list[int] = []

        def clips() -> Iterator[bytes]:
            i: int | None = first
            while i is not None:
                sent.append(i)
                yield payload(self._clips, self._kind, i)
                i = self.queue.take(number, wait=False)
                if i is not None and self._is_quiet(i):
                    self.queue.put_back(number)
                    return

        try:
            for result in session.classify_all(self._kind, clips()):
                answered.append(sent.popleft())
                self._note(answered[-1], result, share)
                self.queue.answered(number)
                with self._lock:
                    show()
        except ClipLostError:
            if not answered:
                raise
            self.queue.faulted(number)
        for i in answered:
            self._locate(session, i)

    def _note(self, i: int, result: ClipResult, share: Share) -> None:
        """Keep an answer that the device has given now."""
        with self._lock:
            share.sent += 1
            self._keep(i, result, share)
            if self._journal is not None:
                self._journal.add(i, share.name, result)

    def _answer(self, session: Session, i: int, share: Share) -> None:
        """The answer to clip i, from the journal or from the device."""
        if self._journal is not None and i in self._journal.answers:
            name, result = self._journal.answers[i]
            with self._lock:
                self.run.taken_over += 1
                share = self.run.shares.setdefault(name, Share(name))
                self._keep(i, result, share)
        else:
            self._note(i, _classify(session, self._clips, self._kind, i), share)

    def _keep(self, i: int, result: ClipResult, share: Share) -> None:
        """Note a result, and where it differs."""
        self.run.results.append(result)
        self.run.answered.append(i)
        self.run.devices.append(share.name)
        share.answered.append(i)
        clips = self._clips
        difference = compare(clips.names[i], result, clips.features[i], clips.scores[i])
        if difference is not None:
            self._found[i] = difference
            share.differing += 1

    def _locate(self, session: Session, i: int) -> None:
        """Find the first feature that differs, where the answer says only that one does."""
        difference = self._found.get(i)
        if difference is None or difference.stage != "front end" or len(self._found) > LOCATED:
            return
        try:
            features = session.features(self._kind, payload(self._clips, self._kind, i))
            self._found[i] = locate(difference, features, self._clips.features[i])
        except KwsError as error:  # it is known to differ, and no more
            warn(f"the first feature that differs is not known: {error.message}")

    def finished(self) -> DeviceRun:
        """The run with everything in the order of the clips."""
        run = self.run
        order = sorted(range(len(run.answered)), key=run.answered.__getitem__)
        run.results = [run.results[k] for k in order]
        run.devices = [run.devices[k] for k in order]
        run.answered = [run.answered[k] for k in order]
        run.timed = [not self._ahead or i < TIMED_CLIPS for i in run.answered]
        run.lost = [self._clips.names[i] for i in self.queue.faulty]
        run.differences = [self._found[i] for i in sorted(self._found)]
        present = [run.shares[device.name] for device in self._devices]
        if len(present) == 1:
            run.failure = present[0].failure
        elif all(share.failure for share in present):
            run.failure = "\n".join(f"{share.name}: {share.failure}" for share in present)
        return run


def _stats(device: NamedDevice) -> DeviceStats | None:
    try:
        return device.session.stats()
    except KwsError as error:
        warn(f"no figures of memory and errors of {device.name}: {error.message}")
        return None


def _classify(session: Session, clips: Clips, kind: ClipKind, i: int) -> ClipResult:
    return session.classify(kind, payload(clips, kind, i))


def payload(clips: Clips, kind: ClipKind, i: int) -> bytes:
    """What is sent of clip i: its samples, int16 little-endian, or its int8 features."""
    audio = kind == ClipKind.AUDIO
    sent: bytes = (clips.audio[i].astype("<i2") if audio else clips.features[i]).tobytes()
    return sent
