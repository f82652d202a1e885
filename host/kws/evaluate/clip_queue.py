# SPDX-License-Identifier: Apache-2.0
"""The clips of an evaluation, shared by its devices: whoever is ready takes the next one."""

import threading
from collections import deque

MOST_DEVICES = 2  # on which a clip may fault every time before it is given up


class ClipQueue:
    """Numbers of clips for devices that are numbered too; each device has a thread of its own.

    No clip is lost with a device: what it leaves unfinished goes to the end of the queue, so a
    clip that is itself the cause does harm last.
    """

    def __init__(self, clips: int, devices: int) -> None:
        self._waiting = deque(range(clips))
        self._taken: dict[int, deque[int]] = {}  # by device, oldest first; none is empty
        self._faulted: dict[int, set[int]] = {}  # by clip, the devices on which it faults
        self._present = set(range(devices))
        self._closed = False
        self._changed = threading.Condition()

    def take(self, device: int, wait: bool = True) -> int | None:
        """The next clip for a device, None when there will be none; it may take several.

        Waits while there is only what others are at work on: it may come back. Without `wait`:
        None when there is none now.
        """
        with self._changed:
            while not self._closed:
                for clip in self._waiting:
                    if device not in self._faulted.get(clip, ()):
                        self._waiting.remove(clip)
                        self._taken.setdefault(device, deque()).append(clip)
                        return clip
                if not self._taken or not wait:
                    break
                self._changed.wait()
            return None

    def answered(self, device: int) -> None:
        """The oldest clip that the device has taken is done."""
        with self._changed:
            self._faulted.pop(self._oldest(device), None)
            self._changed.notify_all()

    def faulted(self, device: int) -> None:
        """The device faults on its oldest clip every time: another one may try it."""
        with self._changed:
            clip = self._oldest(device)
            self._put_back(device)
            devices = self._faulted.setdefault(clip, set())
            devices.add(device)
            if len(devices) < MOST_DEVICES and self._present - devices:
                self._waiting.append(clip)
            self._changed.notify_all()

    def put_back(self, device: int) -> None:
        """The device has not begun with the newest clip that it took."""
        with self._changed:
            clips = self._taken[device]
            self._waiting.appendleft(clips.pop())
            if not clips:
                del self._taken[device]
            self._changed.notify_all()

    def leave(self, device: int) -> None:
        """The device takes no more; its clips, if it has any, go to the others."""
        with self._changed:
            self._present.discard(device)
            if device in self._taken:  # the oldest may be the cause
                self._waiting.append(self._oldest(device))
            self._put_back(device)
            self._changed.notify_all()

    def _oldest(self, device: int) -> int:
        clips = self._taken[device]
        clip = clips.popleft()
        if not clips:
            del self._taken[device]
        return clip

    def _put_back(self, device: int) -> None:
        self._waiting.extendleft(reversed(self._taken.pop(device, ())))

    def close(self) -> None:
        """Nobody gets another clip."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def faulty(self) -> list[int]:
        """Clips that no device has answered and on which at least one faults every time."""
        return sorted(self._faulted)
