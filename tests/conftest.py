# SPDX-License-Identifier: Apache-2.0
"""What all tests share."""

import pytest
from hypothesis import HealthCheck, settings

from kws.run.paths import RunPaths
from tests.support.tiny_run import tiny_run

# A busy machine is no fault of an example.
settings.register_profile("kws", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kws")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunPaths:
    """A run with everything up to the generated code, for the tests of one file."""
    return tiny_run(tmp_path_factory.mktemp("run"))
