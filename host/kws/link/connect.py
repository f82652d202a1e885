# SPDX-License-Identifier: Apache-2.0
"""Serial ports: /dev/tty..., a pseudo-terminal, or socket://HOST:PORT, through pyserial."""

import math
import select
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

import serial
from serial.tools import list_ports

from kws.link.client import Device
from kws.link.trace import Trace
from kws_codegen.base.errors import KwsError

WRITE_TIMEOUT_S = 10.0
_READ_BYTES = 4096
_NO_BAUD = 9600  # pyserial sets one where it means nothing, too
_BITS_PER_BYTE = 10  # start bit, eight data bits, stop bit
# TCP loses nothing, and behind it may be an emulated UART: 5 to 30 kB/s on an idle machine. A
# request sent again too early would interrupt the computation that the device counts.
_SLOWEST_SOCKET_BYTES_PER_S = 200


class SerialTransport:
    """A Transport over a pyserial port."""

    def __init__(self, url: str, baud: int | None = None) -> None:
        """Open a port; one that has a speed needs `baud`, a socket or a pseudo-terminal does not.

        KwsError when the port does not exist, is not allowed, or is in use.
        """
        self.name = url
        _check_socket(url)
        is_terminal = "://" not in url
        if is_terminal:
            self._bytes_per_s = baud / _BITS_PER_BYTE if baud else math.inf
        else:
            self._bytes_per_s = _SLOWEST_SOCKET_BYTES_PER_S
        try:
            self._port = serial.serial_for_url(
                url, baudrate=baud or _NO_BAUD, timeout=0, write_timeout=WRITE_TIMEOUT_S
            )
            if is_terminal:
                self._port.reset_input_buffer()
        except (serial.SerialException, OSError, ValueError) as error:
            raise _cannot_open(url, error) from None

    def write(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except (serial.SerialException, OSError) as error:
            raise self._broken(error) from None

    def read(self, timeout_s: float) -> bytes:
        try:
            select.select([self._port.fileno()], [], [], timeout_s)
            return bytes(self._port.read(_READ_BYTES))
        except (serial.SerialException, OSError) as error:
            raise self._broken(error) from None

    def transfer_s(self, byte_count: int) -> float:
        return byte_count / self._bytes_per_s

    def close(self) -> None:
        self._port.close()

    def _broken(self, error: Exception) -> KwsError:
        return KwsError(
            f"lost the connection to {self.name}: {error}",
            "Has the device been unplugged, or has its program ended?",
        )


@contextmanager
def connect(url: str, baud: int | None = None, trace: TextIO | None = None) -> Iterator[Device]:
    """A Device at a serial port; the port is closed at the end."""
    transport = SerialTransport(url, baud)
    try:
        yield Device(transport, Trace(trace))
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


def _cannot_open(url: str, error: Exception) -> KwsError:
    if "://" in url:
        hint = "Is the program that listens there running? The form is socket://HOST:PORT."
    elif isinstance(error, PermissionError) or "Permission" in str(error):
        hint = "Add yourself to the port's group (often: sudo usermod -aG dialout $USER), log in."
    elif not Path(url).exists():
        ports = ", ".join(port.device for port in list_ports.comports()) or "none"
        hint = f"Serial ports of this machine: {ports}."
    else:
        hint = "Is another program using it? Is it a serial port?"
    return KwsError(f"cannot open {url}: {error}", hint)
