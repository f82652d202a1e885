# SPDX-License-Identifier: Apache-2.0
"""What is unchanged is neither built nor evaluated again; everything else is."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from kws.cli.main import app
from kws.evaluate import device_run
from kws.evaluate.parity import ClipDifference
from kws.run.paths import RunPaths
from kws_codegen.base.errors import KwsError
from tests.support.tiny_run import tiny_data, tiny_run


def kws(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def own_run(tmp_path: Path) -> RunPaths:
    """A run whose records no other test touches."""
    return tiny_run(tmp_path / "own")


SKIPPED = "evaluate host: unchanged, skipped"


def test_unchanged_evaluation_is_shown_not_run(own_run: RunPaths) -> None:
    arguments = ("evaluate", "--run", own_run.root, "--input", "features")
    first, second = kws(*arguments), kws(*arguments)
    assert first.exit_code == second.exit_code == 0
    assert SKIPPED not in first.stderr and SKIPPED in second.stderr
    assert first.stdout == second.stdout  # measured times included
    assert SKIPPED not in kws(*arguments, "--force").stderr


def test_a_report_stands_for_its_options_and_inputs_only(own_run: RunPaths, tmp_path: Path) -> None:
    arguments = ("evaluate", "--run", own_run.root)
    trace, out = tmp_path / "trace", tmp_path / "out"
    tiny_data(tmp_path / "other", words=("yes", "no"), seed=5)
    changes: list[tuple[object, ...]] = [
        (), ("--limit", 2), (), ("--split", "validation"), ("--input", "features"),
        ("--data", tmp_path / "other"), (), ("--trace", trace),
    ]  # fmt: skip
    for options in changes:
        result = kws(*arguments, *options)
        assert result.exit_code == 0 and SKIPPED not in result.stderr, options
    assert SKIPPED in kws(*arguments).stderr
    assert SKIPPED not in kws(*arguments, "--optimise", "size").stderr
    assert "evaluate host-size: unchanged" in kws(*arguments, "--optimise", "size").stderr
    assert SKIPPED in kws(*arguments).stderr  # the other firmware has files of its own

    for _ in range(2):
        into_out = kws(*arguments, "--limit", 1, "--out", out)
    assert f"evaluate host into {out}: unchanged, skipped" in into_out.stderr
    assert SKIPPED in kws(*arguments).stderr

    (own_run.evaluation / "host" / "clips.csv").unlink()
    assert SKIPPED not in kws(*arguments).stderr
    recording = next((own_run.root.parent / "data" / "no").glob("*.wav"))
    recording.touch()
    changed = kws(*arguments)
    assert isinstance(changed.exception, KwsError)
    assert "changed since they were listed" in changed.exception.message


def test_an_evaluation_that_failed_is_run_again(
    own_run: RunPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(clip: str, *_: object) -> ClipDifference:
        return ClipDifference(clip, "inference", (0,), 1, 2)

    with monkeypatch.context() as patch:
        patch.setattr(device_run, "compare", wrong)
        assert kws("evaluate", "--run", own_run.root, "--limit", 1).exit_code == 1
    again = kws("evaluate", "--run", own_run.root, "--limit", 1)
    assert again.exit_code == 0 and SKIPPED not in again.stderr


def test_build_is_skipped_and_each_choice_has_its_own(own_run: RunPaths) -> None:
    arguments = ("build", "--run", own_run.root)
    assert "build host\n" in kws(*arguments).stderr
    assert "build host: unchanged, skipped" in kws(*arguments).stderr
    sanitized = kws(*arguments, "--sanitize")
    assert "build host-sanitize\n" in sanitized.stderr
    assert "host-sanitize/kws_firmware" in sanitized.stdout.replace("\n", "")
    assert "build host: unchanged, skipped" in kws(*arguments).stderr
    assert "unchanged" not in kws(*arguments, "--force").stderr
    with (own_run.generated / "labels.c").open("a", encoding="utf-8") as stream:
        stream.write("// edited\n")
    assert "build host\n" in kws(*arguments).stderr
