# SPDX-License-Identifier: Apache-2.0
"""--budget flash=60k,ram=40k,instructions=3M in numbers."""

from kws.config.quantity import read_quantity
from kws.config.schema import BudgetConfig
from kws_codegen.base.errors import KwsError

_KEYS = {
    "flash": "flash_bytes",
    "ram": "ram_bytes",
    "instructions": "instructions_per_inference",
}


def read_budget(text: str) -> BudgetConfig:
    """The limits of a firmware; k is 1,000 and Ki 1,024. KwsError says what is wrong."""
    limits = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, number = part.partition("=")
        limit = read_quantity(number)
        if name not in _KEYS or not limit:
            raise KwsError(
                f"--budget {part} is no limit",
                "Give any of flash, ram and instructions: flash=60k,ram=40k,instructions=3M "
                "(k: 1,000, Ki: 1,024, M, Mi).",
            )
        limits[_KEYS[name]] = limit
    if not limits:
        raise KwsError("--budget names no limit", "For example: --budget flash=60k,ram=40k")
    return BudgetConfig(**limits)
