# SPDX-License-Identifier: Apache-2.0
"""Serial ports: /dev/tty..., a pseudo-terminal, or socket://HOST:PORT, through pyserial."""

import math
import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO
from urllib.parse import urlsplit

import serial
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from kws.link.client import Device
from kws.link.errors import ConnectionLostError
from kws.link.port_users import port_users
from kws.link.trace import Trace
from kws_codegen.base.errors import KwsError

try:
    import termios

    TermiosError: type[Exception] = termios.error
except ImportError:  # Windows
    TermiosError = OSError

WRITE_TIMEOUT_S = 2.0
REOPEN_PERIOD_S = 0.25
_READ_BYTES = 4096
_NO_BAUD = 9600  # pyserial sets one where it means nothing, too
BITS_PER_BYTE = 10  # start bit, eight data bits, stop bit
# What kws itself has started behind a socket loses no byte, and its UART is an emulated one: 5 to
# 30 kB/s on an idle machine. A request sent again too early would interrupt the computation that
# the device counts.
_SLOWEST_SOCKET_BYTES_PER_S = 200
_FAILURES = (serial.SerialException, TermiosError, OSError, ValueError)

UsbIdentity = tuple[int | None, int | None, str, str]  # vendor, product, serial number, interface


class SerialTransport:
    """A Transport over a pyserial port."""

    def __init__(self, url: str, baud: int | None = None, returns: bool = False) -> None:
        """Open a port; one that has a speed needs `baud`, a socket or a pseudo-terminal does not.

        returns: the port may go and come back, also under another name when its USB serial number
        is the same. Else what is behind it was started by this program, and its end is final.

        KwsError when the port does not exist, is not allowed, or is in use.
        """
        self.name = url
        _check_socket(url)
        self._baud = baud or _NO_BAUD
        self.returns = returns
        self.at_once = _is_socket(url)
        if not _is_socket(url):
            self._bytes_per_s = baud / BITS_PER_BYTE if baud else math.inf
        else:
            self._bytes_per_s = math.inf if returns else _SLOWEST_SOCKET_BYTES_PER_S
        self._lost = ConnectionLostError(url, "it was never open")
        try:
            self._port = self._open(url)
        except _FAILURES as error:
            raise _cannot_open(url, error) from None
        self._usb = None if _is_socket(url) else _usb_identity_at(url)

    def write(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except serial.SerialTimeoutException:
            pass  # the line does not move: as if it had swallowed the bytes
        except _FAILURES as error:
            raise self._broken(error) from None

    def read(self, timeout_s: float) -> bytes:
        try:
            select.select([self._port.fileno()], [], [], timeout_s)
            return bytes(self._port.read(_READ_BYTES))
        except _FAILURES as error:
            raise self._broken(error) from None

    def transfer_s(self, byte_count: int) -> float:
        return byte_count / self._bytes_per_s

    def reopen(self, patience_s: float) -> None:
        self.close()
        deadline_s = time.monotonic() + patience_s
        while True:
            for name in self._names():
                try:
                    self._port = self._open(name)
                    self.name = name
                    return
                except _FAILURES:
                    continue  # not yet there, or not yet allowed
            if time.monotonic() >= deadline_s:
                raise ConnectionLostError(
                    self.name, f"{self._lost.reason}; it has not come back"
                ) from None
            time.sleep(REOPEN_PERIOD_S)

    def set_baud(self, baud: int) -> None:
        """Another speed, without opening the port again (which restarts some boards)."""
        self._baud = baud
        if has_baud_rate(self.name):
            self._bytes_per_s = baud / BITS_PER_BYTE
            try:
                self._port.baudrate = baud
            except _FAILURES as error:
                raise _cannot_open(self.name, error) from None

    def close(self) -> None:
        self._port.close()

    def _open(self, url: str) -> serial.SerialBase:
        port = serial.serial_for_url(
            url, baudrate=self._baud, timeout=0, write_timeout=WRITE_TIMEOUT_S
        )
        if not _is_socket(url):
            try:
                port.exclusive = True
                port.reset_input_buffer()
            except (serial.SerialException, TermiosError):
                port.close()
                raise
        return port

    def _names(self) -> list[str]:
        """Where the port may be now; another board may have taken its old name."""
        if self._usb is None:
            return [self.name]
        return [p.device for p in list_ports.comports() if _usb_identity(p) == self._usb]

    def _broken(self, error: Exception) -> ConnectionLostError:
        self._lost = ConnectionLostError(self.name, str(error))
        return self._lost


def has_baud_rate(url: str | None) -> bool:
    """Whether a port has a speed: a socket and a pseudo-terminal have none."""
    return url is not None and not _is_socket(url) and not _is_pseudo_terminal(url)


def _is_pseudo_terminal(path: str) -> bool:
    return Path(path).resolve().is_relative_to("/dev/pts")


def _is_socket(url: str) -> bool:
    return "://" in url


def _usb_identity_at(path: str) -> UsbIdentity | None:
    """Of the USB device behind a serial port; None where there is none."""
    real = str(Path(path).resolve())
    found = [_usb_identity(p) for p in list_ports.comports() if p.device in {path, real}]
    return found[0] if found else None


def _usb_identity(port: ListPortInfo) -> UsbIdentity | None:
    """What stays the same when a cable goes out and in; None without a serial number."""
    if port.serial_number is None:
        return None
    interface = (port.location or "").partition(":")[2]  # a board may have several ports
    return port.vid, port.pid, port.serial_number, interface


@contextmanager
def connect(
    url: str,
    baud: int | None = None,
    trace: TextIO | BinaryIO | None = None,
    returns: bool = False,
    patience_s: float | None = None,
) -> Iterator[Device]:
    """A Device at a serial port, closed at the end. Arguments: SerialTransport's and Device's."""
    transport = SerialTransport(url, baud, returns)
    try:
        yield Device(transport, Trace(trace), patience_s)
    finally:
        transport.close()


def _check_socket(url: str) -> None:
    """KwsError unless a socket:// URL has a host and a port."""
    parts = urlsplit(url)
    try:
        if parts.scheme != "socket" or (parts.hostname and parts.port):
            return
    except ValueError:  # a port that is no number, or too large
        pass
    raise KwsError(f"{url} names no host and port", "The form is socket://HOST:PORT.")


def _is_taken(error: Exception) -> bool:
    """Another program holds the port; others may have a file open that is no serial port."""
    return "exclusively lock" in str(error) or "busy" in str(error)


def _cannot_open(url: str, error: Exception) -> KwsError:
    if _is_socket(url):
        hint = "Is the program that listens there running? The form is socket://HOST:PORT."
    elif isinstance(error, PermissionError) or "Permission" in str(error):
        hint = "Add yourself to the port's group (often: sudo usermod -aG dialout $USER), log in."
    elif not Path(url).exists():
        ports = ", ".join(port.device for port in list_ports.comports()) or "none"
        hint = f"Serial ports of this machine: {ports}."
    elif _is_taken(error) and (users := port_users(url)):
        hint = f"It is in use: {', '.join(users)}."
    else:
        hint = "Is another program using it? Is it a serial port?"
    return KwsError(f"cannot open {url}: {error}", hint)
