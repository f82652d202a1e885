# SPDX-License-Identifier: Apache-2.0
"""What the tests of exports share: runs, and every format of one of them."""

from dataclasses import replace
from pathlib import Path

import pytest

from kws.export import export
from kws.run.paths import RunPaths
from kws_codegen.base.detect_config import DetectConfig
from tests.export.formats import OWN_FILES
from tests.support.exports import generated_run
from tests.support.tiny_run import CONFIG

LISTENER = replace(CONFIG, detect=DetectConfig(smoothing=2, threshold=0.3, refractory_ms=300))
"""With random weights, some noise is a word."""


@pytest.fixture(scope="package")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunPaths:
    return generated_run(tmp_path_factory.mktemp("export") / "run", LISTENER)


@pytest.fixture(scope="package")
def exports(run: RunPaths, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every format with the static model, in a folder of its name."""
    root = tmp_path_factory.mktemp("exports")
    for format in OWN_FILES:
        export(run, LISTENER, format, root / format)
    return root
