# SPDX-License-Identifier: Apache-2.0
"""Write again all that is made from the table: `python -m kws_codegen.protocol`."""

import sys
from pathlib import Path

import kws_codegen
from kws_codegen.base.errors import KwsError
from kws_codegen.protocol.document import made_files


def main() -> int:
    """Exit status 2 outside a checkout."""
    root = Path(kws_codegen.__file__).parents[2]
    try:
        files = made_files(root)
    except KwsError as error:
        print(error, file=sys.stderr)
        return 2
    for path, text in files.items():
        changed = not path.is_file() or path.read_text(encoding="utf-8") != text
        if changed:
            path.write_text(text, encoding="utf-8")
        print(f"{path.relative_to(root)}: {'written' if changed else 'unchanged'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
