# SPDX-License-Identifier: Apache-2.0
"""Files that are written: read back equal, data aligned, equal vectors once."""

import numpy as np

from kws_codegen.tflite.reader import parse_tflite, read_tflite
from kws_codegen.tflite.writer import write_tflite
from tests.support.tflite_builder import TfliteBuilder
from tests.support.tiny_run import tiny_model

ALIGNMENT = 16  # of Buffer.data in schema.fbs


def test_what_is_read_again_is_the_same() -> None:
    model = tiny_model()
    file, _ = parse_tflite(model)
    written = write_tflite(file)
    assert written == write_tflite(file)
    for old, new in zip(read_tflite(model).tensors, read_tflite(written).tensors, strict=True):
        assert (old.name, old.shape, old.scales, old.zero_points) == (
            new.name, new.shape, new.scales, new.zero_points,
        )  # fmt: skip
        assert np.array_equal(old.data, new.data)


def test_data_lies_as_the_schema_asks_and_equal_vectors_are_written_once() -> None:
    b = TfliteBuilder()
    values = np.arange(100, 139, dtype=np.int8)
    source, scores = b.tensor([1, 39], 0.1), b.tensor([1, 39], 0.1)
    sums = b.tensor([1, 39], 0.1)
    b.operator("ADD", [source, b.constant(values, 0.1)], [sums])
    b.operator("ADD", [sums, b.constant(values, 0.1)], [scores])
    built = b.build([source], [scores])
    assert built.count(values.tobytes()) == 2
    written = write_tflite(parse_tflite(built)[0])
    assert written.count(values.tobytes()) == 1
    assert written.index(values.tobytes()) % ALIGNMENT == 0
