# SPDX-License-Identifier: Apache-2.0
"""libFuzzer on the firmware's command loop, for a moment; python -m bench.fuzz_app goes on."""

from pathlib import Path

import pytest

from kws_codegen.protocol.messages import Command
from tests.support.fuzzer import build_fuzzer, run_fuzzer


@pytest.fixture(scope="module")
def fuzzer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_fuzzer(tmp_path_factory.mktemp("fuzzer"))


def test_nothing_that_arrives_breaks_the_firmware(fuzzer: Path, tmp_path: Path) -> None:
    frames, _ = run_fuzzer(fuzzer, tmp_path, "-runs=1500", "-seed=1", "-max_len=512")
    assert frames > 5000


def test_the_kept_inputs_reach_every_command(fuzzer: Path, tmp_path: Path) -> None:
    """Without them the fuzzer would need hours for some."""
    _, carried_out = run_fuzzer(fuzzer, tmp_path, "-runs=0")
    assert set(carried_out) == set(Command)
