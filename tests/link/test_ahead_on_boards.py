# SPDX-License-Identifier: Apache-2.0
"""Requests ahead of answers on boards whose interrupt fills a ring while the core computes."""

import numpy as np
import pytest

from kws.firmware.boards import find_board
from kws.firmware.cmake import build_firmware
from kws.firmware.launch import run_board
from kws.link.connect import connect
from kws.run.paths import RunPaths
from kws_codegen.protocol.messages import ClipKind
from tests.support.board_tools import require_tools
from tests.support.line_session import Clips
from tests.support.tiny_run import CONFIG


@pytest.mark.parametrize(("name", "receive_bytes"), [("mps2_an386", 4096), ("microbit", 512)])
def test_nothing_is_lost_while_the_core_computes(
    run: RunPaths, name: str, receive_bytes: int
) -> None:
    board = find_board(name)
    require_tools(board)
    firmware = build_firmware(run.generated, run.build(name), name)
    clips = Clips(12)
    random = np.random.default_rng(1)
    audio = [
        random.integers(-9999, 9999, CONFIG.clip_samples).astype("<i2").tobytes() for _ in range(2)
    ]
    with run_board(board, firmware) as url, connect(url) as device:
        device.handshake()
        assert device._sync().receive_bytes == receive_bytes
        results = list(device.classify_all(ClipKind.FEATURES, clips.features))
        assert device.stats().bad_frames == 0
        assert [result.scores for result in results] == clips.scores
        alone = [device.classify(ClipKind.AUDIO, clip) for clip in audio]
        ahead = list(device.classify_all(ClipKind.AUDIO, audio))
        assert [r.features_crc for r in ahead] == [r.features_crc for r in alone]
        assert [r.scores for r in ahead] == [r.scores for r in alone]
        assert device.stats().bad_frames == 0
    assert (device.counters.damaged_answers, device.counters.damaged_requests) == (0, 0)
