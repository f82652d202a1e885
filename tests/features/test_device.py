# SPDX-License-Identifier: Apache-2.0
"""The front end on microcontroller cores (QEMU): the host's features, within its budget."""

import shutil

from bench.frontend_device import FRAMES, host_checksum, measure_core, sizes

from kws_codegen.base.feature_config import FeatureConfig

CHECKSUM = 0x1E342F2D  # of 49 frames of noise, some of it at full scale
INSTRUCTIONS_A_FRAME = {"m0": 110_000, "m4": 48_000, "m55": 35_000}
FLASH_BYTES = 8192
RAM_BYTES = 4608


def test_features_and_instructions_on_each_core() -> None:
    """Each core that this machine has a compiler and an emulator for; the host always."""
    features = FeatureConfig()
    assert host_checksum(features) == CHECKSUM
    if shutil.which("arm-none-eabi-gcc") and shutil.which("qemu-system-arm"):
        for core, most in INSTRUCTIONS_A_FRAME.items():
            values = measure_core(core, features)
            assert values["checksum"] == CHECKSUM, core
            assert values["whole"] // FRAMES <= most, core
            flash, ram = sizes(core, features)
            assert flash <= FLASH_BYTES, core
            assert ram <= RAM_BYTES, core


def test_pre_emphasis_on_a_core() -> None:
    features = FeatureConfig(pre_emphasis=0.97)
    if shutil.which("arm-none-eabi-gcc") and shutil.which("qemu-system-arm"):
        for core in ("m0", "m4"):
            assert measure_core(core, features)["checksum"] == host_checksum(features), core
