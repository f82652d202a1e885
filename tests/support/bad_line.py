# SPDX-License-Identifier: Apache-2.0
"""A line that does everything a line can do: it stands between real firmware and the host.

    with host_firmware(firmware) as device, BadLine(device, Faults(flip=1e-3), seed=1) as line:
        with connect(line.url, returns=True) as session:
            ...

Faults come in both directions and are the same for the same seed, as far as the two sides send the
same. What they did is counted in `line.done`.
"""

import contextlib
import errno
import os
import random
import select
import socket
import tempfile
import threading
import time
import tty
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal

from kws.link.framing import decode_frame
from kws_codegen.protocol.messages import ANSWER_BIT, Command, Status

LOG_LINE = b"I (1234) wifi: connected\r\n"
_TICK_S = 0.02
_READ_BYTES = 65536
_UNREAD_S = 60.0  # then nobody reads
_HANDED_OVER_S = 300.0  # for an answer that was delivered, on a busy machine


@dataclass(frozen=True)
class Faults:
    """What goes wrong. Rates are per byte or frame, counts are frames of the device's answers."""

    flip: float = 0.0  # of a bit, per byte
    drop: float = 0.0  # per byte
    double: float = 0.0  # per byte
    insert: float = 0.0  # of a random byte, per byte
    cut: float = 0.0  # per frame: its end is missing
    lose: float = 0.0  # per frame
    log_lines: bool = False  # before each answer
    boot_noise_bytes: int = 0  # before the first answer
    burst_bytes: int = 0  # of noise in both directions, once
    stall_s: float = 0.0  # nothing moves, once; what was sent arrives later
    outage_s: float = 0.0  # the port is gone, once
    outages: int = 1
    dead: bool = False  # for ever, once
    at_frame: int = 40  # when what happens once does; repeats of a frame are not counted
    after_clips: int = 0  # and not before so many results went over, and the host has them


class BadLine:
    """A pseudo-terminal (with a name that stays) or TCP port in front of a device's own port."""

    def __init__(
        self,
        device_url: str,
        faults: Faults,
        seed: int = 0,
        kind: Literal["pty", "tcp"] = "pty",
    ) -> None:
        self.done: Counter[str] = Counter()  # what went wrong how often; "frames" that went over
        self.clips = 0  # whose results the host has: it counts them here
        self._faults = faults
        self._random = random.Random(seed)
        self._kind = kind
        self._device = open_device(device_url)
        self._folder = tempfile.TemporaryDirectory()
        self._host = -1  # file number of the line to the host
        self._listener: socket.socket | None = None
        self._slave = -1
        self._path = Path(self._folder.name) / "port"
        self._next_name = self._path.name
        self._tcp_port = 0
        self._pending = {"host": b"", "device": b""}
        self._host_spoke = False  # since the line was plugged in: it knows of any outage before
        self._answers = 0  # to such a host
        self._last_answer = b""
        self._results = 0
        self._outages_left = faults.outages if faults.outage_s else 0
        self._once_done = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "BadLine":
        self._plug_in()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._unplug()
        os.close(self._device)
        self._folder.cleanup()

    @property
    def url(self) -> str:
        """What to connect to."""
        return str(self._path) if self._kind == "pty" else f"socket://127.0.0.1:{self._tcp_port}"

    def names(self) -> list[str]:
        """The names of the pseudo-terminal now: none while it is gone."""
        return [str(link) for link in Path(self._folder.name).iterdir()]

    def rename_after_outage(self, name: str) -> None:
        """The pseudo-terminal comes back under another name."""
        self._next_name = name

    def _plug_in(self) -> None:
        self._host_spoke = False
        if self._kind == "pty":
            self._host, self._slave = os.openpty()
            tty.setraw(self._slave)
            os.set_blocking(self._host, False)
            self._path.symlink_to(os.ttyname(self._slave))
        else:
            self._listener = socket.create_server(("127.0.0.1", self._tcp_port), backlog=1)
            self._listener.setblocking(False)
            self._tcp_port = self._listener.getsockname()[1]

    def _unplug(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        if self._slave >= 0:
            for link in self._path.parent.iterdir():
                link.unlink()
            os.close(self._slave)
            self._slave = -1
        self._hang_up()

    def _hang_up(self) -> None:
        if self._host >= 0:
            os.close(self._host)
            self._host = -1

    def _run(self) -> None:
        while not self._stop.is_set():
            waiting = [self._device]
            if self._host >= 0:
                waiting.append(self._host)
            elif self._listener is not None:
                waiting.append(self._listener.fileno())
            for ready in select.select(waiting, [], [], _TICK_S)[0]:
                if ready == self._device:
                    self._from_device(read_some(self._device))
                elif ready == self._host:
                    self._from_host()
                elif self._listener is not None:
                    self._accept(self._listener)

    def _accept(self, listener: socket.socket) -> None:
        """Take who connects: nobody, when an outage came since select() saw him."""
        with contextlib.suppress(BlockingIOError):
            connection = listener.accept()[0]
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.setblocking(False)
            self._host = connection.detach()

    def _from_host(self) -> None:
        try:
            data = os.read(self._host, _READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._host_spoke = True
            self._write(self._device, self._spoil("device", data))
        elif self._kind == "tcp":
            self._hang_up()

    def _from_device(self, data: bytes) -> None:
        noise = b""
        if self._faults.boot_noise_bytes and not self._answers:
            noise = self._noise(self._faults.boot_noise_bytes)
        for piece in _pieces(data):  # each frame on its own, however many were read together
            self._write(self._host, noise + self._spoil("host", piece))
            noise = b""
            if self._is_time() and self._once():
                return

    def _is_time(self) -> bool:
        """For what happens once."""
        faults = self._faults
        if self._answers < faults.at_frame or self._results < faults.after_clips:
            return False
        wait_until(lambda: self.clips >= faults.after_clips or self._stop.is_set())
        return True

    def _once(self) -> bool:
        """What happens once in a session: bursts, stalls, outages; whether all on the way is lost.

        After an outage or a death it is.
        """
        faults = self._faults
        if self._outages_left:
            self._outages_left -= 1
            self._answers = 0
            self.done["outages"] += 1
            self._unplug()
            self._pending = {"host": b"", "device": b""}
            self._stop.wait(faults.outage_s)
            self._path = self._path.with_name(self._next_name)
            self._plug_in()
            return True
        if self._once_done:
            return False
        self._once_done = True
        if faults.burst_bytes:
            self.done["bursts"] += 1
            self._write(self._host, self._noise(faults.burst_bytes))
            self._write(self._device, self._noise(faults.burst_bytes))
        if faults.stall_s:
            self.done["stalls"] += 1
            self._stop.wait(faults.stall_s)
        if faults.dead:
            self.done["deaths"] += 1
            self._stop.wait()
        return faults.dead

    def _spoil(self, to: Literal["host", "device"], data: bytes) -> bytes:
        """What arrives of whole frames; the rest waits for its end."""
        *whole, rest = (self._pending[to] + data).split(b"\0")
        self._pending[to] = rest
        return b"".join(
            self._spoil_frame(to, body) if body else self._spoil_bytes(b"\0") for body in whole
        )

    def _spoil_frame(self, to: str, body: bytes) -> bytes:
        faults, chance = self._faults, self._random.random
        self.done["frames"] += 1
        if to == "host" and self._host_spoke and body != self._last_answer:
            self._last_answer = body
            self._answers += 1
            self._results += is_result(body)
        frame = body + b"\0"
        if faults.lose and chance() < faults.lose:
            self.done["lost frames"] += 1
            return b""
        if faults.cut and chance() < faults.cut:
            self.done["cut frames"] += 1
            frame = frame[: self._random.randrange(len(frame))]
        frame = self._spoil_bytes(frame)
        if faults.log_lines and to == "host":
            self.done["log lines"] += 1
            frame = LOG_LINE + b"\0" + frame  # the answer's own first zero went ahead
        return frame

    def _spoil_bytes(self, frame: bytes) -> bytes:
        faults, chance = self._faults, self._random.random
        if not (faults.flip or faults.drop or faults.double or faults.insert):
            return frame
        out = bytearray()
        for byte in frame:
            if faults.flip and chance() < faults.flip:
                self.done["flips"] += 1
                out.append(byte ^ 1 << self._random.randrange(8))
                continue
            if faults.drop and chance() < faults.drop:
                self.done["drops"] += 1
                continue
            out.append(byte)
            if faults.double and chance() < faults.double:
                self.done["doubles"] += 1
                out.append(byte)
            if faults.insert and chance() < faults.insert:
                self.done["inserts"] += 1
                out.append(self._random.randrange(256))
        return bytes(out)

    def _noise(self, count: int) -> bytes:
        self.done["noise bytes"] += count
        return self._random.randbytes(count)

    def _write(self, file: int, data: bytes) -> None:
        """Everything, unless the other side goes away; the device's answers never wait."""
        start_s = time.monotonic()
        while data and file >= 0 and not self._stop.is_set():
            try:
                data = data[os.write(file, data) :]
            except BlockingIOError:
                if file == self._device and select.select([self._device], [], [], 0)[0]:
                    self._from_device(read_some(self._device))  # or both would wait for ever
                elif time.monotonic() - start_s > _UNREAD_S:
                    return
                else:
                    select.select([], [file], [], _TICK_S)
            except OSError as error:
                if error.errno not in {errno.EPIPE, errno.ECONNRESET, errno.EIO, errno.EBADF}:
                    raise
                return


def _pieces(data: bytes) -> list[bytes]:
    """Split behind each zero, the end of a frame."""
    *whole, rest = data.split(b"\0")
    return [body + b"\0" for body in whole] + ([rest] if rest else [])


def is_result(body: bytes) -> bool:
    """Whether a frame, without its zeros, is the answer with the scores of a clip."""
    packet = decode_frame(body) or b""
    return (packet[:1], packet[2:3]) == (bytes([Command.RESULT | ANSWER_BIT]), bytes([Status.OK]))


def wait_until(true: Callable[[], bool]) -> None:
    """Look now and then; gives up after minutes, for the test to say what is missing."""
    end_s = time.monotonic() + _HANDED_OVER_S
    while not true() and time.monotonic() < end_s:
        time.sleep(_TICK_S)


def open_device(url: str) -> int:
    """A file number of the port of a device; never waits."""
    if "://" in url:
        host, port = url.split("://")[1].split(":")
        connection = socket.create_connection((host, int(port)))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setblocking(False)
        return connection.detach()
    file = os.open(url, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    tty.setraw(file)
    return file


def read_some(file: int, most: int = _READ_BYTES) -> bytes:
    """What is there to read of such a file."""
    with contextlib.suppress(BlockingIOError):
        return os.read(file, most)
    return b""
