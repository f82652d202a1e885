# SPDX-License-Identifier: Apache-2.0
"""The streaming model of a made network against TensorFlow Lite Micro, window by window."""

import subprocess

import numpy as np
import numpy.typing as npt

from kws.inference.golden import golden_outputs
from kws.inference.static_runner import SANITIZED, model_program
from kws_codegen.base.version import GENERATOR
from kws_codegen.operators.time_use import NotStreamable
from kws_codegen.render import FileInfo
from kws_codegen.streaming.static_stream import StaticStream, static_stream, static_stream_files

Int8 = npt.NDArray[np.int8]


def stream_of(model: bytes, frames: int) -> StaticStream:
    content = static_stream(model, frames)
    assert not isinstance(content, NotStreamable), content.reason
    return content


def streamed_scores(
    content: StaticStream, rows: Int8, options: tuple[str, ...] = SANITIZED, restart: int = 0
) -> Int8:
    """Scores of every window that begins at a multiple of the stride: int8 [windows, classes]."""
    texts = static_stream_files(content, FileInfo(GENERATOR, "tests"))
    arguments = [str(restart)] if restart else []
    with model_program(texts, "stream_runner.c", options) as program:
        result = subprocess.run(
            [program, *arguments], input=rows.tobytes(), capture_output=True, check=False
        )
    assert result.returncode == 0, result.stderr.decode()
    return np.frombuffer(result.stdout, np.int8).reshape(-1, content.graph.output.size)


def windows_of(rows: Int8, frames: int, stride: int) -> Int8:
    """int8 [rows, bytes] to [windows, frames * bytes]."""
    starts = range(0, len(rows) - frames + 1, stride)
    return np.stack([rows[start : start + frames].reshape(-1) for start in starts])


def check_stream(
    model: bytes, frames: int, seed: int = 0, decisions: int = 12, varied: bool = True
) -> StaticStream:
    """Every decision over random rows equals TensorFlow Lite Micro's on that window."""
    content = stream_of(model, frames)
    stride = content.axis.stride
    count = frames + stride * (decisions - 1)
    row_bytes = content.graph.input.size // frames
    rows = random_rows(seed, count, row_bytes)
    expected = golden_outputs(model, windows_of(rows, frames, stride), processes=1)
    actual = streamed_scores(content, rows)
    assert np.array_equal(actual, expected.reshape(len(actual), -1))
    assert not varied or np.ptp(actual, axis=0).any(), (
        "every window gives the same: nothing is tested"
    )
    return content


def random_rows(seed: int, count: int, row_bytes: int) -> Int8:
    """int8 [count, row_bytes] whose level and texture change from row to row, as sound does."""
    rng = np.random.default_rng(seed)
    level = rng.uniform(-200, 200, (count, 1)) * rng.uniform(0, 1, (1, row_bytes))
    return np.clip(level + rng.normal(0, 40, (count, row_bytes)), -128, 127).astype(np.int8)
