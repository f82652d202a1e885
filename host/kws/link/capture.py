# SPDX-License-Identifier: Apache-2.0
"""A trace as a pcap file, which Wireshark opens too.

The classic format (microseconds, little-endian) with LINKTYPE_USER0: each record is one byte what
it is, one byte how often the packet had gone out before, then the packet without its CRC, the bytes
of a damaged frame, or the text of a note.
"""

import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import BinaryIO

from kws_codegen.base.errors import KwsError

SUFFIX = ".pcap"
_MAGIC = 0xA1B2C3D4
_LINKTYPE_USER0 = 147
_FILE = struct.Struct("<IHHiIII")  # magic, version, time zone, accuracy, snap length, link type
_RECORD = struct.Struct("<IIII")  # seconds, microseconds, bytes kept, bytes there were
_MOST_BYTES = 1 << 18
_MOST_REPEATS = 255  # that a byte holds


class Kind(IntEnum):
    """What a record is."""

    SENT = 0
    RECEIVED = 1
    DAMAGED = 2  # received
    NOTE = 3


@dataclass(frozen=True)
class Record:
    """One line of a trace: when (seconds since 1970), what, and its bytes."""

    time_s: float
    kind: Kind
    content: bytes
    repeat: int = 0  # how often the packet had gone out before


def write_header(file: BinaryIO) -> None:
    """The beginning of the file."""
    file.write(_FILE.pack(_MAGIC, 2, 4, 0, 0, _MOST_BYTES, _LINKTYPE_USER0))


def write_record(file: BinaryIO, kind: Kind, content: bytes, repeat: int = 0) -> None:
    """A record of now, in one write."""
    now_us = time.time_ns() // 1000
    data = bytes([kind, min(repeat, _MOST_REPEATS)]) + content[: _MOST_BYTES - 2]
    file.write(_RECORD.pack(*divmod(now_us, 1_000_000), len(data), len(data)) + data)


def read_capture(path: Path) -> Iterator[Record]:
    """The records of a file; one that was cut at its end is left out.

    KwsError when it cannot be read or is no such file.
    """
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for
            raise OSError(0, "not a file")
        data = path.read_bytes()
    except OSError as error:
        raise KwsError(
            f"cannot read {path}: {error.strerror}", f"Name a file that --trace FILE{SUFFIX} wrote."
        ) from None
    header = _FILE.unpack(data[: _FILE.size]) if len(data) >= _FILE.size else (0,) * 7
    if (header[0], header[-1]) != (_MAGIC, _LINKTYPE_USER0):
        raise KwsError(
            f"{path} is no trace in pcap format",
            f"Name a file that --trace FILE{SUFFIX} wrote; other names give text to read as it is.",
        )
    place = _FILE.size
    while place + _RECORD.size <= len(data):
        seconds, microseconds, count, _ = _RECORD.unpack_from(data, place)
        place += _RECORD.size
        content = data[place : place + count]
        place += count
        if len(content) < max(count, 2) or content[0] not in set(Kind):
            return
        yield Record(seconds + microseconds / 1e6, Kind(content[0]), content[2:], content[1])
