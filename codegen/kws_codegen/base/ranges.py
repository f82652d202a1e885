# SPDX-License-Identifier: Apache-2.0
"""Types of configuration keys: strict ones, whose faults say what is allowed."""

import math
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, Strict
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

Switch = Annotated[bool, Strict()]
"""true or false, and nothing that could be taken for it."""


@dataclass(frozen=True)
class Range:
    """Of a key that is a number, `Annotated[int, Range(1, 8)]`: both ends are allowed.

    An int takes no 4.0 and no "4", a float takes whole numbers too; neither takes true or nan.
    """

    least: float
    most: float

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        kind = "a whole number" if source is int else "a number"
        allowed = f"must be {kind} from {_shown(self.least)} to {_shown(self.most)}"

        def check(value: object) -> float:
            whole = isinstance(value, int) and not isinstance(value, bool)
            real = isinstance(value, float) and math.isfinite(value) and source is float
            if not (whole or real) or not self.least <= value <= self.most:  # type: ignore[operator]
                raise PydanticCustomError("range", "{allowed}", {"allowed": allowed})
            return source(value)  # type: ignore[no-any-return]

        return core_schema.no_info_plain_validator_function(check)


def _shown(number: float) -> str:
    return f"{number:,}" if isinstance(number, int) else f"{number:g}"
