# SPDX-License-Identifier: Apache-2.0
"""Dataclasses as JSON files: read back equal; a missing or damaged one names its command."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from kws_codegen.base.errors import KwsError
from kws_codegen.base.json_file import read_json, write_json


@dataclass(frozen=True)
class Part:
    name: str
    share: float | None


@dataclass(frozen=True)
class Whole:
    count: int
    parts: tuple[Part, ...]
    by_name: dict[str, Part]


WHOLE = Whole(2, (Part("a", 0.1), Part("b", None)), {"a": Part("a", 1 / 3)})


def test_read_back_equal_and_derived_values_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "whole.json"
    write_json(path, WHOLE, percent=12.5)
    assert json.loads(path.read_text())["percent"] == 12.5
    assert read_json(path, Whole, "kws x") == WHOLE


def test_missing_file_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(KwsError, match=r"no .*whole\.json") as caught:
        read_json(tmp_path / "whole.json", Whole, "kws quantize --run r")
    assert "kws quantize --run r" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "\x00", '{"count": 2}', '{"count": "many", "parts": [], "by_name": {}}'],
)
def test_damaged_file_names_the_command(tmp_path: Path, text: str) -> None:
    path = tmp_path / "whole.json"
    path.write_text(text)
    with pytest.raises(KwsError, match=r"whole\.json is damaged, or of another version") as caught:
        read_json(path, Whole, "kws x")
    assert "Delete it" in caught.value.hint and "kws x" in caught.value.hint


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "whole.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(KwsError, match="is damaged"):
        read_json(path, Whole, "kws x")
