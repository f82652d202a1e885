# SPDX-License-Identifier: Apache-2.0
"""--budget flash=60k,ram=16k,instructions=3M in numbers."""

import re

from kws.config.schema import BudgetConfig
from kws_codegen.base.errors import KwsError

_KEYS = {
    "flash": "flash_bytes",
    "ram": "ram_bytes",
    "instructions": "instructions_per_inference",
}
_UNITS = {"": 1, "k": 1000, "Ki": 1024, "M": 1_000_000, "Mi": 1 << 20}
_LIMIT = re.compile(r"(\w+)=([0-9]+(?:\.[0-9]+)?)(|k|Ki|M|Mi)")


def read_budget(text: str) -> BudgetConfig:
    """The limits of a firmware; k is 1,000 and Ki 1,024. KwsError says what is wrong."""
    limits = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        found = _LIMIT.fullmatch(part)
        if not found or found[1] not in _KEYS or float(found[2]) <= 0:
            raise KwsError(
                f"--budget {part} is no limit",
                "Give any of flash, ram and instructions: flash=60k,ram=16k,instructions=3M "
                "(k: 1,000, Ki: 1,024, M, Mi).",
            )
        limits[_KEYS[found[1]]] = round(float(found[2]) * _UNITS[found[3]])
    if not limits:
        raise KwsError("--budget names no limit", "For example: --budget flash=60k,ram=16k")
    return BudgetConfig(**limits)
