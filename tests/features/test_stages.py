# SPDX-License-Identifier: Apache-2.0
"""The C tests of the stages, through CTest and under sanitizers, in several configurations,
and with the arithmetic of the smallest cores."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from kws.source import source_root
from kws_codegen.base.feature_config import FeatureConfig
from kws_codegen.frontend.feature_constants import feature_constants_files
from kws_codegen.render import FileInfo

CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "default": {},
    "pre-emphasis": {"pre_emphasis": 0.97},
    "smallest FFT": {
        "sample_rate_hz": 4000, "window_ms": 2, "hop_ms": 1, "channels": 2, "pcan": False,
        "upper_band_hz": 1400.0,
    },
    "largest FFT": {
        "sample_rate_hz": 48_000, "window_ms": 128, "hop_ms": 40, "channels": 100,
        "noise_reduction": False, "log": False,
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "c_flags"),
    [*((name, "") for name in CONFIGURATIONS), ("default", "-DKWS_SHORT_ARITHMETIC=1")],
)
def test_stages(name: str, c_flags: str, tmp_path: Path) -> None:
    generated = tmp_path / "generated"
    generated.mkdir()
    info = FileInfo("test", "test")
    features = FeatureConfig(**CONFIGURATIONS[name])
    for file_name, text in feature_constants_files(features, info).items():
        (generated / file_name).write_text(text)
    build = tmp_path / "build"
    options = ("KWS_PART=frontend", "KWS_TESTS=ON", "KWS_SANITIZE=ON", f"CMAKE_C_FLAGS={c_flags}")
    folders = [f"-S{source_root()}", f"-B{build}", f"-DKWS_GENERATED_DIR={generated}"]
    run("cmake", *folders, *(f"-D{option}" for option in options))
    run("cmake", "--build", str(build))
    output = run("ctest", "--test-dir", str(build), "--output-on-failure", "-R", "^frontend$")
    assert "100% tests passed, 0 tests failed out of 1" in output


def run(*command: str) -> str:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout
