# SPDX-License-Identifier: Apache-2.0
"""Features per second on one core: TensorFlow's op, pymicro_features and kws, in one run.

    python -m bench.frontend

All three compute the configuration that pymicro_features has built in (30 ms windows every
10 ms, 40 channels) from the same one-second clips, one thread, and take turns; the best of
five turns counts. A feature is one number of one channel.
"""

import os
import time
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from pymicro_features import MicroFrontend
from tensorflow.lite.experimental.microfrontend.python.ops import audio_microfrontend_op

from kws.features import FrontEnd
from kws_codegen.base.feature_config import FeatureConfig

FEATURES = FeatureConfig(window_ms=30, hop_ms=10)
CLIPS = 60
TURNS = 5

Clips = NDArray[np.int16]


def tensorflow_op(clips: Clips) -> int:
    """One call a clip: the op takes one signal."""
    count = 0
    for clip in clips:
        count += audio_microfrontend_op.audio_microfrontend(
            tf.constant(clip),
            sample_rate=FEATURES.sample_rate_hz,
            window_size=FEATURES.window_ms,
            window_step=FEATURES.hop_ms,
            num_channels=FEATURES.channels,
            lower_band_limit=FEATURES.lower_band_hz,
            upper_band_limit=FEATURES.upper_band_hz,
        ).shape.num_elements()
    return count


def pymicro(clips: Clips) -> int:
    """One call a hop: process_samples takes no more."""
    count = 0
    hop_bytes = 2 * FEATURES.hop_samples
    for clip in clips:
        front_end = MicroFrontend()
        data = clip.tobytes()
        for start in range(0, len(data), hop_bytes):
            count += len(front_end.process_samples(data[start : start + hop_bytes]).features)
    return count


def kws(clips: Clips) -> int:
    """One call for all clips."""
    return FrontEnd(FEATURES).clips(clips).size


def main() -> None:
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    random = np.random.default_rng(1)
    level = 3000 * (1 + np.sin(np.arange(16_000) / 1000))
    clips = (random.normal(size=(CLIPS, 16_000)) * level).clip(-32768, 32767).astype(np.int16)

    contenders: dict[str, Callable[[Clips], int]] = {
        "TensorFlow op": tensorflow_op,
        "pymicro_features": pymicro,
        "kws": kws,
    }
    rates = dict.fromkeys(contenders, 0.0)
    for contender in contenders.values():
        contender(clips[:1])  # build, load, warm up
    for _ in range(TURNS):
        for name, contender in contenders.items():
            start = time.process_time()
            count = contender(clips)
            seconds = time.process_time() - start
            assert count == CLIPS * 98 * 40
            rates[name] = max(rates[name], count / seconds)
    print(f"{'':<18}{'features/s':>12}{'clips/s':>10}{'kws is faster by':>18}")
    for name, rate in rates.items():
        per_clip = rate / (98 * 40)
        print(f"{name:<18}{rate:>12,.0f}{per_clip:>10,.0f}{rates['kws'] / rate:>18.2f}")


if __name__ == "__main__":
    main()
