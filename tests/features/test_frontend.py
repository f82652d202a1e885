# SPDX-License-Identifier: Apache-2.0
"""The C front end equals pymicro_features in every value, however the samples arrive."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pymicro_features import MicroFrontend

from kws.features import FrontEnd, compute
from kws_codegen.base.errors import KwsError
from kws_codegen.base.feature_config import FeatureConfig
from tests.support.frontend_signals import Clips, recorded_clips, spoken_clips, synthetic_clips

PYMICRO = FeatureConfig(window_ms=30, hop_ms=10)
PYMICRO_STEP = 1 / 25.6


def pymicro(clip: NDArray[np.int16]) -> NDArray[np.uint16]:
    """Features of one clip: its process_samples takes at most one hop of samples a call."""
    front_end = MicroFrontend()
    data = clip.tobytes()
    frames = []
    while len(data) >= 2 * PYMICRO.hop_samples:
        result = front_end.process_samples(data)
        data = data[2 * result.samples_read :]
        if result.features:
            frames.append(result.features)
    steps = np.array(frames) / PYMICRO_STEP
    assert np.array_equal(steps, np.round(steps))
    return steps.astype(np.uint16)


def assert_equals_pymicro(clips: Clips) -> None:
    ours = FrontEnd(PYMICRO).clips(clips)
    for number, clip in enumerate(clips):
        expected = pymicro(clip)
        different = np.argwhere(ours[number] != expected)
        assert not different.size, (
            f"clip {number}, frame and channel {different[0]}: "
            f"expected {expected[tuple(different[0])]}, actual {ours[number][tuple(different[0])]}"
        )


def test_equals_pymicro_on_240_synthetic_clips() -> None:
    assert_equals_pymicro(synthetic_clips(240, PYMICRO.sample_rate_hz, seed=7))


def test_equals_pymicro_on_speech() -> None:
    clips = np.concatenate([spoken_clips(PYMICRO.sample_rate_hz), recorded_clips(limit=200)])
    assert len(clips) >= 24
    assert FrontEnd(PYMICRO).clips(clips).max() > 500
    assert_equals_pymicro(clips)


@pytest.fixture(scope="module")
def noise() -> NDArray[np.int16]:
    return np.random.default_rng(3).integers(-9000, 9000, 5000).astype(np.int16)


@settings(max_examples=100, deadline=None)
@given(sizes=st.lists(st.integers(0, 1200), max_size=30))
def test_any_chunk_sizes_give_the_same_frames(noise: NDArray[np.int16], sizes: list[int]) -> None:
    whole = FrontEnd(FeatureConfig()).clip(noise)
    front_end = FrontEnd(FeatureConfig())
    parts = [front_end.process(part) for part in np.split(noise, np.cumsum(sizes))]
    assert np.array_equal(np.concatenate(parts), whole)


def test_samples_one_at_a_time(noise: NDArray[np.int16]) -> None:
    front_end = FrontEnd(FeatureConfig())
    frames = np.concatenate([front_end.process(noise[i : i + 1]) for i in range(len(noise))])
    assert np.array_equal(frames, FrontEnd(FeatureConfig()).clip(noise))


def test_reset_starts_again(noise: NDArray[np.int16]) -> None:
    front_end = FrontEnd(FeatureConfig())
    first = front_end.process(noise)
    continued = front_end.process(noise)
    assert not np.array_equal(continued[: len(first)], first)  # it remembers
    front_end.reset()
    assert np.array_equal(front_end.process(noise), first)


def test_streams_of_one_library_do_not_mix(noise: NDArray[np.int16]) -> None:
    alone = FrontEnd(FeatureConfig()).clip(noise)
    one, other = FrontEnd(FeatureConfig()), FrontEnd(FeatureConfig())
    first = one.process(noise[:2000])
    other.process(noise[1000:])
    other.clips(noise.reshape(5, 1000))
    assert np.array_equal(np.concatenate([first, one.process(noise[2000:])]), alone)


def test_clips_are_each_a_stream_of_its_own() -> None:
    clips = synthetic_clips(12, 16_000, seed=2)
    front_end = FrontEnd(FeatureConfig())
    batch = front_end.clips(clips)
    assert batch.shape == (12, 49, 40)
    assert np.array_equal(batch, [front_end.clip(clip) for clip in clips])
    assert front_end.clips(clips[:0]).shape == (0, 49, 40)


def test_shorter_than_a_window_gives_no_frame() -> None:
    front_end = FrontEnd(FeatureConfig())
    assert front_end.clip(np.zeros(479, np.int16)).shape == (0, 40)
    assert front_end.process(np.zeros(0, np.int16)).shape == (0, 40)
    assert front_end.clips(np.zeros((3, 479), np.int16)).shape == (3, 0, 40)


def test_many_processes_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kws.features.parallel.CLIPS_WORTH_A_PROCESS", 10)
    monkeypatch.setattr("kws.features.parallel.CLIPS_PER_TASK", 7)
    clips = synthetic_clips(24, 16_000, seed=5)
    one = compute(clips, FeatureConfig(), processes=1)
    assert np.array_equal(compute(clips, FeatureConfig(), processes=2), one)
    assert np.array_equal(one, FrontEnd(FeatureConfig()).clips(clips))


@pytest.mark.parametrize("samples", [np.zeros(600, np.float32), np.zeros((2, 600), np.int16)])
def test_wrong_samples_are_named(samples: NDArray[np.int16]) -> None:
    with pytest.raises(KwsError, match=r"takes int16 samples in 1 dimension.*not (float32|int16)"):
        FrontEnd(FeatureConfig()).process(samples)


def test_wrong_batch_is_named() -> None:
    with pytest.raises(KwsError, match="takes int16 samples in 2 dimension"):
        compute(np.zeros(600, np.int16), FeatureConfig())
