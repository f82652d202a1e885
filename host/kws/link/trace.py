# SPDX-License-Identifier: Apache-2.0
"""The trace of a session for `kws evaluate --trace FILE`: lines of text, or a pcap file."""

import io
import time
from pathlib import Path
from typing import BinaryIO, TextIO

from kws.console import warn
from kws.link import capture
from kws.link.capture import Kind
from kws.link.framing import Frame
from kws_codegen.base.errors import KwsError
from kws_codegen.protocol.messages import ANSWER_BIT, ANSWER_NAK, Command


def open_trace(path: Path) -> TextIO | BinaryIO:
    """A file for a trace, written packet by packet: the last ones are there after a crash.

    Binary, for a pcap file, when its name ends in .pcap. KwsError when it cannot be written.
    """
    try:
        if path.suffix == capture.SUFFIX:
            file: BinaryIO = path.open("wb", buffering=0)
            capture.write_header(file)
            return file
        return path.open("w", buffering=1, encoding="utf-8")
    except OSError as error:
        raise KwsError(
            f"cannot write the trace {path}: {error.strerror}",
            "Name a file in a folder that is there.",
        ) from None


class Trace:
    """Writes what goes over the line; does nothing without a stream.

    Text is lines `seconds direction name #sequence hex`; a binary stream gets pcap records.
    """

    def __init__(self, stream: TextIO | BinaryIO | None = None) -> None:
        self._stream = stream
        self._start_s = time.monotonic()

    def sent(self, packet: bytes, attempt: int) -> None:
        """A request leaves the host; attempt 0 is the first."""
        self._write(Kind.SENT, packet, attempt)

    def received(self, frame: Frame) -> None:
        """A frame arrived, whole or damaged."""
        if frame.packet is None:
            self._write(Kind.DAMAGED, frame.wire)
        else:
            self._write(Kind.RECEIVED, frame.packet)

    def note(self, text: str) -> None:
        """Something that is not a packet: a timeout, an answer that came too late."""
        self._write(Kind.NOTE, text.encode())

    def _write(self, kind: Kind, content: bytes, repeat: int = 0) -> None:
        if self._stream is None:
            return
        try:
            if isinstance(self._stream, io.TextIOBase):
                seconds = time.monotonic() - self._start_s
                self._stream.write(f"{seconds:.6f} {_text(kind, content, repeat)}\n")
            else:
                capture.write_record(self._stream, kind, content, repeat)  # type: ignore[arg-type]
        except OSError as error:  # a full disk: the answers count more
            warn(f"the trace ends here: {error}")
            self._stream = None


def _text(kind: Kind, content: bytes, repeat: int) -> str:
    if kind == Kind.NOTE:
        return f"- {content.decode()}"
    if kind == Kind.DAMAGED:
        return f"< damaged {content.hex(' ')}"
    sequence = content[1] if len(content) > 1 else 0
    arrow = ">" if kind == Kind.SENT else "<"
    line = f"{arrow} {packet_name(content)} #{sequence} {content.hex(' ')}"
    return line + (f" (resend {repeat})" if repeat else "")


def packet_name(packet: bytes) -> str:
    """The command of a packet, as the table of the protocol names it."""
    if not packet:
        return "EMPTY"
    if packet[0] == ANSWER_NAK:
        return "NAK"
    try:
        return Command(packet[0] & ~ANSWER_BIT).name
    except ValueError:
        return f"0x{packet[0]:02x}"
