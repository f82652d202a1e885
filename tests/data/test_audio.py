# SPDX-License-Identifier: Apache-2.0
"""Decoding, resampling, cutting and padding."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from kws.data import load_clip
from kws.data.audio import fit_clip, to_int16, wav_fault
from kws_codegen.base.errors import KwsError
from tests.support.recordings import RATE_HZ, tone, write


def test_16_bit_mono_stays_bit_for_bit(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).integers(-32768, 32768, 5000).astype(np.int16)
    samples[:2] = [-32768, 32767]
    path = write(tmp_path / "a.wav", samples)
    assert np.array_equal(load_clip(path, RATE_HZ), samples)


@pytest.mark.skipif(os.name == "nt", reason="file names are UTF-16 there")
def test_name_that_is_not_utf8(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", tone(0.1))
    other = path.rename(tmp_path / os.fsdecode(b"sp\xf6ker.wav"))
    assert load_clip(other, RATE_HZ).size


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate_hz", [8000, 44_100])
def test_any_format_rate_and_channels(
    tmp_path: Path, suffix: str, channels: int, rate_hz: int
) -> None:
    """A tone comes out as the same tone: right length, pitch and level."""
    recorded = np.stack([tone(1.5, hz=1000, rate_hz=rate_hz, level=0.5)] * channels, axis=1)
    path = write(tmp_path / f"a.{suffix}", recorded, rate_hz)
    heard = load_clip(path, RATE_HZ)
    assert heard.dtype == np.int16
    assert heard.ndim == 1
    assert heard.size == pytest.approx(1.5 * RATE_HZ, abs=0.1 * RATE_HZ)  # mp3 pads
    middle = heard[RATE_HZ // 4 :][:RATE_HZ].astype(float)
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(middle.size)))
    assert np.argmax(spectrum) == 1000
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.5 * 32768 / np.sqrt(2), rel=0.05)


def test_channels_are_averaged(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", np.stack([np.full(100, 0.5), np.full(100, 0.25)], axis=1))
    assert np.array_equal(load_clip(path, RATE_HZ), np.full(100, 0.375 * 32768))


def test_float_recording_above_full_scale_is_clipped(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", np.array([2.0, -2.0, 0.5]), subtype="FLOAT")
    assert load_clip(path, RATE_HZ).tolist() == [32767, -32768, 16384]


@pytest.mark.parametrize("content", [b"", b"not sound", b"RIFF\x24\0\0\0WAVEfmt \x10"])
@pytest.mark.parametrize("suffix", ["wav", "mp3", "ogg", "flac"])
def test_unreadable(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(content)
    with pytest.raises(KwsError, match=f"a.{suffix}: not readable as sound") as caught:
        load_clip(path, RATE_HZ)
    assert "Replace or remove" in caught.value.hint


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(KwsError, match="not readable as sound"):
        load_clip(tmp_path / "none.wav", RATE_HZ)


@pytest.mark.parametrize("rate_hz", [RATE_HZ, 44_100])
def test_no_samples(tmp_path: Path, rate_hz: int) -> None:
    path = write(tmp_path / "a.wav", np.zeros(0), rate_hz)
    with pytest.raises(KwsError, match=r"no samples \(0 s long\)"):
        load_clip(path, RATE_HZ)


def test_not_a_number(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", np.array([0.0, np.nan]), subtype="FLOAT")
    with pytest.raises(KwsError, match="not numbers"):
        load_clip(path, RATE_HZ)


def test_to_int16_rounds_and_clips() -> None:
    assert to_int16(np.array([0.5, 1.5, -0.6, 4e4, -4e4])).tolist() == [0, 2, -1, 32767, -32768]


def test_short_clip_is_padded_at_its_end() -> None:
    assert fit_clip(np.array([1, 2], np.int16), 5).tolist() == [1, 2, 0, 0, 0]
    assert fit_clip(np.array([1, 2], np.int16), 2).tolist() == [1, 2]


@pytest.mark.parametrize("start_s", [0.0, 0.2, 5.0, 9.6])
def test_long_clip_is_cut_around_its_word(start_s: float) -> None:
    """A 0.4 s word somewhere in 10 s of faint noise is wholly in the 1 s cut, near its middle."""
    random = np.random.default_rng(0)
    samples = random.integers(-20, 21, 10 * RATE_HZ).astype(np.int16)
    start = round(start_s * RATE_HZ)
    word = np.arange(start, start + round(0.4 * RATE_HZ))
    samples[word] = random.integers(5000, 6000, word.size)
    cut = fit_clip(samples, RATE_HZ)
    assert cut.size == RATE_HZ
    loud = np.flatnonzero(cut > 100)
    assert loud.size == word.size
    if 0.5 < start_s < 9:
        assert loud.mean() == pytest.approx(RATE_HZ / 2, abs=RATE_HZ / 50)


def test_long_silence_is_cut_too() -> None:
    assert fit_clip(np.zeros(50_000, np.int16), RATE_HZ).shape == (RATE_HZ,)


def test_supported_suffixes_are_supported_by_libsndfile() -> None:
    assert {"WAV", "FLAC", "OGG", "MP3"} <= set(soundfile.available_formats())


def with_flac_length(path: Path, samples: int) -> Path:
    """The total number of samples in the header of a FLAC file, changed to another."""
    content = bytearray(path.read_bytes())
    content[21] = content[21] & 0xF0 | samples >> 32
    content[22:26] = (samples & 0xFFFF_FFFF).to_bytes(4, "big")
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("samples", [0, 2**32, 2**36 - 1])
def test_flac_of_unknown_or_wrong_length_is_read_to_its_end(tmp_path: Path, samples: int) -> None:
    path = with_flac_length(write(tmp_path / "a.flac", tone()), samples)
    assert np.array_equal(
        load_clip(path, RATE_HZ), load_clip(write(tmp_path / "b.flac", tone()), RATE_HZ)
    )


def with_wav_field(path: Path, at: int, value: int) -> Path:
    content = bytearray(path.read_bytes())
    content[at : at + 4] = value.to_bytes(4, "little")
    path.write_bytes(content)
    return path


RATE_FIELD, LENGTH_FIELD = 24, 40


@pytest.mark.parametrize("length", [2**32 - 1, 64_000])
def test_wav_whose_header_says_too_much_is_read_to_its_end(tmp_path: Path, length: int) -> None:
    path = with_wav_field(write(tmp_path / "a.wav", tone()), LENGTH_FIELD, length)
    assert load_clip(path, RATE_HZ).size == RATE_HZ
    cut = "cut short: 32,000 bytes of sound where its header says 64,000"
    assert wav_fault(path) == (cut if length == 64_000 else None), "2^32 - 1: it was not known"


def test_wav_whose_header_says_nothing_is_named(tmp_path: Path) -> None:
    path = with_wav_field(write(tmp_path / "a.wav", tone()), LENGTH_FIELD, 0)
    with pytest.raises(KwsError, match=r"header says 0 bytes, and 32,000 follow: .* stopped"):
        load_clip(path, RATE_HZ)


@pytest.mark.parametrize("rate_hz", [1, 2**31 - 1])
def test_rate_that_no_recording_has(tmp_path: Path, rate_hz: int) -> None:
    path = with_wav_field(write(tmp_path / "a.wav", tone()), RATE_FIELD, rate_hz)
    with pytest.raises(KwsError, match=f"a sample rate of {rate_hz} Hz"):
        load_clip(path, RATE_HZ)


@pytest.mark.parametrize(("rate_hz", "seconds"), [(RATE_HZ, 61), (1000, 61)])
def test_longer_than_memory_is_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rate_hz: int, seconds: int
) -> None:
    """After resampling too: a low rate becomes many samples."""
    monkeypatch.setattr("kws.data.audio.MOST_SAMPLES", 60 * RATE_HZ)
    path = write(tmp_path / "a.wav", np.zeros((seconds - 2) * rate_hz), rate_hz)
    assert load_clip(path, RATE_HZ).size == (seconds - 2) * RATE_HZ
    write(path, np.zeros(seconds * rate_hz), rate_hz)
    with pytest.raises(KwsError, match="longer than 1 minutes: cut it up"):
        load_clip(path, RATE_HZ)


def test_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.wav")
    with pytest.raises(KwsError, match="not a file"):
        load_clip(tmp_path / "a.wav", RATE_HZ)


def test_channels_that_cancel_each_other(tmp_path: Path) -> None:
    left = tone()
    path = write(tmp_path / "a.wav", np.stack([left, -left], axis=1))
    assert np.array_equal(
        load_clip(path, RATE_HZ), load_clip(write(tmp_path / "b.wav", left), RATE_HZ)
    )


def test_integers_saved_as_floating_point(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", tone() * 32_768, subtype="FLOAT")
    with pytest.raises(KwsError, match=r"up to 8,192 where full scale is 1: integers") as caught:
        load_clip(path, RATE_HZ)
    assert "16-bit PCM" in caught.value.hint
