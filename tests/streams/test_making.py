# SPDX-License-Identifier: Apache-2.0
"""Streams made of clips: words where they are said to be, noise as loud as it is said to be."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from kws.data.dataset import load_dataset
from kws.run.paths import RunPaths
from kws.streams.making import Sounds, background_streams, extent, sounds_of, word_streams
from kws.streams.stream import Stream
from tests.support.tiny_run import CONFIG

RATE = 16_000


def _tone(hz: float, seconds: float, amplitude: float = 8000.0) -> np.ndarray:
    time = np.arange(round(seconds * RATE)) / RATE
    return (amplitude * np.sin(2 * np.pi * hz * time)).astype(np.int16)


def _clip(hz: float) -> np.ndarray:
    """A second with half a second of tone in its middle."""
    clip = np.zeros(RATE, np.int16)
    clip[RATE // 4 : 3 * RATE // 4] = _tone(hz, 0.5)
    return clip


@pytest.fixture(scope="module")
def sounds() -> Sounds:
    random = np.random.default_rng(1)
    words = tuple((word, _clip(hz)) for word, hz in [("go", 500), ("stop", 900)] * 10)
    noise = tuple((2000 * random.standard_normal(6 * RATE)).astype(np.int16) for _ in range(3))
    return Sounds(RATE, words, tuple(_tone(hz, 1.5) for hz in (2000, 2500, 3000)), noise)


@pytest.fixture(scope="module")
def streams(sounds: Sounds) -> dict[str, Stream]:
    return {stream.name: stream for stream in word_streams(sounds)}


def test_there_is_a_stream_for_each_background_and_ratio(streams: dict[str, Stream]) -> None:
    assert list(streams) == [
        "words in quiet",
        "words in noise at 20 dB",
        "words in noise at 10 dB",
        "words in noise at 5 dB",
        "words in noise at 0 dB",
        "words in speech",
    ]
    assert all(len(stream.words) == 20 for stream in streams.values())


def test_words_lie_where_they_are_said_to(streams: dict[str, Stream]) -> None:
    """The sound between a word's first and last sample is the word's tone, and loud."""
    for name in ("words in quiet", "words in speech"):
        for spoken in streams[name].words:
            part = streams[name].samples[spoken.start : spoken.end].astype(float)
            assert abs(part.size / RATE - 0.5) < 0.05
            spectrum = np.abs(np.fft.rfft(part))
            hz = np.argmax(spectrum) * RATE / part.size
            assert abs(hz - {"go": 500, "stop": 900}[spoken.word]) < 20, name


def test_noise_is_as_loud_as_the_ratio_says(streams: dict[str, Stream], sounds: Sounds) -> None:
    """Between words; against the mean power of the clips."""
    power = np.mean([np.mean(clip.astype(float) ** 2) for _, clip in sounds.words])
    quiet = streams["words in quiet"]
    for snr_db in (20, 10, 5, 0):
        stream = streams[f"words in noise at {snr_db} dB"]
        assert [w.start for w in stream.words] == [w.start for w in quiet.words]
        noise = stream.samples.astype(float) - quiet.samples
        measured = 10 * np.log10(power / np.mean(noise**2))
        assert measured == pytest.approx(snr_db, abs=0.5)


def test_backgrounds_have_no_words_and_say_what_is_heard_once(sounds: Sounds) -> None:
    streams = {stream.background: stream for stream in background_streams(sounds, 30)}
    assert list(streams) == ["quiet", "noise", "speech"]
    assert all(stream.samples.size == 30 * RATE for stream in streams.values())
    assert all(not stream.words for stream in streams.values())
    distinct = {name: stream.distinct_samples / RATE for name, stream in streams.items()}
    assert distinct == {"quiet": 30, "noise": 18, "speech": 4.5}
    assert np.abs(streams["quiet"].samples).max() < 100
    assert np.abs(streams["speech"].samples).max() > 5000


def test_streams_are_the_same_each_time(sounds: Sounds, streams: dict[str, Stream]) -> None:
    for stream in word_streams(sounds):
        assert np.array_equal(stream.samples, streams[stream.name].samples)
    fewer = next(iter(word_streams(sounds, 3)))
    assert len(fewer.words) == 3


def test_the_extent_of_a_word(sounds: Sounds) -> None:
    first, last = extent(sounds.words[0][1], RATE)
    assert first == pytest.approx(RATE // 4, abs=RATE // 50)
    assert last == pytest.approx(3 * RATE // 4, abs=RATE // 50)
    assert extent(np.zeros(10, np.int16), RATE) == (0, 10)


def test_negatives_of_the_split_are_speech(run: RunPaths, tmp_path: Path) -> None:
    """A recording of two minutes: its last tenth is the testing split's."""
    rate = CONFIG.features.sample_rate_hz
    soundfile.write(tmp_path / "radio.wav", _tone(700, 120)[: 120 * rate], rate)
    data = replace(CONFIG.data, negatives=(str(tmp_path / "radio.wav"),))
    dataset = load_dataset(run.dataset)
    without = sounds_of(dataset, CONFIG, "testing").speech
    speech = sounds_of(dataset, replace(CONFIG, data=data), "testing").speech
    assert len(speech) == len(without) + 1
    assert speech[-1].size == 12 * rate
