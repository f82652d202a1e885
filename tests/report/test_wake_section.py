# SPDX-License-Identifier: Apache-2.0
"""The report of a run that `kws wake` made: words, rounds, recordings; on a phone and on a desk."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from kws.report import write_report_page
from kws.run.paths import RunPaths
from kws.wake.result import WakeResult, save_result
from tests.support.browser import barriers, browser, complaints, new_page

PHONE, DESK = 400, 1400
Woken = tuple[RunPaths, WakeResult]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


def rows(page: Page, table: int) -> list[list[str]]:
    """The cells of the body of a table of the section, from 0."""
    return (
        page.locator("#wake table")
        .nth(table)
        .evaluate(  # type: ignore[no-any-return]
            "t => [...t.tBodies[0].rows].map(r => [...r.cells].map(c => c.innerText))"
        )
    )


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_what_kws_wake_did(chromium: Browser, woken: Woken, tmp_path: Path, width: int) -> None:
    run, _ = woken
    out = tmp_path / "report.html"
    assert write_report_page(run.root, [], out) == []
    page = new_page(chromium, width)
    found = complaints(page)
    page.goto(out.as_uri())
    assert page.locator("nav a[href='#wake']").inner_text() == "Wake word"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    made = page.locator("#wake > p").first.inner_text()
    assert "400 clips of each word said by espeak, kokoro" in made and "3 clips left out" in made
    yes, no = rows(page, 0)
    assert yes[:3] == ["yes", "risky", '2 syllables are few; people say "yes" <often>']
    assert no[:3] == ["no", "fine", "-"]
    assert 0 < float(yes[3]) <= 1 and " of " in yes[4] and "an hour" in yes[5]
    first, second = rows(page, 1)
    assert first[:4] == ["1", "40", "0", "0"] and first[4].startswith("240.00 an hour")
    assert second[:4] == ["2", "80", "118", "3"] and second[4].startswith("18.00 an hour")
    label = page.locator("#wake svg").get_attribute("aria-label") or ""
    assert "round 1: woken 240 times an hour; round 2: woken 18" in label
    with_them, without = rows(page, 2)
    assert with_them[:3] == ["with your recordings", "20", "10.0\N{NO-BREAK SPACE}%"]
    assert without[0].startswith("without them") and without[2] == "45.0\N{NO-BREAK SPACE}%"
    assert page.locator("#wake .warning").count() == 0, "people were heard"
    assert barriers(page) == [] and not found


def test_without_recordings_it_says_what_is_not_known(
    chromium: Browser, woken: Woken, tmp_path: Path
) -> None:
    run, result = woken
    one = replace(result, people=0, without_people=None, rounds=result.rounds[:1])
    save_result(run, one)
    write_report_page(run.root, [], tmp_path / "report.html")
    page = new_page(chromium, PHONE)
    page.goto((tmp_path / "report.html").as_uri())
    assert "synthetic speech" in page.locator("#wake .warning").inner_text()
    assert page.locator("#wake table").count() == 2, "nothing of recordings"
    assert page.locator("#wake svg").count() == 0, "one round has nothing to fall from"


def test_a_wake_word_of_an_earlier_model_is_not_shown(woken: Woken, tmp_path: Path) -> None:
    run, result = woken
    save_result(run, replace(result, model_sha256="0" * 64))
    gaps = write_report_page(run.root, [], tmp_path / "report.html")
    assert gaps == ["what kws wake says is of an earlier model: run kws wake again"]
    assert 'id="wake"' not in (tmp_path / "report.html").read_text(encoding="utf-8")
    run.wake_result.write_text("{}")
    (gap,) = write_report_page(run.root, [], tmp_path / "report.html")
    assert "wake.json is damaged" in gap
