# SPDX-License-Identifier: Apache-2.0
"""Faults planted in the code of a run: `kws compare` names the right stage for each."""

import shutil
from pathlib import Path

import pytest

from kws.compare.reference import reference_trace
from kws.compare.sides import TracedClip, find_clip, side_trace
from kws.compare.stages import Comparison, compare_traces
from kws.compare.trace import Trace
from kws.evaluate.clips import TrainedModel
from kws.firmware.boards import find_board
from kws.run.paths import RunPaths
from kws.source import source_root
from kws_codegen.base.feature_config import STAGES
from tests.support.board_tools import require_tools
from tests.support.traced_run import planted, traced_run

TABLES, SIZES = "feature_constants.c", "feature_constants.h"
MODEL, INFO = "static_model.c", "model_info.h"

# File, what stands there, what is planted, the stage where it must be found.
FAULTS = {
    "wrong front-end constant": (SIZES, "PCAN_SNR_SHIFT 7", "PCAN_SNR_SHIFT 8", "pcan"),
    "swapped filter weight": (TABLES, "{441, 3655}", "{3655, 441}", "filterbank"),
    "off-by-one hop": (SIZES, "KWS_HOP_SAMPLES 160", "KWS_HOP_SAMPLES 159", "framing"),
    "wrong zero point": (INFO, "ZERO_POINT (-128)", "ZERO_POINT (-127)", "int8_input"),
    "damaged model array": (MODEL, "60, -118, 77, -89,", "60, -118, 77, 39,", "operator 3"),
}
MORE_FAULTS = {
    "pre-emphasis": (SIZES, "EMPHASIS_COEFFICIENT 16384", "EMPHASIS_COEFFICIENT 16383",
                     "pre_emphasis"),
    "window": (SIZES, "KWS_WINDOW_BITS 12", "KWS_WINDOW_BITS 13", "window"),
    "twiddle": (TABLES, "{-2410, -32678}", "{-2410, -32578}", "fft"),
    "first bin": (SIZES, "KWS_START_BIN 5", "KWS_START_BIN 4", "filterbank"),
    "smoothing": (SIZES, "KWS_EVEN_SMOOTHING 409", "KWS_EVEN_SMOOTHING 410", "noise_estimate"),
    "noise floor": (SIZES, "SIGNAL_REMAINING 819", "SIGNAL_REMAINING 1819", "noise_reduction"),
    "logarithm": (SIZES, "KWS_LOG_LN2 45426", "KWS_LOG_LN2 45526", "log_scale"),
    "feature scale": (INFO, "MULTIPLIER 1525201463u", "MULTIPLIER 1525901463u", "int8_input"),
    "bias": (MODEL, "-31582, -8251,", "-31582, 18251,", "operator 0"),
    "operator's zero point": (MODEL, ".zero_point = 0,", ".zero_point = 1,", "operator 3"),
    "softmax": (MODEL, ".multiplier = 1717986944,", ".multiplier = 1517986944,", "operator 4"),
}  # fmt: skip


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunPaths, TrainedModel]:
    return traced_run(tmp_path_factory.mktemp("compare"))


@pytest.fixture(scope="module")
def run(traced: tuple[RunPaths, TrainedModel]) -> RunPaths:
    return traced[0]


@pytest.fixture(scope="module")
def model(traced: tuple[RunPaths, TrainedModel]) -> TrainedModel:
    return traced[1]


@pytest.fixture(scope="module")
def clip(run: RunPaths, model: TrainedModel) -> TracedClip:
    return find_clip(run, model, "yes/c", "testing")


@pytest.fixture(scope="module")
def expected(model: TrainedModel, clip: TracedClip) -> Trace:
    return reference_trace(model, clip.name, clip.samples)


def compared(
    side: str, run: RunPaths, model: TrainedModel, clip: TracedClip, expected: Trace
) -> Comparison:
    actual = side_trace(side, run, model, clip)
    return compare_traces(expected, actual, model.config, model.tflite)


def test_every_stage_is_there_in_order(expected: Trace, model: TrainedModel) -> None:
    operators = [f"operator {i}" for i in range(5)]
    stages = [s for s in expected.values if s not in ("pcm", "framing", "noise_estimate")]
    assert stages == [*STAGES, "int8_input", *operators, "scores", "decision"]
    features = model.config.features
    sizes = {stage: values.size for stage, values in expected.values.items()}
    assert sizes["pcm"] == sizes["pre_emphasis"] == 8000
    assert sizes["framing"] == sizes["window"] == 49 * features.window_samples
    assert sizes["fft"] == 49 * 2 * 127
    assert sizes["filterbank"] == sizes["log_scale"] == sizes["int8_input"] == 49 * 20


@pytest.mark.parametrize("side", ["host", "mps2_an386", "rv32"])
def test_sound_code_is_identical(
    side: str, run: RunPaths, model: TrainedModel, clip: TracedClip, expected: Trace
) -> None:
    require_tools(find_board(side))
    result = compared(side, run, model, clip, expected)
    assert result.identical and result.first is None
    assert {stage.stage for stage in result.stages} == set(expected.values)


@pytest.mark.parametrize(
    ("side", "name"),
    [(side, name) for side in ("host", "mps2_an386") for name in FAULTS]
    + [("host", name) for name in MORE_FAULTS],
)
def test_the_right_stage_is_named(
    side: str, name: str, run: RunPaths, model: TrainedModel, clip: TracedClip, expected: Trace
) -> None:
    require_tools(find_board(side))
    file, good, bad, stage = {**FAULTS, **MORE_FAULTS}[name]
    with planted(run.generated / file, good, bad):
        result = compared(side, run, model, clip, expected)
    assert not result.identical and result.first is not None
    assert result.first.stage == stage
    assert 0 < result.first.differing <= result.first.values
    before = [s.differing for s in result.stages[: [x.stage for x in result.stages].index(stage)]]
    assert before and not any(before)


# Side, file below firmware/, what stands there, what is planted, the stage.
SOURCE_FAULTS = {
    "hop": ("host", "frontend/frontend.c", "held -= KWS_HOP_SAMPLES", "held -= KWS_HOP_SAMPLES + 1",
            "framing"),
    "kernel": ("host", "kernels/kws_average_pool_2d_s8.c", "s3 += value[3]", "s3 += value[2]",
               "operator 1"),
    "best class": ("host", "classifier/classifier.c", "scores[i] > scores[best]",
                   "scores[i] < scores[best]", "decision"),
    "instruction of one core": ("mps2_an386", "frontend/complex_q15_dsp.h", "__shadd16", "__qadd16",
                                "fft"),
}  # fmt: skip


@pytest.mark.parametrize("name", SOURCE_FAULTS)
def test_fault_in_hand_written_code(
    name: str,
    run: RunPaths,
    model: TrainedModel,
    clip: TracedClip,
    expected: Trace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    side, file, good, bad, stage = SOURCE_FAULTS[name]
    require_tools(find_board(side))
    for part in ("firmware", "cmake"):
        shutil.copytree(source_root() / part, tmp_path / part)
    shutil.copy(source_root() / "CMakeLists.txt", tmp_path)
    source = tmp_path / "firmware" / file
    text = source.read_text(encoding="utf-8")
    assert good in text
    source.write_text(text.replace(good, bad), encoding="utf-8")
    shutil.copytree(run.generated, tmp_path / "run" / "generated")
    monkeypatch.setattr("kws.firmware.cmake.source_root", lambda: tmp_path)
    result = compared(side, RunPaths(tmp_path / "run"), model, clip, expected)
    assert result.first is not None and result.first.stage == stage


def test_frame_and_place_of_a_hop(
    run: RunPaths, model: TrainedModel, clip: TracedClip, expected: Trace
) -> None:
    """The first frame is right, the second begins one sample early."""
    file, good, bad, _ = FAULTS["off-by-one hop"]
    with planted(run.generated / file, good, bad):
        first = compared("host", run, model, clip, expected).first
    assert first is not None and first.frame == 1
    samples = expected.values["pre_emphasis"]
    differing = next(i for i in range(240) if samples[160 + i] != samples[159 + i])
    assert first.index == differing
    assert (first.expected, first.actual) == (samples[160 + differing], samples[159 + differing])
    assert first.place == f"frame 1, sample {differing}"


def test_channel_of_a_filter_weight(
    run: RunPaths, model: TrainedModel, clip: TracedClip, expected: Trace
) -> None:
    """The second bin belongs to slot 0 or 1: to channel 0, or to 0 and 1."""
    file, good, bad, _ = FAULTS["swapped filter weight"]
    with planted(run.generated / file, good, bad):
        first = compared("host", run, model, clip, expected).first
    assert first is not None and first.frame is not None
    assert first.index in (0, 1)
    assert first.place == f"frame {first.frame}, channel {first.index}"


def test_frames_that_are_missing(model: TrainedModel, clip: TracedClip, expected: Trace) -> None:
    """A stage that gives less than it must, or nothing, is named where the values end."""
    values = dict(expected.values)
    values["log_scale"] = values["log_scale"][:-20]
    del values["int8_input"]
    result = compare_traces(expected, Trace("cut", clip.name, values), model.config, model.tflite)
    assert result.first is not None
    assert (result.first.stage, result.first.place) == ("log_scale", "frame 48, channel 0")
    assert (result.first.actual, result.first.differing) == (None, 20)
    differing = {stage.stage: stage.differing for stage in result.stages}
    assert differing["int8_input"] == 980 and differing["operator 0"] == 0
