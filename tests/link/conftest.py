# SPDX-License-Identifier: Apache-2.0
"""The x86 firmware of a tiny run, sanitizers on, built once."""

from pathlib import Path

import pytest

from kws.firmware.cmake import build_firmware
from kws.run.paths import RunPaths
from tests.support.tiny_run import tiny_run


@pytest.fixture(scope="package")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunPaths:
    return tiny_run(tmp_path_factory.mktemp("firmware"))


@pytest.fixture(scope="package")
def firmware(run: RunPaths) -> Path:
    return build_firmware(run.generated, run.build("host"), sanitize=True)
