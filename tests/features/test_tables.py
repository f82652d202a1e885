# SPDX-License-Identifier: Apache-2.0
"""Generated feature constants: what they hold, how they look, what is refused."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from kws.source import source_root
from kws_codegen import FORMAT_VERSION
from kws_codegen.base.errors import KwsError
from kws_codegen.base.feature_config import FeatureConfig
from kws_codegen.base.hashes import config_hash
from kws_codegen.frontend import fft
from kws_codegen.frontend.feature_constants import feature_constants_files
from kws_codegen.frontend.filterbank import WEIGHT_BITS, filter_bank
from kws_codegen.frontend.float32 import log1p_f32
from kws_codegen.render import FileInfo, c_array, c_comment, c_pairs, c_string

INFO = FileInfo("mcu-kws 1.2.3", "kws generate --run runs/demo", feature_hash="ab" * 32)


def files(**changes: object) -> dict[str, str]:
    return feature_constants_files(FeatureConfig(**changes), INFO)


def test_same_input_same_text() -> None:
    assert files() == files()
    assert files() != files(channels=20)


@pytest.mark.parametrize(
    "pattern",
    [
        r"Generated: do not edit",
        rf"Generator: mcu-kws 1\.2\.3, format version {FORMAT_VERSION}",
        r"Command:   kws generate --run runs/demo",
        rf"Features:  {'ab' * 32}",
        rf"#if KWS_FORMAT_VERSION != {FORMAT_VERSION}\n#error \".*kws generate --run runs/demo\"",
        r"#define KWS_SAMPLE_RATE_HZ 16000\n",
        r"#define KWS_WINDOW_SAMPLES 480 ",
        r"#define KWS_HOP_SAMPLES 320 ",
        r"#define KWS_FFT_SIZE 512\n",
        r"#define KWS_CHANNELS 40\n",
        r"#define KWS_NOISE_REDUCTION 1\n",
        r"#define KWS_PCAN 1\n",
        r"#define KWS_LOG 1\n",
        r"#define KWS_SMOOTHING_BITS 10\n",
        r"#define KWS_EVEN_SMOOTHING 409\n",
        r"#define KWS_ODD_SMOOTHING 983\n",
        r"#define KWS_MIN_SIGNAL_REMAINING 819\n",
        r"#define KWS_PCAN_SNR_SHIFT 6\n",
        r"#define KWS_LOG_INPUT_LEFT_SHIFT 3\n",
        rf"#define KWS_FEATURE_HASH \"{config_hash(FeatureConfig())}\"",
    ],
)
def test_header_holds(pattern: str) -> None:
    assert re.search(pattern, files()["feature_constants.h"])


ABSOLUTE_PATH = r"""(^|[\s"'(=:])/\w+/"""


def test_pattern_knows_a_path() -> None:
    assert re.search(ABSOLUTE_PATH, "Command: kws generate --run /srv/runs/demo")
    assert not re.search(ABSOLUTE_PATH, "tensorflow/lite/experimental /* a comment */ a / b")


@pytest.mark.parametrize("pattern", [ABSOLUTE_PATH, r"20\d\d-\d\d", r"\d:\d\d"])
def test_no_path_and_no_time(pattern: str) -> None:
    assert not any(re.search(pattern, text) for text in files().values())


@pytest.mark.parametrize("name", ["feature_constants.h", "feature_constants.c"])
def test_stages_that_are_off_have_no_tables(name: str) -> None:
    text = files(pcan=False, log=False, noise_reduction=False)[name]
    for absent in ("kws_pcan_gain", "kws_log_table", "KWS_PCAN_SNR_SHIFT", "KWS_EVEN_SMOOTHING"):
        assert absent not in text
    assert "kws_pcan_gain" in files()[name]


def test_pcan_keeps_the_noise_estimate() -> None:
    text = files(noise_reduction=False)["feature_constants.h"]
    assert "#define KWS_NOISE_REDUCTION 0\n" in text
    assert "#define KWS_NOISE_ESTIMATE 1\n" in text
    assert "#define KWS_EVEN_SMOOTHING 409\n" in text
    assert (
        "#define KWS_NOISE_ESTIMATE 0\n"
        in files(noise_reduction=False, pcan=False)["feature_constants.h"]
    )


def test_lines_fit_and_end() -> None:
    for text in files().values():
        assert text.endswith("\n")
        assert max(map(len, text.splitlines())) <= 110  # the hash and #error lines are long
        assert not re.search(r"[ \t]\n", text)


def test_another_format_version_does_not_compile(tmp_path: Path) -> None:
    for name, text in files().items():
        (tmp_path / name).write_text(text)
    other = tmp_path / "other"
    other.mkdir()
    (other / "format.h").write_text(f"#define KWS_FORMAT_VERSION {FORMAT_VERSION + 1}\n")

    def compile_with(folder: Path) -> "subprocess.CompletedProcess[str]":
        command = ["cc", "-std=c11", "-fsyntax-only", f"-I{folder}", f"-I{tmp_path}"]
        return subprocess.run(
            [*command, tmp_path / "feature_constants.c"],
            capture_output=True,
            text=True,
            check=False,
        )

    assert compile_with(source_root() / "firmware").returncode == 0
    refused = compile_with(other)
    assert refused.returncode != 0
    assert "make it again: kws generate --run runs/demo" in refused.stderr


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"upper_band_hz": 8000.0}, "upper_band_hz = 8000 reaches the last FFT bin"),
        ({"pcan_gain_bits": 10}, "pcan_gain_bits = 10 is too small"),
        ({"smoothing_bits": 2}, "smoothing_bits = 2 is too small for PCAN"),
    ],
)
def test_parameters_that_cannot_work_are_named(changes: dict[str, float], message: str) -> None:
    with pytest.raises(KwsError, match=message) as fault:
        files(**changes)
    assert "Use at" in fault.value.hint


def test_the_limits_in_the_hints_work() -> None:
    files(upper_band_hz=7968.75, pcan_gain_bits=15, smoothing_bits=3)
    files(smoothing_bits=0, pcan=False)


LOG1PF = (
    (0.0, 0x00000000),
    (9.5367431640625e-07, 0x357FFFF8),
    (0.4142000079154968, 0x3EB170D6),
    (0.41429999470710754, 0x3EB17A1B),
    (1.0, 0x3F317218),
    (7.0, 0x40051592),
    (100.0, 0x4093AF11),
    (0.2678571343421936, 0x3E730628),
    (1.3839285373687744, 0x3F5E6662),
)


def test_log1p_is_the_float32_library_function() -> None:
    """glibc 2.36's log1pf, bit for bit; the last two it does not round to the nearest."""
    for x, bits in LOG1PF:
        assert log1p_f32(np.float32(x)).tobytes() == np.uint32(bits).tobytes()


def test_a_bins_energy_is_shared_between_neighbours() -> None:
    bank = filter_bank(FeatureConfig())
    assert bank.widths.sum() == bank.end_bin - bank.start_bin == len(bank.weights)
    assert np.abs(bank.weights.sum(axis=1) - (1 << WEIGHT_BITS)).max() <= 1


@pytest.mark.parametrize(
    ("points", "radices"),
    [(4, [4]), (8, [2, 4]), (16, [4, 4]), (256, [4] * 4), (2048, [2, *[4] * 5])],
)
def test_fft_passes(points: int, radices: list[int]) -> None:
    assert fft.fft_radices(points) == radices
    order = fft.fft_order(points)
    assert sorted(order) == list(range(points // radices[0]))


def test_arrays_wrap_at_100_columns() -> None:
    text = c_array(range(-40, 60), "u")
    assert all(line.startswith("    ") and len(line) <= 100 for line in text.splitlines())
    assert [int(n) for n in re.findall(r"-?\d+(?=u,)", text)] == list(range(-40, 60))
    assert c_array([-(1 << 31)]).strip() == "(-2147483647 - 1),"
    assert c_pairs([[1, -2], [3, 4]]) == "    {1, -2}, {3, 4},"
    assert c_array([]) == ""


def test_text_cannot_break_out() -> None:
    assert "*/" not in c_comment("ends */ here\nand /* goes on")
    assert c_string('say "ä" \\ ?') == 'say \\"\\303\\244\\" \\\\ \\?'
