# SPDX-License-Identifier: Apache-2.0
"""Constants of an operator that runs on several sizes: equal arrays are kept once."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from kws_codegen.operators.c_code import Array, KernelCall


class SharedArrays:
    """The arrays seen so far, by operator and values."""

    def __init__(self) -> None:
        self._arrays: dict[tuple[str, bytes], Array] = {}

    def shared(self, operator: str, prefix: str, kernel: KernelCall) -> KernelCall:
        """The call with the arrays that are new; others have their names replaced.

        `operator` begins the names of its first size, `prefix` those of this one.
        """
        own = []
        renamed = {}
        for array in kernel.arrays:
            what = array.name[len(prefix) :]
            key = (operator + what, np.asarray(array.values, np.int64).tobytes())
            same = self._arrays.setdefault(key, array)
            if same is array or same.name == array.name:
                own.append(array)
            else:
                renamed[array.name] = same.name
        return replace(
            kernel,
            fields=tuple(_renamed(kernel.fields, renamed)),
            arguments=tuple(_renamed(kernel.arguments, renamed)),
            arrays=tuple(own),
        )


def _renamed(texts: tuple[str, ...], names: dict[str, str]) -> Iterator[str]:
    for text in texts:
        result = text
        for old, new in names.items():
            result = result.replace(old, new)
        yield result
