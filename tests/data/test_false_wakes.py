# SPDX-License-Identifier: Apache-2.0
"""kws data add-negatives: which files are copied, each sound once, and what is refused."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from kws.cli.main import app
from kws.data.false_wakes import Added, add_negatives
from kws_codegen.base.errors import KwsError
from tests.support.recordings import tone, write


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    folder = tmp_path / "saved"
    for number in range(4):
        write(folder / f"{number}.wav", tone(hz=300 + 100 * number))
    lines = ["file,word,score,seconds", "0.wav,yes,0.9,1.5", "1.wav,no,0.8,7", "9.wav,no,0.8,9"]
    (folder / "detections.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_what_is_listed_is_copied_once(saved: Path, tmp_path: Path) -> None:
    to = tmp_path / "negatives"
    assert add_negatives(saved, to) == Added(added=2, known=0, not_listed=2, missing=1)
    assert add_negatives(saved, to) == Added(added=0, known=2, not_listed=2, missing=1)
    (saved / "detections.csv").unlink()
    shutil.copyfile(saved / "0.wav", saved / "again.wav")
    assert add_negatives(saved, to) == Added(added=2, known=3, not_listed=0, missing=0)
    assert len(list(to.iterdir())) == 4
    assert np.array_equal([len(p.stem) for p in to.iterdir()], [16] * 4)


def test_what_cannot_be_is_refused(saved: Path, tmp_path: Path) -> None:
    to = tmp_path / "negatives"
    with pytest.raises(KwsError, match="no folder"):
        add_negatives(tmp_path / "nothing", to)
    with pytest.raises(KwsError, match="is that folder itself"):
        add_negatives(saved, saved)
    (saved / "detections.csv").write_text("name,word\n0.wav,yes\n")
    with pytest.raises(KwsError, match='no column "file"'):
        add_negatives(saved, to)
    (saved / "detections.csv").write_text("file,word\n")
    with pytest.raises(KwsError, match=r"that detections\.csv names"):
        add_negatives(saved, to)
    (saved / "detections.csv").unlink()
    (saved / "0.wav").write_bytes(b"no sound")
    with pytest.raises(KwsError, match="not readable"):
        add_negatives(saved, to)
    shutil.rmtree(saved)
    saved.mkdir()
    with pytest.raises(KwsError, match="no sound file in"):
        add_negatives(saved, to)
    assert not to.exists()


def test_command_says_what_it_did(saved: Path, tmp_path: Path) -> None:
    to = tmp_path / "negatives"
    done = CliRunner().invoke(app, ["data", "add-negatives", str(saved), "--to", str(to)])
    assert done.exit_code == 0, done.output
    assert "2 added, 2 not in detections.csv, 1 of its lines without a file" in done.output
    assert f'data.negatives=["{to}"]' in done.output
