# SPDX-License-Identifier: Apache-2.0
"""The page in a headless Chromium: the firmware's scores, a microphone, files, clips to keep."""

import json
import threading
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Browser, Page
from typer.testing import CliRunner

from kws.cli.main import app
from kws.config.schema import Config
from kws.data import scan_folder
from kws.data.dataset import load_dataset
from kws.evaluate.clips import load_model
from kws.firmware.launch import host_firmware
from kws.link.connect import connect
from kws.run.paths import RunPaths
from kws.run.pipeline import Pipeline
from kws.streams.decisions import detector_of, host_decisions
from kws.web import serve, web_page
from kws_codegen.generate import generate
from tests.support.browser import barriers, browser, complaints, new_page
from tests.support.tiny_run import CONFIG

RATE = CONFIG.features.sample_rate_hz
MOST_BYTES = 150_000
PHONE, DESK = 400, 1400


@pytest.fixture(scope="module")
def sound(run: RunPaths) -> np.ndarray:
    """The clips of the run, one after the other, silence between."""
    dataset = load_dataset(run.dataset)
    audio = dataset.audio(CONFIG)
    silence = np.zeros(3 * CONFIG.clip_samples, np.int16)
    clips = [audio.clip(clip.path) for clip in dataset.clips]
    return np.concatenate([*clips[::2], silence, *clips[1::2]])


@pytest.fixture(scope="module")
def folder(run: RunPaths, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("web") / "page"
    web_page(run, CONFIG, out)
    return out


@contextmanager
def served(folder: Path) -> Iterator[str]:
    server = serve(folder, 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    with served(folder) as address:
        yield address


@pytest.fixture(scope="module")
def chromium(sound: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Its microphone hears words without end: no test depends on when it listens."""
    microphone = tmp_path_factory.mktemp("microphone") / "heard.wav"
    soundfile.write(microphone, sound[: sound.size // 3], RATE)
    with browser(microphone) as started:
        yield started


def opened(chromium: Browser, url: str, width: int = DESK) -> tuple[Page, list[str]]:
    page = new_page(chromium, width)
    found = complaints(page)
    page.goto(url)
    page.wait_for_function("window.kws !== undefined")
    return page, found


def test_the_command_serves_the_page(run: RunPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """kws web, until its first visitor has gone."""
    got = []

    def once(folder: Path, port: int) -> ThreadingHTTPServer:
        server = serve(folder, port)

        def visited() -> None:
            visitor = threading.Thread(target=server.handle_request, daemon=True)
            visitor.start()
            with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/") as answer:
                got.append(answer.read().decode())
            visitor.join()
            server.server_close()

        monkeypatch.setattr(server, "serve_forever", visited)
        return server

    monkeypatch.setattr("kws.cli.web.serve", once)
    result = CliRunner().invoke(app, ["web", str(run.root), "--http-port", "0"])
    assert result.exit_code == 0, result.output
    assert "http://127.0.0.1:" in result.output and "(Ctrl-C ends it)" in result.output
    assert "kws.wasm" in got[0] or "app.js" in got[0]


def test_the_folder_is_small(folder: Path) -> None:
    assert sum(path.stat().st_size for path in folder.iterdir()) < MOST_BYTES


@pytest.fixture(scope="module", params=["auto", "window", "gate"])
def variant(
    request: pytest.FixtureRequest, run: RunPaths, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Config, str]]:
    """A configuration, and the address of its page: by rows, by windows, with an energy gate."""
    change: dict[str, Any] = {"gate_dbfs": -40.0} if request.param == "gate" else {}
    change = {"form": "window"} if request.param == "window" else change
    config = replace(CONFIG, detect=replace(CONFIG.detect, **change))
    other = RunPaths(tmp_path_factory.mktemp(request.param))
    model = run.tflite_model.read_bytes()
    generate(config.interface, model, other.generated, "kws generate --run RUN", config.detect)
    web_page(other, config, other.root / "page")
    with served(other.root / "page") as url:
        yield config, url


def test_scores_and_detections_are_the_firmwares_bit_for_bit(
    chromium: Browser, variant: tuple[Config, str], run: RunPaths, sound: np.ndarray
) -> None:
    """Every decision over all clips, given in pieces of any length."""
    config, url = variant
    page, found = opened(chromium, url)
    script = """samples => {
        kws.restart();
        [2, 3].forEach(word => kws.listener.setThreshold(word, 0.5));
        const taken = [];
        for (let at = 0, step = 1; at < samples.length; at += step, step = (step * 7) % 9973) {
            const piece = Int16Array.from(samples.slice(at, at + step));
            taken.push(...kws.listener.hear(piece).decisions);
        }
        return taken.map(d => [d.samples, d.word, Math.round(d.score * 65536), ...d.scores]);
    }"""
    taken = np.array(page.evaluate(script, sound.tolist()))
    decided = host_decisions(config, run.tflite_model.read_bytes(), sound)
    expected = decided.scores
    assert len(expected) > 100
    assert np.array_equal(taken[:, 3:], expected)

    assert decided.heard.tolist() == taken[:, 0].tolist()
    events = detector_of(config).with_thresholds([1, 1, 0.5, 0.5]).events(expected)
    assert events
    assert [(i, word) for i, word in enumerate(taken[:, 1]) if word >= 0] == [
        (event.decision, event.word) for event in events
    ]
    assert not found


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_it_listens_to_the_microphone(chromium: Browser, url: str, width: int) -> None:
    page, found = opened(chromium, url, width)
    page.click("text=Start the microphone")
    page.wait_for_function(
        "/([0-9]+) s heard/.exec(document.getElementById('time').textContent)?.[1] >= 3"
    )
    assert "a second of sound" in page.inner_text("#time")
    page.wait_for_function("document.getElementById('level').value > -50")
    picture = "c => { const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
    picture += " return new Set(d).size }"
    for canvas in ("#mel", "#scores"):
        assert page.eval_on_selector(canvas, picture) > 3, canvas
    wider = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    assert not wider
    page.click("text=Stop the microphone")
    page.wait_for_selector("text=The microphone is off.")
    assert not found


def test_what_the_microphone_gives_is_heard_as_the_firmware_hears_it(
    chromium: Browser, url: str, run: RunPaths
) -> None:
    """The page's decisions, and those of the firmware for this computer on the same samples."""
    page, found = opened(chromium, url)
    page.evaluate("""() => {
        const listener = kws.listener, hear = listener.hear.bind(listener);
        window.log = {samples: [], decisions: []};
        listener.hear = (samples) => {
            const heard = hear(samples);
            log.samples.push(...samples);
            log.decisions.push(...heard.decisions.map(d => [d.samples, d.word, ...d.scores]));
            return heard;
        };
    }""")
    page.click("text=Start the microphone")
    page.wait_for_function(
        "log.decisions.length >= 40 && new Set(log.decisions.map(d => d.slice(2).join())).size > 5"
    )
    page.click("text=Stop the microphone")
    page.wait_for_selector("text=The microphone is off.")
    log = page.evaluate("log")
    firmware = Pipeline.open(run.root).build("host")
    samples = np.array(log["samples"], np.int16)
    with host_firmware(firmware) as port, connect(port) as device:
        device.handshake(load_model(run).expected)
        decided = [
            [d.samples, -1 if d.event is None else d.event.word, *d.scores]
            for d in device.listen(samples)
        ]
    assert decided == log["decisions"]
    assert not found


@pytest.mark.parametrize(("width", "scheme"), [(PHONE, "light"), (DESK, "dark")])
def test_nothing_keeps_people_out(
    chromium: Browser, url: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    page = new_page(chromium, width, scheme)
    page.goto(url)
    page.wait_for_function("window.kws !== undefined")
    assert barriers(page) == []


def test_a_file_is_heard_as_it_is(
    chromium: Browser, url: str, sound: np.ndarray, tmp_path: Path
) -> None:
    page, found = opened(chromium, url)
    soundfile.write(tmp_path / "all.wav", sound, RATE)
    page.evaluate("kws.listener.setThreshold(2, 0); kws.listener.setThreshold(3, 0)")
    page.set_input_files("#file", tmp_path / "all.wav")
    page.wait_for_selector(f"text=all.wav: {sound.size / RATE:.1f} s")
    assert page.locator("#detections li").count() > 3
    (tmp_path / "notes.wav").write_text("no sound")
    page.set_input_files("#file", tmp_path / "notes.wav")
    page.wait_for_selector("text=notes.wav cannot be read as sound")
    assert not found


def test_recorded_clips_are_a_folder_that_kws_reads(
    chromium: Browser, url: str, tmp_path: Path
) -> None:
    page, found = opened(chromium, url)
    page.click("text=Start the microphone")
    for word, count in (("yes", 2), ("tea", 1)):
        page.fill("#record-word", word)
        for number in range(count):
            page.click("text=Record one clip")
            page.wait_for_function(
                "([word, n]) => document.getElementById('record-status').textContent"
                ".includes(`${word}: ${n}`)",
                arg=[word, number + 1],
            )
    with page.expect_download() as download:
        page.click("text=Save all as a zip")
    download.value.save_as(tmp_path / "clips.zip")
    with zipfile.ZipFile(tmp_path / "clips.zip") as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "clips")
    scan = scan_folder(tmp_path / "clips")
    assert [file.path for file in scan.clips] == [
        "tea/s01_nohash_0.wav", "yes/s01_nohash_0.wav", "yes/s01_nohash_1.wav"
    ]  # fmt: skip
    samples, rate = soundfile.read(tmp_path / "clips/yes/s01_nohash_1.wav", dtype="int16")
    assert (samples.size, rate) == (CONFIG.clip_samples, RATE)
    assert np.abs(samples).max() > 1000
    assert not found


def test_words_cannot_break_out_of_the_page(folder: Path) -> None:
    text = (folder / "index.html").read_text(encoding="utf-8")
    start = text.index('type="application/json">') + len('type="application/json">')
    about = json.loads(text[start : text.index("</script>", start)])
    assert about["labels"] == list(CONFIG.data.labels)
