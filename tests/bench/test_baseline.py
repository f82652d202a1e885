# SPDX-License-Identifier: Apache-2.0
"""No preset needs more than 3 % more instructions than bench/baseline.json says."""

import json
from pathlib import Path

import pytest
from bench.baseline import COUNTED, Growth, complaint, count_presets, growths

from bench import baseline
from kws.architectures.ds_cnn import DsCnn
from kws.firmware.boards import find_board
from tests.support.board_tools import require_tools


@pytest.mark.parametrize("core", COUNTED)
def test_no_preset_grew(core: str) -> None:
    require_tools(find_board("rv32" if core == "rv32" else "mps2_an386"))
    found = growths(count_presets((core,)))
    listening = {name for name in DsCnn.presets() if name.startswith("listen_")}  # bench.streaming
    assert {growth.preset for growth in found} == set(DsCnn.presets()) - listening
    assert not (message := complaint(found)), message


@pytest.fixture
def committed() -> baseline.Counts:
    counts: baseline.Counts = json.loads(baseline.FILE.read_text(encoding="utf-8"))["instructions"]
    return counts


def test_growth_is_noticed_and_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, committed: baseline.Counts
) -> None:
    """Today's figures against a baseline that is 4 % lower on one core and 2 % on another."""
    require_tools(find_board("rv32"))
    require_tools(find_board("mps2_an386"))
    lower = json.loads(baseline.FILE.read_text(encoding="utf-8"))
    lower["instructions"]["small"]["m4"] = int(committed["small"]["m4"] / 1.04)
    lower["instructions"]["small"]["m3"] = int(committed["small"]["m3"] / 1.02)
    monkeypatch.setattr(baseline, "FILE", tmp_path / "baseline.json")
    baseline.FILE.write_text(json.dumps(lower), encoding="utf-8")
    lines = complaint(growths(committed)).splitlines()
    assert lines[0] == "instructions per inference grew by more than 3 %:"
    assert lines[1].startswith(f"  small on m4: {committed['small']['m4']:,} instructions")
    assert lines[1].endswith("(+4.0%)")
    assert lines[-1].endswith("-m bench.baseline --write")

    lower["compilers"]["arm-none-eabi-gcc"] = "9.9.9"
    baseline.FILE.write_text(json.dumps(lower), encoding="utf-8")
    assert "was made with arm-none-eabi-gcc 9.9.9, here is" in complaint(growths(committed))


def test_limit_is_three_per_cent() -> None:
    assert not Growth("small", "m4", 1000, 1030).too_much
    assert Growth("small", "m4", 1000, 1031).too_much
    assert not Growth("small", "m4", 1000, 10).too_much


def test_figure_without_a_baseline_is_an_error() -> None:
    with pytest.raises(SystemExit, match="renew it"):
        growths({"huge": {"m4": 1}})
    with pytest.raises(SystemExit, match="renew it"):
        growths({"small": {"m99": 1}})
