# SPDX-License-Identifier: Apache-2.0
"""Text files as editors save them: UTF-8, with or without a byte-order mark, or UTF-16."""

import codecs
from pathlib import Path

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_text(path: Path, errors: str = "strict") -> str:
    """The text of a file; UTF-16 needs its mark. Raises UnicodeDecodeError when it is neither."""
    content = path.read_bytes()
    if content.startswith(_UTF_16):
        return content.decode("utf-16", errors)
    return content.decode("utf-8-sig", errors)
