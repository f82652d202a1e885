# SPDX-License-Identifier: Apache-2.0
"""pytest-kws: a team's tests on a device, as the documentation shows them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from kws.firmware.boards import find_board
from kws.firmware.launch import host_firmware
from kws.run.paths import RunPaths
from kws.run.pipeline import Pipeline
from kws.source import source_root
from kws.testing.device import device_under_test
from kws_codegen.base.errors import KwsError
from tests.support.board_tools import require_tools

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PLUGIN = "kws.testing.plugin"
ENTRY_POINTS = tomllib.loads((source_root() / "pyproject.toml").read_text())["project"][
    "entry-points"
]["pytest11"]
TESTS = """
    import numpy as np
    import pytest
    from kws_codegen.base.errors import KwsError

    def test_exact(kws_device):
        report = kws_device.evaluate(split="all", limit=4, input={input!r})
        assert report.passed and report.clips == 4
        assert report.timing.inference.max > 0
        again = kws_device.evaluate(split="all", limit=4, input={input!r})
        assert again.link.requests == report.link.requests  # each counts for itself

    def test_says_what_it_is(kws_device):
        assert kws_device.info.board == {board!r}
        assert kws_device.labels == ("_silence_", "_unknown_", "yes", "no")

    def test_one_clip(kws_device):
        clip, *_ = kws_device.clips(limit=2)
        answer = kws_device.classify(clip.audio)
        assert answer.label == max(answer.scores, key=answer.scores.get)
        assert clip.label in kws_device.labels
        with pytest.raises(KwsError, match="int16 .8000"):
            kws_device.classify(np.zeros(7, np.int16))
"""


@pytest.fixture
def team(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A team's checkout; kws is installed as pyproject.toml says."""
    site = pytester.mkdir("site")
    info = site / "pytest_kws_of_this_checkout-1.dist-info"
    info.mkdir()
    lines = "".join(f"{name} = {module}\n" for name, module in ENTRY_POINTS.items())
    (info / "METADATA").write_text("Name: pytest-kws-of-this-checkout\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[pytest11]\n{lines}")
    path = [str(site), *(entry for entry in sys.path if entry)]
    monkeypatch.setenv("PYTHONPATH", ":".join(path))
    return pytester


def run_tests(team: pytest.Pytester, *options: object) -> pytest.RunResult:
    return team.runpytest_subprocess("-p", "no:cacheprovider", *map(str, options), timeout=3600)


def test_on_this_computer_by_option(team: pytest.Pytester, run: RunPaths) -> None:
    team.makepyfile(TESTS.format(board="host", input="audio"))
    run_tests(team, "--kws-run", run.root).assert_outcomes(passed=3)


def test_on_an_emulated_board_by_ini_file(team: pytest.Pytester, run: RunPaths) -> None:
    require_tools(find_board("mps2_an386"))
    team.makepyfile(TESTS.format(board="mps2_an386", input="features"))
    (team.path / "run").symlink_to(run.root)
    team.makeini("[pytest]\nkws_run = run\nkws_board = mps2_an386\n")
    run_tests(team).assert_outcomes(passed=3)


def test_at_a_port_and_firmware_of_another_model(team: pytest.Pytester, run: RunPaths) -> None:
    team.makepyfile(TESTS.format(board="host", input="audio"))
    with host_firmware(Pipeline.open(run.root).firmware()) as url:
        result = run_tests(team, "--kws-run", run.root, "--kws-port", url, "--kws-baud", 921600)
        result.assert_outcomes(passed=3)
        changed = run.tflite_model.read_bytes()
        run.tflite_model.write_bytes(changed[:-1] + b"\x00")
        try:
            result = run_tests(team, "--kws-run", run.root, "--kws-port", url)
        finally:
            run.tflite_model.write_bytes(changed)
    result.assert_outcomes(errors=3)


def test_what_is_missing_is_said_without_a_traceback(team: pytest.Pytester) -> None:
    team.makepyfile("def test(kws_device): ...")
    result = run_tests(team)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*kws_device: no run folder is named*", "*Use --kws-run FOLDER, or kws_run = FOLDER*"]
    )
    assert "Traceback" not in result.stdout.str() and "device.py" not in result.stdout.str()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"run": "none"}, "none is not a run folder: it has no config.toml"),
        ({"run": "x", "board": "abacus"}, "no board is called 'abacus'"),
        ({"run": "x", "baud": "fast"}, "fast is no baud rate"),
    ],
)
def test_settings_that_make_no_sense(options: dict[str, str], words: str) -> None:
    with pytest.raises(KwsError, match=words), device_under_test(**options):
        pass


def test_costs_nothing_when_unused(team: pytest.Pytester) -> None:
    team.makepyfile(
        """
        import sys

        def test_modules():
            heavy = {"tensorflow", "keras", "tflite_micro", "numpy", "pydantic", "serial", "rich"}
            assert not heavy & set(sys.modules)
            mine = sorted(name for name in sys.modules if name.split(".")[0].startswith("kws"))
            assert mine == ["kws", "kws.testing", "kws.testing.plugin", "kws_codegen",
                            "kws_codegen.base", "kws_codegen.base.version"]
        """
    )
    run_tests(team).assert_outcomes(passed=1)


def test_the_documentation_shows_it(team: pytest.Pytester, run: RunPaths) -> None:
    """The example as it stands, but for the board on the desk."""
    page = source_root() / "docs/how-to/hardware-in-the-loop.md"
    text = page.read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?kws_device.*?)```", text, re.DOTALL)
    assert len(example.splitlines()) <= 10
    Path(team.path / "test_keyword.py").write_text(example, encoding="utf-8")
    result = run_tests(team, "--kws-run", run.root)
    assert not re.search(r"(Attribute|Name|Type|Kws)Error", result.stdout.str())
    outcomes = result.parseoutcomes()
    assert outcomes.get("errors", 0) == 0 and sum(outcomes.values()) == example.count("def test_")


def test_module_is_what_the_entry_point_names() -> None:
    assert ENTRY_POINTS == {PLUGIN: PLUGIN}
    command = [sys.executable, "-c", f"import {PLUGIN}, sys; print('numpy' in sys.modules)"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
