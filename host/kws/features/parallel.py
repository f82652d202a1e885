# SPDX-License-Identifier: Apache-2.0
"""Features of many clips, on several processes."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from kws.console import progress
from kws.features.frontend import FrontEnd
from kws_codegen.base.feature_config import FeatureConfig
from kws_codegen.base.processes import worker_pool

CLIPS_PER_TASK = 500
CLIPS_WORTH_A_PROCESS = 4000  # fewer take less time than the start of one


def compute(
    clips: NDArray[np.int16], features: FeatureConfig, processes: int | None = None
) -> NDArray[np.uint16]:
    """Features of int16 [n, clip_samples]: uint16 [n, frames, channels].

    `processes` is the most to use, by default one per CPU; the result does not depend on it.
    KwsError as FrontEnd.
    """
    front_end = FrontEnd(features)  # builds the library before any worker wants it
    if clips.dtype != np.int16 or clips.ndim != 2:
        return front_end.clips(clips)  # raises what is wrong
    out = np.empty((len(clips), features.frames(clips.shape[1]), features.channels), np.uint16)
    workers = min(processes or os.cpu_count() or 1, 1 + len(clips) // CLIPS_WORTH_A_PROCESS)
    starts = range(0, len(clips), CLIPS_PER_TASK)
    batches = (clips[start : start + CLIPS_PER_TASK] for start in starts)
    with ExitStack() as stack:
        display = stack.enter_context(progress())
        task = display.add_task("features", total=len(clips))
        results: Iterator[NDArray[np.uint16]]
        if workers == 1:
            results = map(front_end.clips, batches)
        else:
            results = stack.enter_context(worker_pool(workers)).map(
                _clips, repeat(features), batches
            )
        for start, result in zip(starts, results, strict=True):
            out[start : start + len(result)] = result
            display.advance(task, len(result))
    return out


def _clips(features: FeatureConfig, batch: NDArray[np.int16]) -> NDArray[np.uint16]:
    return FrontEnd(features).clips(batch)
