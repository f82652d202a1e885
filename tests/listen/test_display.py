# SPDX-License-Identifier: Apache-2.0
"""The moving line and the words on cost."""

import numpy as np
import pytest

from kws.link.listening import StreamDecision
from kws.link.listening_cost import listening_cost
from kws.listen import Heard
from kws.listen.display import meter, status_line
from kws.listen.session import level_dbfs
from kws_codegen.protocol.messages import StreamStats

LABELS = ("_silence_", "_unknown_", "yes", "a very long word", "[red]no[/red]\n")


def heard(*scores: int) -> Heard:
    decision = StreamDecision(16_000, np.array(scores, np.int8), None)
    return Heard(np.zeros(1280, np.int16), 16_000 * 86_400, -23.4, (decision,) if scores else ())


def test_status_line() -> None:
    line = status_line(heard(-128, -100, 127, 0, 64), LABELS, 16_000)
    assert line.startswith(" 86400.0 s  #")
    assert " -23 dB" in line and "yes 1.00" in line and "[red]no[ 0.75" in line
    assert "a very l 0.50" in line and "_silence_" not in line
    assert len(line) < 80 and "\n" not in line
    assert len(status_line(heard(), LABELS, 16_000)) < 50


@pytest.mark.parametrize(
    ("dbfs", "full"), [(-100, 0), (-80, 0), (-40, 6), (-4, 11), (0, 12), (3, 12)]
)
def test_meter(dbfs: float, full: int) -> None:
    assert meter(dbfs) == "#" * full + "." * (12 - full)


@pytest.mark.parametrize(("sample", "dbfs"), [(0, -100), (32767, 0), (3277, -20), (-1, -90.3)])
def test_level(sample: int, dbfs: float) -> None:
    assert level_dbfs(np.full(800, sample, np.int16)) == pytest.approx(dbfs, abs=0.01)
    assert level_dbfs(np.empty(0, np.int16)) == -100


def test_cost() -> None:
    stats = StreamStats(frames=400, time=39_000_000, longest=400_000)
    others = [StreamStats(0, 0, 0), StreamStats(frames=100, time=11_000_000, longest=300_000)]
    cost = listening_cost([stats, *others], "instructions", 50)
    assert cost is not None
    assert (cost.per_second, cost.most_per_hop, cost.least_clock_hz) == (
        5_000_000,
        400_000,
        20_000_000,
    )
    assert cost.line == (
        "listening: 5,000,000 instructions a second of sound, 400,000 at most in a hop of 20 ms; "
        "at one a cycle: least clock 20.0 MHz, 5.0 MHz with a buffer"
    )
    on_pc = listening_cost([stats, *others], "ns", 50)
    assert on_pc is not None
    assert on_pc.line == (
        "listening takes 0.50% of this computer's time, 0.40 ms at most in a hop of 20 ms"
    )
    in_cycles = listening_cost([stats], "cycles", 50)
    assert in_cycles is not None and "one a cycle" not in in_cycles.line
    assert listening_cost([StreamStats(0, 0, 0)], "ns", 50) is None
