# SPDX-License-Identifier: Apache-2.0
"""The C front end equals pymicro_features in every value, however the samples arrive.

pymicro_features takes log1pf from the system's C library, whose roundings are not the same in
every version (glibc 2.41 has others than 2.36), so its filter weights are not either. Ours are the
same on every machine. The proof takes that into account: the front end is given this machine's
log1pf for the comparison, and only that.
"""

import ctypes
import hashlib
import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pymicro_features import MicroFrontend

from kws.features import FrontEnd, compute
from kws.features.library import frontend_hash, load_library
from kws_codegen.base.errors import KwsError
from kws_codegen.base.feature_config import FeatureConfig
from kws_codegen.frontend import filterbank
from kws_codegen.frontend.float32 import log1p_f32
from tests.support.frontend_signals import Clips, recorded_clips, spoken_clips, synthetic_clips

PYMICRO = FeatureConfig(window_ms=30, hop_ms=10)
PYMICRO_STEP = 1 / 25.6

# Of FeatureConfig(): changing them changes what every trained model hears.
WEIGHTS_SHA256 = "4fcbf94879ae4e478ae9f9ca30eae13e38ac58cb727bb12b5bd96637fedd6a8d"
FEATURES_SHA256 = "caf8716492975d6b1929dc38c77362f0f67dfbff215dbdcfaad20af52c4e7709"


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


def log1pf_of_this_machine() -> Callable[[np.float32], np.float32]:
    """The C library's function that pymicro_features calls."""
    function = ctypes.CDLL(None).log1pf
    function.argtypes, function.restype = [ctypes.c_float], ctypes.c_float
    return lambda x: np.float32(function(float(x)))


def log1pf_of_glibc_2_41(x: np.float32) -> np.float32:
    """The correctly rounded one."""
    return np.float32(math.log1p(float(x)))


@pytest.fixture
def roundings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Call it with a log1p: front ends made afterwards have the filter weights that it gives."""

    def use(log1p: Callable[[np.float32], np.float32]) -> None:
        monkeypatch.setattr(filterbank, "log1p_f32", log1p)
        _forget_libraries()

    yield use
    _forget_libraries()


def _forget_libraries() -> None:
    load_library.cache_clear()
    frontend_hash.cache_clear()


def test_equals_pymicro_on_240_synthetic_clips(roundings: Callable[..., None]) -> None:
    roundings(log1pf_of_this_machine())
    assert_equals_pymicro(synthetic_clips(240, PYMICRO.sample_rate_hz, seed=7))


def test_this_machines_log1pf_is_one_that_is_known() -> None:
    """So that what the two tests about pymicro_features put into the front end is no other thing
    than a known rounding of the same function."""
    arguments = [np.float32(np.float32(hz) / np.float32(700)) for hz in range(1, 8000)]
    ours, here = log1p_f32, log1pf_of_this_machine()
    as_ours = sum(here(x) != ours(x) for x in arguments)
    rounded = sum(here(x) != log1pf_of_glibc_2_41(x) for x in arguments)
    assert (as_ours, rounded) in [(0, 526), (526, 0)]


def test_tables_are_the_same_on_every_machine() -> None:
    """Whatever the C library, the processor or NumPy: the weights, and the features of noise."""
    bank = filterbank.filter_bank(FeatureConfig())
    noise = np.random.default_rng(1).integers(-9000, 9000, (20, 16_000)).astype(np.int16)
    features = FrontEnd(FeatureConfig()).clips(noise)
    assert hashlib.sha256(bank.weights.astype("<i2").tobytes()).hexdigest() == WEIGHTS_SHA256
    assert hashlib.sha256(features.astype("<u2").tobytes()).hexdigest() == FEATURES_SHA256


def test_other_roundings_move_a_weight_by_one_step_at_most(roundings: Callable[..., None]) -> None:
    """What a user of pymicro_features sees who goes from one C library to another."""
    ours = filterbank.filter_bank(PYMICRO)
    roundings(log1pf_of_glibc_2_41)
    theirs = filterbank.filter_bank(PYMICRO)
    assert np.array_equal(ours.widths, theirs.widths)
    steps = np.abs(ours.weights.astype(int) - theirs.weights)
    assert steps.max() == 1 and 0 < np.count_nonzero(steps) < steps.size / 20


def test_equals_pymicro_on_speech(roundings: Callable[..., None]) -> None:
    roundings(log1pf_of_this_machine())
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
