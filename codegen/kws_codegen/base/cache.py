"""The folder of everything that can be made again."""

import os
from pathlib import Path

import platformdirs


def cache_dir() -> Path:
    """Folder of everything that can be made again; KWS_CACHE_DIR overrides the user's cache."""
    override = os.environ.get("KWS_CACHE_DIR")
    path = Path(override) if override else Path(platformdirs.user_cache_dir("mcu-kws"))
    path.mkdir(parents=True, exist_ok=True)
    return path
