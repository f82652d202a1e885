# SPDX-License-Identifier: Apache-2.0
"""Numbers as people write them on a command line: 60k, 1.5Mi, 61440."""

import re

_UNITS = {"": 1, "k": 1000, "ki": 1024, "m": 1_000_000, "mi": 1 << 20}
_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(|ki?|mi?)b?", re.IGNORECASE)


def read_quantity(text: str) -> int | None:
    """k is 1,000 and Ki 1,024, M and Mi likewise, with or without a B; None for what is none."""
    found = _QUANTITY.fullmatch(text.strip())
    return round(float(found[1]) * _UNITS[found[2].lower()]) if found else None
