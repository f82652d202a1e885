# SPDX-License-Identifier: Apache-2.0
"""Models of unknown batch: with batch 1 they run under TensorFlow Lite Micro, and here alike."""

import numpy as np
import pytest

from kws.inference.golden import Golden
from kws_codegen.lowering import read_graph
from kws_codegen.operators.conv_2d import Conv2D
from kws_codegen.tflite.fixed_batch import with_fixed_batch
from kws_codegen.tflite.reader import read_tflite
from tests.support.static_model_check import RELU, VALID, Chain, check
from tests.support.tflite_builder import TfliteBuilder

WINDOW = {"strideH": 1, "strideW": 1, "dilationHFactor": 1, "dilationWFactor": 1, "padding": VALID}
BLOCK, PADDINGS, CROPS = [2, 3], [[2, 3], [3, 4]], [[0, 1], [0, 1]]


def constant(builder: TfliteBuilder, values: object) -> int:
    return builder.constant(np.array(values, np.int32))


def dilated(known_batch: bool) -> bytes:
    """What Keras' Conv2D(dilation_rate=(2, 3), padding="same") becomes; 9 x 8 pixels."""
    builder = TfliteBuilder()
    rng = np.random.default_rng(1)
    batch = 6 if known_batch else 1  # the file of an unknown batch has a 1 in its place

    def image(*shape: int) -> int:
        unknown = None if known_batch else (-1, *shape[1:])
        return builder.tensor(shape, 0.05, -30, signature=unknown)

    source, apart = image(1, 9, 8, 2), image(batch, 7, 5, 2)
    made, out = image(batch, 5, 3, 4), image(1, 9, 8, 4)
    block = constant(builder, BLOCK)
    weights = builder.constant(rng.integers(-127, 128, (4, 3, 3, 2)).astype(np.int8), 0.01)
    builder.operator("SPACE_TO_BATCH_ND", [source, block, constant(builder, PADDINGS)], [apart])
    builder.operator("CONV_2D", [apart, weights], [made], **WINDOW, fusedActivationFunction=RELU)
    builder.operator("BATCH_TO_SPACE_ND", [made, block, constant(builder, CROPS)], [out])
    return builder.build([source], [out])


def plainly_dilated() -> bytes:
    """The same layer as one operator."""
    c = Chain(np.random.default_rng(1), (1, 9, 8, 2), 0.05, -30)
    weights = c.rng.integers(-127, 128, (4, 3, 3, 2)).astype(np.int8)
    options = {**WINDOW, "dilationHFactor": 2, "dilationWFactor": 3, "padding": 0}
    c.append(
        "CONV_2D", (c.builder.constant(weights, 0.01),), (1, 9, 8, 4), 0.05, -30,
        **options, fusedActivationFunction=RELU,
    )  # fmt: skip
    return c.build()


@pytest.mark.parametrize("known_batch", [False, True])
def test_dilated_convolution_is_joined(known_batch: bool) -> None:
    """With a known batch too: TensorFlow Lite Micro pads with a value that it never sets."""
    model = with_fixed_batch(dilated(known_batch))
    assert [op.name for op in read_tflite(model).operators] == ["CONV_2D"]
    check(model)
    values = np.random.default_rng(2).integers(-128, 128, (1, 9, 8, 2)).astype(np.int8)
    expected = Golden(plainly_dilated()).invoke(values)
    assert Golden(model).invoke(values).tolist() == expected.tolist()


def test_dilated_convolution_of_the_file_is_one_in_the_graph() -> None:
    op = read_graph(dilated(known_batch=True)).ops[0]
    assert isinstance(op, Conv2D)
    assert (op.window.dilation, op.window.padding) == ((2, 3), (2, 3))
    assert op.output.shape == (1, 9, 8, 4)


def sequence(known_batch: bool) -> bytes:
    """A Dense layer on [batch, 5, 4], with the sizes computed as Keras' tensordot does."""
    builder = TfliteBuilder()
    weights = np.random.default_rng(3).integers(-127, 128, (3, 4)).astype(np.int8)

    def tensor(shape: tuple[int, ...], unknown: tuple[int, ...]) -> int:
        return builder.tensor(shape, 0.1, 4, signature=None if known_batch else unknown)

    source = tensor((1, 5, 4), (-1, 5, 4))
    rows = tensor((5, 4), (-1, -1)) if known_batch else tensor((1, 1), (-1, -1))
    made = tensor((5, 3), (-1, 3)) if known_batch else tensor((1, 3), (-1, 3))
    out = tensor((1, 5, 3), (-1, 5, 3))
    shape, first, product, sizes = (
        builder.tensor(s, dtype="INT32") for s in ((3,), (2,), (), (2,))
    )
    builder.operator("SHAPE", [source], [shape])
    builder.operator("GATHER", [shape, constant(builder, [0, 1])], [first])
    builder.operator("REDUCE_PROD", [first, constant(builder, [0])], [product])
    builder.operator("PACK", [product, constant(builder, 4)], [sizes], valuesCount=2, axis=0)
    builder.operator("RESHAPE", [source, sizes], [rows])
    builder.operator("FULLY_CONNECTED", [rows, builder.constant(weights, 0.02)], [made])
    builder.operator("RESHAPE", [made, constant(builder, [-1, 5, 3])], [out])
    return builder.build([source], [out])


def test_sizes_computed_at_run_time() -> None:
    """TensorFlow Lite Micro has no REDUCE_PROD; nothing is left of it."""
    model = with_fixed_batch(sequence(known_batch=False))
    kinds = [op.name for op in read_tflite(model).operators]
    assert kinds == ["RESHAPE", "FULLY_CONNECTED", "RESHAPE"]
    assert [tensor.shape for tensor in read_tflite(model).tensors[:4]] == [
        (1, 5, 4), (5, 4), (5, 3), (1, 5, 3),
    ]  # fmt: skip
    check(model)


def test_model_of_known_batch_is_left_as_it_is() -> None:
    model = sequence(known_batch=True)
    assert with_fixed_batch(model) is model
