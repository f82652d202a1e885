# SPDX-License-Identifier: Apache-2.0
"""The licence line of every exported file."""

from pathlib import PurePosixPath

_SPDX = "SPDX-License-Identifier"
_IDENTIFIER = "Apache-2.0"
# How a file says something to people only, by the end of its name.
_COMMENTS = {
    ".c": "/* {} */",
    ".cc": "/* {} */",
    ".h": "/* {} */",
    ".ino": "/* {} */",
    ".md": "<!-- {} -->",
    "CMakeLists.txt": "# {}",
    "Kconfig": "# {}",
    ".conf": "# {}",
    ".properties": "# {}",
    ".yml": "# {}",
}


def with_licence(path: str, text: str) -> str:
    """The file's text with a licence line, first of all where it has none yet.

    Raises KeyError for a kind of file whose comments are not known.
    """
    file = PurePosixPath(path)
    if _SPDX in text or file.suffix == ".json":  # takes no comments; a key of its own says it
        return text
    comment = _COMMENTS.get(file.name) or _COMMENTS[file.suffix]
    return f"{comment.format(f'{_SPDX}: {_IDENTIFIER}')}\n{text}"
