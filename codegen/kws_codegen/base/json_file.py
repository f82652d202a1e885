# SPDX-License-Identifier: Apache-2.0
"""Dataclasses as JSON files: one way to write them, to read them back, and to say what is wrong."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from kws_codegen.base.errors import KwsError

T = TypeVar("T")


def write_json(path: Path, content: Any, **derived: Any) -> None:
    """Write a dataclass, and `derived` values that follow from it, for other programs to read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({**asdict(content), **derived}, indent=2)
    path.write_text(text + "\n", encoding="utf-8")


def read_json(path: Path, kind: type[T], command: str) -> T:
    """A dataclass of type `kind` that write_json wrote; other keys are passed over.

    KwsError, naming the `command` that writes the file, when it is missing or damaged.
    """
    if not path.is_file():
        raise KwsError(f"no {path}", f"Run `{command}` first.")
    try:
        return TypeAdapter(kind).validate_python(json.loads(path.read_bytes()))
    except (ValueError, ValidationError):
        raise KwsError(
            f"{path} is damaged, or of another version of kws",
            f"Delete it and run `{command}` again.",
        ) from None
