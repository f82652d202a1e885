# SPDX-License-Identifier: Apache-2.0
"""Where the firmware sources and the configurations lie: a checkout or an installed wheel."""

from pathlib import Path


def source_root() -> Path:
    """Folder that holds CMakeLists.txt, firmware/ and configs/ (checkout or installed wheel)."""
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "firmware").is_dir() and (checkout / "CMakeLists.txt").is_file():
        return checkout
    return Path(__file__).resolve().parent / "_source"
