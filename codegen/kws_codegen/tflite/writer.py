# SPDX-License-Identifier: Apache-2.0
"""Writes a .tflite file from objects of the schema (ModelT, see reader.parse_tflite)."""

from typing import Any

import flatbuffers  # type: ignore[import-untyped]
import numpy as np

_DATA_ALIGNMENT = 16  # bytes: what schema.fbs asks of the data of a buffer


def write_tflite(file: Any) -> bytes:
    """The bytes of a ModelT, the same for the same content.

    Equal vectors that are NumPy arrays, as those of a file that was read, are written once.
    """
    builder = _Builder()
    builder.Finish(file.Pack(builder), b"TFL3")
    return bytes(builder.Output())


class _Builder(flatbuffers.Builder):  # type: ignore[misc]
    """Tables of a FlatBuffer may refer to the same vector: here they do."""

    def __init__(self) -> None:
        super().__init__(1 << 16)
        self._written: dict[tuple[str, bytes], int] = {}

    def CreateNumpyVector(self, x: Any) -> int:  # noqa: N802 - called so by the schema's classes
        key = (x.dtype.str, x.tobytes())
        if key not in self._written:
            if x.dtype == np.uint8:
                self.Prep(4, x.size)
                self.Prep(_DATA_ALIGNMENT, x.size)
            self._written[key] = int(super().CreateNumpyVector(x))
        return self._written[key]
