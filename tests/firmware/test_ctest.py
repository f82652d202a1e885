# SPDX-License-Identifier: Apache-2.0
"""The C unit tests (tests/c) under CTest, with address and undefined-behaviour sanitizers."""

import os
import subprocess
from pathlib import Path

import pytest

from kws.source import source_root
from kws_codegen.base.detect_config import DetectConfig, Form
from kws_codegen.generate import generate
from tests.support.tiny_run import CONFIG, tiny_model


@pytest.mark.parametrize("form", ["rows", "window"])
def test_c_unit_tests(form: Form, tmp_path: Path) -> None:
    generated, build = tmp_path / "generated", tmp_path / "build"
    detect = DetectConfig(form=form)
    generate(CONFIG.interface, tiny_model(), generated, "kws generate --run RUN", detect)
    subprocess.run(
        [
            "cmake", "-S", source_root(), "-B", build, f"-DKWS_GENERATED_DIR={generated}",
            "-DKWS_TESTS=ON", "-DKWS_SANITIZE=ON", "-DCMAKE_BUILD_TYPE=Debug",
        ],
        check=True,
    )  # fmt: skip
    subprocess.run(["cmake", "--build", build, "--parallel", str(os.cpu_count() or 1)], check=True)
    done = subprocess.run(
        ["ctest", "--test-dir", build, "--output-on-failure", "--no-tests=error"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("app_bytes", "app_framing", "app_session", "classifier"):
        assert f"{name} " in done.stdout
