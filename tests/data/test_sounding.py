# SPDX-License-Identifier: Apache-2.0
"""Speed, rooms, codecs, noise by its ratio, loudness: what each changes, and that off means off."""

import numpy as np
import pytest

from kws.config.schema import TrainingConfig
from kws.data.codecs import coded
from kws.data.sounding import gains, noise_factors, spoken_and_heard
from kws_codegen.base.errors import KwsError
from tests.support.recordings import RATE_HZ, tone


def random() -> np.random.Generator:
    return np.random.default_rng(4)


def words(count: int, hz: float = 1000.0) -> np.ndarray:
    """Tones of half a second within a second, in int16 steps."""
    clips = np.zeros((count, RATE_HZ), np.float32)
    clips[:, 4000:12000] = tone(0.5, hz) * 32768
    return clips


def pitch(clip: np.ndarray) -> float:
    return float(np.abs(np.fft.rfft(clip)).argmax()) * RATE_HZ / clip.size


def test_everything_off_changes_nothing_and_draws_nothing() -> None:
    generator, clips = random(), words(3)
    assert spoken_and_heard(clips, TrainingConfig(), RATE_HZ, generator) is clips
    assert generator.random() == random().random()


def test_speed_changes_pitch_and_length_about_the_middle() -> None:
    changed = spoken_and_heard(words(50), TrainingConfig(speed=0.2), RATE_HZ, random())
    pitches = np.array([pitch(clip) for clip in changed])
    assert 800 <= pitches.min() < 850 and 1150 < pitches.max() <= 1200
    for clip, hz in zip(changed, pitches, strict=True):
        heard = np.flatnonzero(clip)
        assert heard.size == pytest.approx(8000 * 1000 / hz, rel=0.02)
        assert heard.mean() == pytest.approx(8000, abs=20)


def test_a_room_adds_an_echo_and_keeps_the_loudness() -> None:
    clips = words(200)
    heard = spoken_and_heard(clips, TrainingConfig(room=0.5), RATE_HZ, random())
    changed = (heard != clips).any(axis=1)
    assert 70 < changed.sum() < 130
    echoes = np.square(heard[changed][:, 12000:14000]).mean(axis=1)
    assert (echoes > 0).all() and not clips[:, 12000:].any()
    assert not np.abs(heard[changed][:, :3900]).max() > 20, "nothing before the sound"
    power = np.square(heard[changed]).sum(axis=1) / np.square(clips[0]).sum()
    assert np.median(power) == pytest.approx(1, abs=0.3)


def test_noise_is_at_the_ratio_of_the_power_where_there_is_sound() -> None:
    clips = words(100)
    noise = random().standard_normal(clips.shape).astype(np.float32) * 300
    factors = noise_factors(clips, noise, (6.0, 6.0), random())
    sound = np.square(clips[0, 4000:12000]).mean()
    ratio_db = 10 * np.log10(sound / np.square(noise * factors[:, None]).mean(axis=1))
    np.testing.assert_allclose(ratio_db, 6, atol=0.1)
    spread = noise_factors(clips, noise, (0.0, 30.0), random())
    assert 20 * np.log10(spread.max() / spread.min()) == pytest.approx(30, abs=2)
    silent = noise_factors(np.zeros_like(clips), noise, (0.0, 0.0), random())
    assert np.sqrt(np.square(noise * silent[:, None]).mean()) == pytest.approx(32.768, rel=0.01)


def test_gains_are_uniform_in_decibels() -> None:
    drawn = 20 * np.log10(gains(5000, (-12.0, 6.0), random()))
    assert drawn.min() == pytest.approx(-12, abs=0.1) and drawn.max() == pytest.approx(6, abs=0.1)
    assert drawn.mean() == pytest.approx(-3, abs=0.3)


def test_a_microphone_changes_the_timbre_and_keeps_the_loudness() -> None:
    clips = words(200) + words(200, 6000.0)
    heard = spoken_and_heard(clips, TrainingConfig(microphone=0.5), RATE_HZ, random())
    changed = (heard != clips).any(axis=1)
    assert 70 < changed.sum() < 130
    np.testing.assert_allclose(
        np.square(heard).sum(axis=1), np.square(clips).sum(axis=1), rtol=1e-3
    )
    spectra = np.abs(np.fft.rfft(heard[changed]))
    balance_db = 20 * np.log10(spectra[:, 6000] / spectra[:, 1000])
    assert balance_db.std() > 2 and balance_db.mean() < 0, "high tones are lost more often"


def test_codecs_lose_what_they_lose_and_move_nothing() -> None:
    clips = words(120, 1000.0) + words(120, 5000.0)
    heard = spoken_and_heard(clips, TrainingConfig(codec=0.5), RATE_HZ, random())
    changed = (heard != clips).any(axis=1)
    assert 40 < changed.sum() < 80
    spectra = np.abs(np.fft.rfft(heard[changed, 4000:12000]))
    balance = spectra[:, 2500] / spectra[:, 500]
    narrow = balance < 0.02
    assert 0.4 < narrow.mean() < 0.8, "three of five are telephones: nothing above 4 kHz"
    assert (balance[~narrow] > 0.5).all()
    for clip in heard[changed]:
        lags = np.fft.irfft(np.fft.rfft(clip) * np.fft.rfft(clips[0]).conj())
        assert lags.argmax() in (0, 1, RATE_HZ - 1), "none is late"
    assert len({clip.tobytes() for clip in heard[changed]}) == 5, "five codecs"
    again = spoken_and_heard(clips, TrainingConfig(codec=0.5), RATE_HZ, random())
    np.testing.assert_array_equal(again, heard)


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 48_000])
def test_codecs_keep_the_length_at_any_rate(rate_hz: int) -> None:
    clips = np.ones((20, rate_hz + 7), np.float32)
    assert coded(clips, rate_hz, random()).shape == clips.shape


def test_a_library_without_a_codec(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("soundfile.check_format", lambda _, subtype: subtype != "GSM610")
    with pytest.raises(KwsError, match="writes GSM610") as caught:
        coded(words(1), RATE_HZ, random())
    assert "training.codec=0" in caught.value.hint
