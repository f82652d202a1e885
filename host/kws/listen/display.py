# SPDX-License-Identifier: Apache-2.0
"""The line that moves while kws listens: level, scores; 80 columns."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from rich.live import Live
from rich.text import Text

from kws.console import log, printable
from kws.listen.session import Heard

METER_COLUMNS = 12
QUIETEST_DBFS = -80.0
WORDS_SHOWN = 3
WORD_COLUMNS = 8
_SCORE_ONE = 256  # int8 scores are -128 to 127


def meter(dbfs: float) -> str:
    """A bar from QUIETEST_DBFS to full scale."""
    share = (dbfs - QUIETEST_DBFS) / -QUIETEST_DBFS
    full = round(METER_COLUMNS * min(max(share, 0.0), 1.0))
    return "#" * full + "." * (METER_COLUMNS - full)


def status_line(heard: Heard, labels: tuple[str, ...], rate_hz: int) -> str:
    """Time, level and the highest scores of the newest decision."""
    parts = [
        f"{heard.samples / rate_hz:8.1f} s", meter(heard.level_dbfs), f"{heard.level_dbfs:4.0f} dB"
    ]  # fmt: skip
    if heard.decisions:
        scores = (heard.decisions[-1].scores.astype(int) + 128) / _SCORE_ONE
        for index in np.argsort(-scores, kind="stable")[:WORDS_SHOWN]:
            word = printable(labels[index])[:WORD_COLUMNS]
            parts.append(f"{word} {scores[index]:.2f}")
    return "  ".join(parts)


class Display:
    """Shows what is heard on a terminal; keeps the scores until there are newer ones."""

    def __init__(self, live: Live | None, labels: tuple[str, ...], rate_hz: int) -> None:
        self._live = live
        self._labels = labels
        self._rate_hz = rate_hz
        self._last: Heard | None = None

    def show(self, heard: Heard) -> None:
        """The newest block."""
        if self._live is None:
            return
        if not heard.decisions and self._last is not None:
            decisions = self._last.decisions
            heard = Heard(heard.block, heard.samples, heard.level_dbfs, decisions)
        self._last = heard
        self._live.update(Text(status_line(heard, self._labels, self._rate_hz), no_wrap=True))


@contextmanager
def display(labels: tuple[str, ...], rate_hz: int) -> Iterator[Display]:
    """A moving line on standard error, if that is a terminal; gone after the block."""
    if not log.is_terminal:
        yield Display(None, labels, rate_hz)
        return
    both = sys.stdout.isatty()  # else what is printed stays where it goes
    with Live(console=log, transient=True, refresh_per_second=10, redirect_stdout=both) as live:
        yield Display(live, labels, rate_hz)
