# SPDX-License-Identifier: Apache-2.0
"""The trace of a session: one line a packet, for `kws evaluate --trace FILE`."""

import time
from pathlib import Path
from typing import TextIO

from kws.console import warn
from kws.link.framing import Frame
from kws_codegen.base.errors import KwsError
from kws_codegen.protocol.messages import ANSWER_BIT, ANSWER_NAK, Command


def open_trace(path: Path) -> TextIO:
    """A file for a trace, written line by line: the last packets are there after a crash.

    KwsError when it cannot be written.
    """
    try:
        return path.open("w", buffering=1, encoding="utf-8")
    except OSError as error:
        raise KwsError(
            f"cannot write the trace {path}: {error.strerror}",
            "Name a file in a folder that is there.",
        ) from None


class Trace:
    """Writes lines `seconds direction name #sequence hex`; does nothing without a stream."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._start_s = time.monotonic()

    def sent(self, packet: bytes, attempt: int) -> None:
        """A request leaves the host; attempt 0 is the first."""
        self._line(">", packet, f" (resend {attempt})" if attempt else "")

    def received(self, frame: Frame) -> None:
        """A frame arrived, whole or damaged."""
        if frame.packet is None:
            self._write(f"< damaged {frame.wire.hex(' ')}")
        else:
            self._line("<", frame.packet, "")

    def note(self, text: str) -> None:
        """Something that is not a packet: a timeout, an answer that came too late."""
        self._write(f"- {text}")

    def _line(self, direction: str, packet: bytes, suffix: str) -> None:
        sequence = packet[1] if len(packet) > 1 else 0
        self._write(f"{direction} {_name(packet)} #{sequence} {packet.hex(' ')}{suffix}")

    def _write(self, text: str) -> None:
        if self._stream is None:
            return
        try:
            self._stream.write(f"{time.monotonic() - self._start_s:.6f} {text}\n")
        except OSError as error:  # a full disk: the answers count more
            warn(f"the trace ends here: {error}")
            self._stream = None


def _name(packet: bytes) -> str:
    if not packet:
        return "EMPTY"
    if packet[0] == ANSWER_NAK:
        return "NAK"
    try:
        return Command(packet[0] & ~ANSWER_BIT).name
    except ValueError:
        return f"0x{packet[0]:02x}"
