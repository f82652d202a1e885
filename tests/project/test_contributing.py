# SPDX-License-Identifier: Apache-2.0
"""Recipes of CONTRIBUTING.md name files that exist, as many as promised; sources name a licence."""

import re
import subprocess

import pytest

from kws.source import source_root

ROOT = source_root()
RECIPES = re.findall(
    r"^### ([^\n]+)\n(.*?)(?=^##|\Z)",
    (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"),
    re.MULTILINE | re.DOTALL,
)
LICENSED = (
    ".c",
    ".cc",
    ".cjs",
    ".cmake",
    ".h",
    ".in",
    ".ld",
    ".py",
    ".sh",
    ".toml",
    ".yaml",
    ".yml",
)


def test_every_part_has_a_recipe() -> None:
    named = " ".join(title for title, _ in RECIPES)
    for part in ("operator", "board", "front-end stage", "message", "architecture", "command"):
        assert part in named


@pytest.mark.parametrize(("title", "text"), RECIPES, ids=[title for title, _ in RECIPES])
def test_recipe(title: str, text: str) -> None:
    steps = re.findall(r"^- `([^`]+)`: ", text, re.MULTILINE)
    promised = re.search(r"\((?:1 to )?(\d) files\)", title)
    assert steps
    assert promised is None or len(steps) == int(promised[1])
    for path in re.findall(r"`([\w./-]+/[\w./-]*)`", text):
        assert (ROOT / path).exists(), path


def test_sources_say_their_licence() -> None:
    """Templates get the line when they are rendered into an export."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    files = [ROOT / name for name in listed if name.endswith(LICENSED)]
    assert len(files) > 400
    for path in filter(lambda path: path.is_file(), files):
        first_lines = path.read_text(encoding="utf-8").splitlines()[:2]
        assert any("SPDX-License-Identifier: Apache-2.0" in line for line in first_lines), path
