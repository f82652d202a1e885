# SPDX-License-Identifier: Apache-2.0
"""Which run folders the firmware on a device was built from."""

from pathlib import Path

from kws.evaluate.clips import load_model
from kws.link.handshake import Expected, labels_differ
from kws.run.paths import RunPaths
from kws_codegen.base.errors import KwsError
from kws_codegen.protocol.messages import DeviceInfo


def expected_of_runs(folder: Path) -> dict[Path, Expected]:
    """What firmware of each finished run below a folder says; others are left out."""
    found = {}
    for config in sorted(folder.glob("*/config.toml")):
        try:
            found[config.parent] = load_model(RunPaths(config.parent)).expected
        except KwsError:
            continue  # not trained yet, or made with an older kws
    return found


def fitting_runs(info: DeviceInfo, runs: dict[Path, Expected]) -> list[Path]:
    """The runs that the device's firmware can have been built from."""
    return [
        run
        for run, expected in runs.items()
        if (info.model_hash, info.features_hash) == (expected.model_hash, expected.features_hash)
        and not labels_differ(info, expected)
    ]
