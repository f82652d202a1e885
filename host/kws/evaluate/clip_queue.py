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
        self._taken: dict[int, int] = {}  # by device
        self._faulted: dict[int, set[int]] = {}  # by clip, the devices on which it faults
        self._present = set(range(devices))
        self._closed = False
        self._changed = threading.Condition()

    def take(self, device: int) -> int | None:
        """The next clip for a device, None when there will be none.

        Waits while there is only what others are at work on: it may come back.
        """
        with self._changed:
            while not self._closed:
                for clip in self._waiting:
                    if device not in self._faulted.get(clip, ()):
                        self._waiting.remove(clip)
                        self._taken[device] = clip
                        return clip
                if not self._taken:
                    break
                self._changed.wait()
            return None

    def answered(self, device: int) -> None:
        """The clip that the device has taken is done."""
        with self._changed:
            self._faulted.pop(self._taken.pop(device), None)
            self._changed.notify_all()

    def faulted(self, device: int) -> None:
        """The device faults on its clip every time: another one may try it."""
        with self._changed:
            clip = self._taken.pop(device)
            devices = self._faulted.setdefault(clip, set())
            devices.add(device)
            if len(devices) < MOST_DEVICES and self._present - devices:
                self._waiting.append(clip)
            self._changed.notify_all()

    def leave(self, device: int) -> None:
        """The device takes no more; its clip, if it has one, goes to the others."""
        with self._changed:
            self._present.discard(device)
            if device in self._taken:
                self._waiting.append(self._taken.pop(device))
            self._changed.notify_all()

    def close(self) -> None:
        """Nobody gets another clip."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def faulty(self) -> list[int]:
        """Clips that no device has answered and on which at least one faults every time."""
        return sorted(self._faulted)
