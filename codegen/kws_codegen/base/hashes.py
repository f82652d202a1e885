# SPDX-License-Identifier: Apache-2.0
"""Hashes that travel in files, firmware and handshake: SHA-256 in hex."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any


def hash_json(value: Any) -> str:
    """SHA-256 (hex) of plain values in canonical JSON."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def plain_values(config: Any) -> dict[str, Any]:
    """A configuration dataclass as what JSON and TOML can hold."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(config)))
    return plain


def config_hash(part: Any) -> str:
    """SHA-256 (hex) of a configuration dataclass in canonical JSON."""
    return hash_json(plain_values(part))


def labels_hash(labels: tuple[str, ...]) -> str:
    """SHA-256 (hex) of the class names in output order."""
    return hash_json(list(labels))


def file_hash(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def tree_hash(folders: Iterable[Path], suffixes: tuple[str, ...] = ()) -> str:
    """SHA-256 over relative names and bytes of all files below `folders` (filtered by suffix)."""
    entries = []
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and (not suffixes or path.suffix in suffixes):
                entries.append([path.relative_to(folder).as_posix(), file_hash(path)])
    return hash_json(entries)
