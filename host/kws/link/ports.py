# SPDX-License-Identifier: Apache-2.0
"""The serial ports of this machine: which answer as kws firmware, and at which speed."""

from collections.abc import Sequence
from dataclasses import dataclass

from serial.tools import list_ports

from kws.link.client import Device
from kws.link.connect import SerialTransport, has_baud_rate
from kws.link.errors import NoAnswerError
from kws.link.port_users import port_users
from kws_codegen.base.errors import KwsError
from kws_codegen.protocol.messages import DeviceInfo

USUAL_BAUDS = (921_600, 115_200, 460_800, 230_400, 1_000_000, 57_600, 9_600)
PROBE_S = 0.6  # for an answer at one speed: two tries
PROBE_ROUNDS = 3  # a board that restarts when its port is opened is silent at first


@dataclass(frozen=True)
class Port:
    """A serial port as the operating system lists it."""

    name: str
    usb: str  # vendor:product in hex and serial number; "" when it is not USB
    description: str


@dataclass(frozen=True)
class FoundDevice:
    """kws firmware that answered."""

    info: DeviceInfo
    baud: int | None  # None: the port has no speed


def serial_ports() -> list[Port]:
    """All serial ports of this machine, by name."""
    found = []
    for port in sorted(list_ports.comports(), key=lambda port: port.device):
        usb = "" if port.vid is None else f"{port.vid:04x}:{port.pid:04x}"
        if usb and port.serial_number:
            usb += f" {port.serial_number}"
        text = port.description if port.description not in {None, "n/a"} else ""
        found.append(Port(port.device, usb, text))
    return found


def probe(name: str, bauds: Sequence[int] | None = None, rounds: int = 1) -> FoundDevice | None:
    """The kws firmware at a port; None when nothing answers as such.

    Sends HELLO at each speed (None: the usual ones), `rounds` times. KwsError when the port cannot
    be opened, is in use, or has firmware of another version.
    """
    if has_baud_rate(name) and (users := port_users(name)):
        raise KwsError(f"{name} is in use: {', '.join(users)}", "Stop that program first.")
    bauds = bauds or USUAL_BAUDS
    if not has_baud_rate(name):
        bauds = bauds[:1]
    transport = SerialTransport(name, bauds[0], returns=True)
    try:
        for baud in list(bauds) * rounds:
            transport.set_baud(baud)
            info = _hello(transport)
            if info is not None:
                return FoundDevice(info, baud if has_baud_rate(name) else None)
    finally:
        transport.close()
    return None


def find_baud(name: str) -> int:
    """The speed at which the device at a port answers. KwsError when it does at none."""
    found = probe(name, rounds=PROBE_ROUNDS)
    if found is None:
        tried = ", ".join(f"{baud:,}" for baud in USUAL_BAUDS)
        raise KwsError(
            f"no kws firmware answers at {name} at any of the usual speeds ({tried})",
            "Is it powered, and is kws firmware on it? Another speed: --baud N.",
        )
    return found.baud or USUAL_BAUDS[0]


def _hello(transport: SerialTransport) -> DeviceInfo | None:
    try:
        return Device(transport).handshake(patience_s=PROBE_S)
    except NoAnswerError:
        return None
