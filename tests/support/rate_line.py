# SPDX-License-Identifier: Apache-2.0
"""A line whose rate matters: what is sent at one rate is noise to a UART that listens at another.

    with host_firmware(firmware) as device, rate_line(device, 115_200) as port:

A pseudo-terminal in front of a device's own port. It carries bytes as long as the host's settings
(termios) have the device's rate; else each side hears what a UART samples of the other's bits.
"""

import math
import os
import select
import termios
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.bad_line import open_device, read_some

_TICK_S = 0.02
_FRAME_BITS = 10  # start bit, eight data bits, stop bit
_RATES = {
    getattr(termios, name): int(name[1:])
    for name in dir(termios)
    if name.startswith("B") and name[1:].isdigit()
}


def heard_at(data: bytes, sent_baud: int, heard_baud: int) -> bytes:
    """What a UART at heard_baud makes of bytes that are sent, without a pause, at sent_baud."""
    if sent_baud == heard_baud:
        return data
    levels = [bit for byte in data for bit in (0, *((byte >> i) & 1 for i in range(8)), 1)]
    heard = bytearray()
    step = sent_baud / heard_baud  # bits of the sender in one of the receiver
    place = 0.0
    while (start := _next_edge(levels, place)) is not None:
        bits = [_level(levels, start + (i + 0.5) * step) for i in range(1, _FRAME_BITS)]
        heard.append(sum(bit << i for i, bit in enumerate(bits[:8])))
        place = start + (_FRAME_BITS - 0.5) * step
    return bytes(heard)


def _next_edge(levels: list[int], place: float) -> int | None:
    """The next bit that is low after a high one, not before `place`."""
    bits = range(math.ceil(place), len(levels))
    return next((i for i in bits if not levels[i] and _level(levels, i - 1)), None)


def _level(levels: list[int], place: float) -> int:
    """Of the line; it is high before and after."""
    return levels[int(place)] if 0 <= place < len(levels) else 1


@contextmanager
def rate_line(device_url: str, baud: int) -> Iterator[str]:
    """The path of the pseudo-terminal in front of a device whose UART has this rate."""
    device = open_device(device_url)
    host, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(host, False)
    stop = threading.Event()

    def carry() -> None:
        while not stop.is_set():
            for file in select.select([host, device], [], [], _TICK_S)[0]:
                data = read_some(file)
                rate = _RATES[termios.tcgetattr(slave)[5]]
                if file == host:
                    os.write(device, heard_at(data, rate, baud))
                else:
                    os.write(host, heard_at(data, baud, rate))

    thread = threading.Thread(target=carry, daemon=True)
    thread.start()
    try:
        yield os.ttyname(slave)
    finally:
        stop.set()
        thread.join()
        for file in (host, slave, device):
            os.close(file)
