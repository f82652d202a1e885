# SPDX-License-Identifier: Apache-2.0
"""The report in a headless Chromium: on a phone and on a desk, by mouse and by keyboard."""

import base64
import io
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Browser, Page
from typer.testing import CliRunner

from kws.cli.main import app
from kws.evaluate.clips import load_clips, load_model
from kws.report import write_report_page
from kws.report.gather import gather
from kws.report.sounds import channel_centres_hz
from kws.report.words import verdict
from kws.run.paths import RunPaths
from kws_codegen.base.errors import KwsError
from kws_codegen.base.feature_config import FeatureConfig
from tests.support.browser import barriers, browser, complaints, new_page
from tests.support.tiny_run import CONFIG, tiny_run

PHONE, DESK = 400, 1400
MOST_BYTES = 5_000_000
SECTIONS = (
    "summary", "confusion", "words", "training", "detection", "profile", "memory", "link", "folds",
    "against", "configuration",
)  # fmt: skip


@pytest.fixture(scope="module")
def report(measured: RunPaths, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("page") / "report.html"
    assert write_report_page(measured.root, [measured.root], out) == []
    return out


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


def opened(chromium: Browser, path: Path, width: int = DESK) -> tuple[Page, list[str]]:
    """The page, and what it complains of; a request of any kind is a complaint."""
    page = new_page(chromium, width)
    found = complaints(page)
    url = path.as_uri()
    page.on("request", lambda r: None if r.url.startswith((url, "data:")) else found.append(r.url))
    page.on("dialog", lambda dialog: found.append(dialog.message))
    page.goto(url)
    return page, found


def payload(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    start = text.index('id="data">') + len('id="data">')
    content: dict[str, Any] = json.loads(text[start : text.index("</script>", start)])
    return content


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_everything_is_there_and_fits(chromium: Browser, report: Path, width: int) -> None:
    page, found = opened(chromium, report, width)
    shown = page.eval_on_selector_all("main > section", "all => all.map(s => s.id)")
    assert tuple(shown) == SECTIONS
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("svg").count() >= 6
    assert page.locator("svg:not([aria-label])").count() == 0
    assert page.locator("th:not([scope])").count() == 0
    assert page.locator("table:not(:has(caption))").count() == 0
    for landmark in ("banner", "navigation", "main", "contentinfo"):
        assert page.get_by_role(landmark).count() == 1, landmark  # type: ignore[arg-type]
    assert page.locator(".missing").all_inner_texts() == [
        "Not done: every recording can be judged by a model that has not heard it: "
        f"kws train --run {page.inner_text('.run')} --folds 5"
    ]
    assert "`" not in page.inner_text("#summary")
    for text in ("made_up", "McNemar", "float network", "Both have the same configuration"):
        assert text in page.inner_text("main"), text
    assert report.stat().st_size < MOST_BYTES
    assert not found


def test_a_cell_opens_its_clips_by_keyboard(chromium: Browser, report: Path) -> None:
    page, found = opened(chromium, report)
    cell = page.locator("button[data-cell]").first
    count = int(cell.inner_text())
    cell.focus()
    page.keyboard.press("Enter")
    assert cell.get_attribute("aria-expanded") == "true"
    clips = page.locator(".clips .clip")
    assert clips.count() == count
    assert page.evaluate("document.activeElement.textContent").endswith(
        f"{count} clip{'s' * (count > 1)}"
    )
    seconds = page.evaluate("""new Promise((resolve, reject) => {
        const sound = new Audio(document.querySelector(".clip audio").src);
        sound.onloadedmetadata = () => resolve(sound.duration);
        sound.onerror = () => reject(sound.error.message);
        sound.load();
    })""")
    assert seconds == pytest.approx(1.0)
    colours = "c => new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size"
    assert page.eval_on_selector(".clip canvas", colours) > 20
    scale = clips.first.locator(".hz span").all_inner_texts()
    centres = channel_centres_hz(CONFIG.features)
    assert scale[0] == f"{centres[0]:.0f} Hz" and scale[-1] == f"{centres[-1] / 1000:.1f} kHz"
    assert clips.first.locator(".ms span").last.inner_text() == "990 ms"
    assert clips.first.locator(".scores .true").count() == 1
    page.keyboard.press("Escape")
    assert clips.count() == 0
    assert page.evaluate("document.activeElement.dataset.cell") == cell.get_attribute("data-cell")
    assert not found


def test_the_slider_moves_marker_and_figures(chromium: Browser, report: Path) -> None:
    page, found = opened(chromium, report)
    points = payload(report)["det"]
    seen = set()
    for index in (0, len(points) - 1):
        page.evaluate(
            "i => { const s = document.getElementById('threshold'); s.value = i;"
            " s.dispatchEvent(new Event('input')) }",
            index,
        )
        x, _, threshold, missed, said, *_ = points[index]
        text = page.inner_text("#threshold-figures")
        assert text.startswith(f"Threshold {threshold:.3f}:")
        assert f"({missed} of {said})" in text
        assert page.get_attribute("#threshold", "aria-valuetext") == text
        assert float(page.get_attribute(".marker", "cx") or 0) == x
        seen.add(text)
    assert len(seen) == 2
    assert not found


def test_light_and_dark(chromium: Browser, report: Path) -> None:
    seen = set()
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        page = new_page(chromium, DESK, scheme)
        page.goto(report.as_uri())
        ink = "getComputedStyle(document.querySelector('svg text')).fill"
        seen.add((page.evaluate("getComputedStyle(document.body).backgroundColor"),
                  page.evaluate(ink)))  # fmt: skip
    assert len({page for page, _ in seen}) == len({ink for _, ink in seen}) == 2


@pytest.mark.parametrize(("width", "scheme"), [(PHONE, "light"), (DESK, "dark")])
def test_nothing_keeps_people_out(
    chromium: Browser, report: Path, width: int, scheme: Literal["light", "dark"]
) -> None:
    """axe-core's rules: names, contrast, landmarks, order of headings, targets."""
    page = new_page(chromium, width, scheme)
    page.goto(report.as_uri())
    page.locator("button[data-cell]").first.click()
    assert barriers(page) == []


def test_sounds_and_features_are_those_of_the_evaluation(report: Path, measured: RunPaths) -> None:
    content = payload(report)
    clips = load_clips(measured, load_model(measured), None, "all", None)
    assert content["clips"]
    for clip in content["clips"]:
        i = clips.names.index(clip["name"])
        file = io.BytesIO(base64.b64decode(clip["sound"].partition(",")[2]))
        samples, rate = soundfile.read(file, dtype="int16")
        assert rate == CONFIG.features.sample_rate_hz
        assert np.array_equal(samples, clips.audio[i])
        made = np.frombuffer(base64.b64decode(clip["features"]), np.int8)
        assert np.array_equal(made, clips.features[i].reshape(-1))


def test_names_cannot_break_out(chromium: Browser, measured: RunPaths, tmp_path: Path) -> None:
    root = tmp_path / "run"
    shutil.copytree(measured.root, root, symlinks=True, ignore=shutil.ignore_patterns("build"))
    hostile = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    RunPaths(root).note.write_text(hostile)
    for path in root.glob("evaluation/*/clips.csv"):
        path.write_text(path.read_text().replace("_nohash_0.wav", hostile))
    gaps = write_report_page(root, [], tmp_path / "r.html")
    assert any("is no clip of the recordings" in gap for gap in gaps)
    page, found = opened(chromium, tmp_path / "r.html")
    assert page.inner_text(".note") == hostile
    page.locator("button[data-cell]:not([data-cell^='0-'])").first.click()  # not noise
    assert hostile in page.inner_text(".clip h5")
    assert "not in this page" in page.inner_text(".clip")
    assert not found


def test_a_run_without_anything_names_the_commands(chromium: Browser, tmp_path: Path) -> None:
    run = tiny_run(tmp_path)
    result = CliRunner().invoke(app, ["report", str(run.root)])
    assert result.exit_code == 0, result.output
    page, found = opened(chromium, run.report, PHONE)
    shown = page.eval_on_selector_all("main > section", "all => all.map(s => s.id)")
    assert tuple(shown) == SECTIONS
    missing = " ".join(page.locator(".missing").all_inner_texts())
    for command in ("evaluate", "train", "stream-eval", "report"):
        assert f"kws {command} " in missing, command
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    assert not found


@pytest.mark.parametrize(
    ("count", "who"), [(1, "the device"), (2, "both devices"), (3, "all 3 devices")]
)
def test_the_sentence_counts_devices(measured: RunPaths, count: int, who: str) -> None:
    facts = gather(measured.root)
    several = replace(facts, evaluations=facts.evaluations[:1] * count)
    assert f"; {who} answered every clip exactly as TensorFlow Lite Micro." in verdict(several)


def test_what_is_refused(tmp_path: Path, measured: RunPaths) -> None:
    with pytest.raises(KwsError, match="is not a run folder"):
        write_report_page(tmp_path, [], tmp_path / "r.html")
    result = CliRunner().invoke(app, ["report", str(measured.root), "--out", "report.pdf"])
    assert isinstance(result.exception, KwsError)
    assert "no name of a page" in result.exception.message


def test_centres_of_the_channels() -> None:
    """Of 40 channels from 125 to 7,500 Hz, as upstream's filter bank has them."""
    centres = channel_centres_hz(FeatureConfig())
    assert len(centres) == 40
    mel = 1127 * np.log1p(np.array([125, *centres, 7500]) / 700)
    assert np.allclose(np.diff(mel), np.diff(mel)[0], atol=0.2)
