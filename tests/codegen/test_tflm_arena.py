# SPDX-License-Identifier: Apache-2.0
"""Arena sizes and the generated resolver of TensorFlow Lite Micro."""

import re
from pathlib import Path

import numpy as np
import pytest

from kws_codegen.base.errors import KwsError
from kws_codegen.generate import generate
from kws_codegen.tflite.reader import read_tflite
from kws_codegen.tflm import arena
from kws_codegen.tflm.arena import arena_parts, arena_size, smallest_arena_bytes
from kws_codegen.tflm.arena_plan import head_bytes, start_bytes
from kws_codegen.tflm.arena_probe import smallest_accepted
from kws_codegen.tflm.arena_size import ArenaSize, work_buffers
from kws_codegen.tflm.resolver import resolver_calls
from tests.codegen.test_state import ring
from tests.support.tflite_builder import TfliteBuilder
from tests.support.tiny_run import CONFIG, tiny_model


@pytest.mark.parametrize("needed", [1, 16, 17, 4096, 99_999, 100_000])
def test_bisection_finds_the_smallest_multiple_of_16(needed: int) -> None:
    tried = []

    def accepts(size: int) -> bool:
        tried.append(size)
        return size >= needed

    assert smallest_accepted(accepts, 100_000) == -(-needed // 16) * 16
    assert len(tried) <= 13 and all(size % 16 == 0 for size in tried)


def test_tensorflow_lite_micro_takes_the_smallest_and_nothing_below() -> None:
    from tflite_micro import runtime

    size = smallest_arena_bytes(tiny_model())
    runtime.Interpreter.from_bytes(tiny_model(), arena_size=size)
    with pytest.raises(RuntimeError):
        runtime.Interpreter.from_bytes(tiny_model(), arena_size=size - 16)


def test_smallest_arena_is_cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KWS_CACHE_DIR", str(tmp_path))
    size = smallest_arena_bytes(tiny_model())
    monkeypatch.setattr(arena.subprocess, "run", None)  # a second probe would fail
    assert smallest_arena_bytes(tiny_model()) == size
    (only,) = (tmp_path / "arena").iterdir()
    assert int(only.read_text().split()[0]) == size


def test_a_model_that_no_arena_suits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KWS_CACHE_DIR", str(tmp_path))
    b = TfliteBuilder()
    source, target = b.tensor([1, 4], 0.1, 0), b.tensor([1, 4], 0.1, 0)
    b.operator("RELU_N1_TO_1", [source], [target])
    with pytest.raises(KwsError, match="TensorFlow Lite Micro does not take this model") as caught:
        smallest_arena_bytes(b.build([source], [target]))
    assert "RELU_N1_TO_1" in caught.value.message  # the interpreter's own words
    assert not (tmp_path / "arena").exists()


def test_totals_are_aligned() -> None:
    size = ArenaSize(smallest=1601, plain=1500, dsp=1490, helium=1633)
    assert (size.wide_total, size.total, size.helium_total) == (1616, 1504, 1648)
    assert ArenaSize(smallest=1601, plain=1490, dsp=1600, helium=1633).reference_total == 1504


def layers(**shapes: tuple[int, ...]) -> bytes:
    """One convolution and one depthwise convolution, as tiny as their weights allow."""
    b = TfliteBuilder()
    outputs, height, width, channels = shapes["conv"]
    planes = shapes["depthwise"][3]
    source = b.tensor([1, height, width, channels], 0.1, 0)
    middle = b.tensor([1, 1, 1, outputs], 0.1, 0)
    weights = b.constant(np.ones(shapes["conv"], np.int8), [0.1] * outputs)
    bias = b.constant(np.zeros(outputs, np.int32), [0.01] * outputs)
    b.operator("CONV_2D", [source, weights, bias], [middle], padding=1, strideH=1, strideW=1,
               dilationHFactor=1, dilationWFactor=1, fusedActivationFunction=0)  # fmt: skip
    last = b.tensor([1, 1, 1, planes], 0.1, 0)
    kernel = b.constant(np.ones(shapes["depthwise"], np.int8), [0.1] * planes, axis=3)
    zeros = b.constant(np.zeros(planes, np.int32), [0.01] * planes)
    b.operator("DEPTHWISE_CONV_2D", [middle, kernel, zeros], [last], padding=0, strideH=1,
               strideW=1, depthMultiplier=1, dilationHFactor=1, dilationWFactor=1,
               fusedActivationFunction=0)  # fmt: skip
    return b.build([source], [last])


def test_work_buffers_of_cmsis_nn() -> None:
    """Against figures worked out by hand from its *_get_buffer_size functions."""
    # DSP: 2 columns of 10 * 4 * 1 int16 = 160; none for 3 x 3, 5 * 3 * 64 int16 = 1,920.
    # Helium: 4 columns of 40 in whole vectors = 192; 4 blocks of 124 * 9 = 4,464.
    model = read_tflite(layers(conv=(64, 10, 4, 1), depthwise=(1, 3, 3, 64)))
    assert work_buffers(model, helium=False) == [160, 0]
    assert work_buffers(model, helium=True) == [192, 4464]
    # 1 x 1 needs none; 2 * 5 * 3 * 8; 4 * 124 * 15.
    model = read_tflite(layers(conv=(8, 1, 1, 8), depthwise=(1, 5, 3, 8)))
    assert work_buffers(model, helium=False) == [0, 240]
    assert work_buffers(model, helium=True) == [0, 7440]


def test_plan_of_the_head_is_upstreams() -> None:
    parts = arena_parts(tiny_model())
    content = read_tflite(tiny_model())
    assert head_bytes(content, [0] * len(content.operators)) == parts.head
    assert head_bytes(content, [1 << 16] * len(content.operators)) >= parts.head + (1 << 16) - 16


def test_handle_of_a_variable_is_not_in_the_head() -> None:
    model = ring(channels=40, initial=np.zeros(200, np.int8))
    content = read_tflite(model)
    assert head_bytes(content, [0] * len(content.operators)) == arena_parts(model).head


def test_start_takes_what_upstreams_lists_take() -> None:
    content = read_tflite(ring(initial=np.zeros(20, np.int8)))
    tensors = len(content.tensors) + len(content.further[0].tensors)
    planned = 4  # source, past, window, what is kept
    without = 24 * tensors + 40 * planned + 12 * 12 - 2 * 48
    operators = len(content.operators)
    assert start_bytes(content, [0] * operators) == without
    assert start_bytes(content, [8, *[0] * (operators - 2), 16]) == without + 2 * (24 + 40 + 12)


def test_state_needs_less_on_a_device() -> None:
    """Small models are bounded by what planning takes, and it is counted without a device."""
    model = ring(initial=np.zeros(20, np.int8))
    size, parts = arena_size(model), arena_parts(model)
    assert size.plain < parts.smallest - parts.tail // 4
    assert size.plain > start_bytes(read_tflite(model), [0] * 9)


def test_generated_arena(tmp_path: Path) -> None:
    generate(CONFIG.interface, tiny_model(), tmp_path, "kws generate")
    text = (tmp_path / "model_info.h").read_text()
    size = arena_size(tiny_model())
    totals = (size.wide_total, size.reference_total, size.helium_total, size.total)
    expected = [str(total) for total in totals]
    assert re.findall(r"#define KWS_ARENA_PLANNED_BYTES (\d+)", text) == expected
    assert "#ifndef KWS_ARENA_BYTES\n#define KWS_ARENA_BYTES KWS_ARENA_PLANNED_BYTES\n" in text
    assert f" {size.smallest} bytes are" in text


def test_resolver_has_each_kind_of_operator_once(tmp_path: Path) -> None:
    assert resolver_calls(read_tflite(tiny_model())) == (
        "AddAveragePool2D(Register_AVERAGE_POOL_2D_INT8())",
        "AddConv2D(Register_CONV_2D_INT8())",
        "AddFullyConnected(Register_FULLY_CONNECTED_INT8())",
        "AddReshape()",
        "AddSoftmax(Register_SOFTMAX_INT8())",
    )
    generate(CONFIG.interface, tiny_model(), tmp_path, "kws generate")
    text = (tmp_path / "op_resolver.h").read_text()
    assert "#define KWS_RESOLVER_OPS 5" in text
    assert "X(AddConv2D(Register_CONV_2D_INT8())) \\" in text
    assert text.count("    X(") == 5


def test_kernels_for_int8_only_where_everything_is_int8() -> None:
    b = TfliteBuilder()
    source, target = b.tensor([1, 4], 0.1, 0), b.tensor([1, 4], 0.1, 0, dtype="INT16")
    b.operator("SOFTMAX", [source], [target], beta=1.0)
    assert resolver_calls(read_tflite(b.build([source], [target]))) == ("AddSoftmax()",)


def test_names_that_are_not_camel_case() -> None:
    b = TfliteBuilder()
    tensors = [b.tensor([1, 4], 0.1, 0) for _ in range(4)]
    for kind, a, z in zip(("BATCH_MATMUL", "PADV2", "RELU6"), tensors, tensors[1:], strict=False):
        b.operator(kind, [a], [z])
    calls = resolver_calls(read_tflite(b.build([tensors[0]], [tensors[-1]])))
    assert calls == ("AddBatchMatMul()", "AddPadV2()", "AddRelu6()")
