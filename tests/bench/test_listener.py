# SPDX-License-Identifier: Apache-2.0
"""What the presets for listening may cost on a Cortex-M4: front end, model by rows and detector."""

import pytest
from bench.device.boards import random_model
from bench.listener import measure_listener

from kws.config.schema import config_from_dict, load_config
from kws.firmware.boards import find_board
from kws.source import source_root
from tests.support.board_tools import require_tools

RAM_BYTES = 16_000


@pytest.mark.parametrize(
    ("preset", "per_second"), [("listen_small", 6_000_000), ("listen_micro", 4_000_000)]
)
def test_a_listener_keeps_to_its_budget(preset: str, per_second: int) -> None:
    require_tools(find_board("mps2_an386"))
    config = load_config(source_root() / "configs" / "listen.toml")
    network = config_from_dict({"model": {"architecture": "ds_cnn", "preset": preset}})
    cost = measure_listener("m4", config, random_model(network), "rows")
    assert cost.exact
    assert per_second / 2 < cost.per_second <= per_second
    assert max(cost.hops) < 4 * cost.per_second * config.features.hop_ms / 1000
    assert config.features.channels * config.frames < cost.ram_bytes <= RAM_BYTES
