# SPDX-License-Identifier: Apache-2.0
"""Models that remember: variables in the file, sequences against TensorFlow Lite Micro."""

import numpy as np
import pytest

from kws.inference.golden import Golden
from kws.inference.static_runner import SANITIZED, StaticRunner
from kws_codegen.base.errors import KwsError
from kws_codegen.lowering import read_graph
from kws_codegen.static_model import static_model
from tests.support.static_model_check import check_sequence, golden_sequences, sample_inputs
from tests.support.tflite_builder import TfliteBuilder

SCALE, ZERO = 0.1, -3


class Streams:
    """A model under construction: tensors of [1, rows, 1, channels] and variables."""

    def __init__(self) -> None:
        self.b = TfliteBuilder()
        self._init = self.b.subgraph()
        self.b.operator("CALL_ONCE", [], [], initSubgraphIndex=1)

    def tensor(self, rows: int, channels: int, **options: object) -> int:
        return self.b.tensor([1, rows, 1, channels], SCALE, ZERO, **options)

    def variable(self, name: str, initial: np.ndarray | None = None) -> int:
        if initial is not None:
            handle = self._init.tensor([], dtype="RESOURCE")
            self._init.operator("VAR_HANDLE", [], [handle], sharedName=name.encode())
            values = self._init.constant(initial.astype(np.int8), SCALE, ZERO)
            self._init.operator("ASSIGN_VARIABLE", [handle, values], [])
        handle = self.b.tensor([], dtype="RESOURCE")
        self.b.operator("VAR_HANDLE", [], [handle], sharedName=name.encode())
        return handle

    def read(self, handle: int, rows: int, channels: int) -> int:
        value = self.tensor(rows, channels)
        self.b.operator("READ_VARIABLE", [handle], [value])
        return value

    def assign(self, handle: int, value: int) -> None:
        self.b.operator("ASSIGN_VARIABLE", [handle, value], [])

    def joined(self, parts: list[int], rows: int, channels: int) -> int:
        joined = self.tensor(rows, channels)
        self.b.operator("CONCATENATION", parts, [joined], axis=1)
        return joined

    def rows(self, source: int, begin: int, end: int, channels: int) -> int:
        cut = self.tensor(end - begin, channels)
        limits = [
            self.b.constant(np.array(values, np.int32))
            for values in ([0, begin, 0, 0], [1, end, 1, channels], [1, 1, 1, 1])
        ]
        self.b.operator("STRIDED_SLICE", [source, *limits], [cut])
        return cut

    def added(self, one: int, other: int, rows: int, channels: int) -> int:
        total = self.tensor(rows, channels)
        self.b.operator("ADD", [one, other], [total], fusedActivationFunction=0)
        return total


def ring(rows: int = 5, channels: int = 4, initial: np.ndarray | None = None) -> bytes:
    """What a streaming layer does: rows of the past and a new one, the newest kept."""
    s = Streams()
    source = s.tensor(1, channels)
    handle = s.variable("ring", initial)
    past = s.read(handle, rows, channels)
    window = s.joined([past, source], rows + 1, channels)
    s.assign(handle, s.rows(window, 1, rows + 1, channels))
    return s.b.build([source], [window])


def ring_cut_first() -> bytes:
    """The oldest row dropped before the new one comes, and the whole window kept."""
    s = Streams()
    source, handle = s.tensor(1, 4), s.variable("ring")
    window = s.joined([s.rows(s.read(handle, 5, 4), 1, 5, 4), source], 5, 4)
    s.assign(handle, window)
    total = s.added(window, window, 5, 4)
    return s.b.build([source], [total])


def running_sum() -> bytes:
    """The new value is the old one and the input: one operator reads and makes the state."""
    s = Streams()
    source, handle = s.tensor(1, 6), s.variable("sum")
    total = s.added(s.read(handle, 1, 6), source, 1, 6)
    s.assign(handle, total)
    return s.b.build([source], [s.added(total, source, 1, 6)])


def exchanged() -> bytes:
    """Two variables that take each other's old value, and one that keeps the input."""
    s = Streams()
    source = s.tensor(1, 4)
    one = s.variable("one", np.arange(4).reshape(1, 1, 1, 4))
    other, last = s.variable("other"), s.variable("last")
    old, old_other, before = s.read(one, 1, 4), s.read(other, 1, 4), s.read(last, 1, 4)
    s.assign(one, s.added(old_other, before, 1, 4))
    s.assign(other, old)
    s.assign(last, source)
    window = s.joined([old, old_other, before], 3, 4)
    return s.b.build([source], [window])


def read_again() -> bytes:
    """A variable read before and after it is assigned, twice each."""
    s = Streams()
    source, handle = s.tensor(1, 4), s.variable("twice")
    old, same = s.read(handle, 1, 4), s.read(handle, 1, 4)
    s.assign(handle, s.added(old, source, 1, 4))
    new, also = s.read(handle, 1, 4), s.read(handle, 1, 4)
    s.assign(handle, s.added(new, same, 1, 4))
    return s.b.build([source], [s.joined([s.added(same, also, 1, 4), new], 2, 4)])


def old_value_is_read_late() -> bytes:
    """The new value has a reader before the last reader of the old one: it cannot lie there."""
    s = Streams()
    source, handle = s.tensor(1, 4), s.variable("late")
    old = s.read(handle, 1, 4)
    new = s.added(old, source, 1, 4)
    s.assign(handle, new)
    middle = s.added(new, source, 1, 4)
    return s.b.build([source], [s.added(middle, old, 1, 4)])


def state_is_an_output() -> bytes:
    s = Streams()
    source, handle = s.tensor(1, 4), s.variable("out")
    total = s.added(s.read(handle, 1, 4), source, 1, 4)
    s.assign(handle, total)
    return s.b.build([source], [total])


def in_float(other_scale: float = SCALE) -> bytes:
    """The ring in float: DEQUANTIZE before it is stored, QUANTIZE where the window is used."""
    s = Streams()
    b, source, handle = s.b, s.tensor(1, 4), s.variable("ring")
    real = [b.tensor([1, rows, 1, 4], dtype="FLOAT32") for rows in (1, 5, 6, 5)]
    b.operator("DEQUANTIZE", [source], [real[0]])
    b.operator("READ_VARIABLE", [handle], [real[1]])
    b.operator("CONCATENATION", [real[1], real[0]], [real[2]], axis=1)
    limits = [
        b.constant(np.array(values, np.int32))
        for values in ([0, 1, 0, 0], [1, 6, 1, 4], [1, 1, 1, 1])
    ]
    b.operator("STRIDED_SLICE", [real[2], *limits], [real[3]])
    s.assign(handle, real[3])
    window, total = b.tensor([1, 6, 1, 4], other_scale, ZERO), s.tensor(6, 4)
    b.operator("QUANTIZE", [real[2]], [window])
    b.operator("ADD", [window, window], [total], fusedActivationFunction=0)
    return b.build([source], [total])


def in_float_of_another_scale() -> bytes:
    return in_float(0.13)


MODELS = (
    in_float, in_float_of_another_scale,
    ring, ring_cut_first, running_sum, exchanged, read_again, old_value_is_read_late,
    state_is_an_output,
)  # fmt: skip


@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_sequences_equal_tensorflow_lite_micro(make: object) -> None:
    check_sequence(make())


def test_states_lie_in_place() -> None:
    """The window and what the convolution reads next are one buffer: no copy of the state."""
    graph = read_graph(ring(rows=20, channels=16))
    assert [op.kind for op in graph.ops] == ["CONCATENATION", "STRIDED_SLICE"]
    assert graph.state_bytes == 320
    plan = static_model(ring(rows=20, channels=16)).plan
    assert plan.bytes <= 320 + 2 * 16 + 336  # the window is an output too


def test_new_value_waits_for_the_readers_of_its_source() -> None:
    """The slice comes last in the C, though the file has it before what reads the window."""
    s = Streams()
    source, handle = s.tensor(1, 4), s.variable("ring")
    window = s.joined([s.read(handle, 5, 4), source], 6, 4)
    s.assign(handle, s.rows(window, 1, 6, 4))
    model = s.b.build([source], [s.added(window, window, 6, 4)])
    assert [op.kind for op in read_graph(model).ops] == ["CONCATENATION", "ADD", "STRIDED_SLICE"]
    check_sequence(model)


def test_first_values_come_from_the_file_after_each_reset() -> None:
    initial = np.arange(-20, 0).reshape(1, 5, 1, 4)
    model = ring(initial=initial)
    values = sample_inputs((1, 1, 1, 4), 5, 1)
    rows = StaticRunner(model, SANITIZED).outputs(values, 4)
    assert rows[0][:20].tolist() == rows[4][:20].tolist() == list(range(-20, 0))
    assert rows.tolist() == golden_sequences(model, values, 4).tolist()


def test_without_a_reset_nothing_is_forgotten() -> None:
    values = sample_inputs((1, 1, 1, 4), 5, 1)
    model = ring()
    whole = StaticRunner(model, SANITIZED).outputs(values, len(values))
    assert whole[5][:4].tolist() == values[0].reshape(-1).tolist()
    assert Golden(model).has_state and static_model(model).graph.states


def test_variable_that_nothing_reads_costs_nothing() -> None:
    s = Streams()
    source, handle = s.tensor(1, 4), s.variable("written")
    total = s.added(source, source, 1, 4)
    s.assign(handle, total)
    assert read_graph(s.b.build([source], [total])).states == ()


def test_first_values_that_are_computed_are_refused() -> None:
    b = TfliteBuilder()
    source, target = b.tensor([1, 4], SCALE, ZERO), b.tensor([1, 4], SCALE, ZERO)
    inner = b.subgraph()
    handle = inner.tensor([], dtype="RESOURCE")
    inner.operator("VAR_HANDLE", [], [handle], sharedName=b"x")
    value = inner.tensor([1, 4], SCALE, ZERO)
    inner.operator("RELU", [inner.constant(np.zeros((1, 4), np.int8), SCALE, ZERO)], [value])
    inner.operator("ASSIGN_VARIABLE", [handle, value], [])
    b.operator("CALL_ONCE", [], [], initSubgraphIndex=1)
    outer, read = b.tensor([], dtype="RESOURCE"), b.tensor([1, 4], SCALE, ZERO)
    b.operator("VAR_HANDLE", [], [outer], sharedName=b"x")
    b.operator("READ_VARIABLE", [outer], [read])
    b.operator("ADD", [source, read], [target], fusedActivationFunction=0)
    with pytest.raises(KwsError, match=r"operator 0, CALL_ONCE .*RELU in subgraph 1") as caught:
        read_graph(b.build([source], [target]))
    assert "constants" in caught.value.hint


def test_several_outputs() -> None:
    b = TfliteBuilder()
    source = b.tensor([1, 6], SCALE, ZERO)
    outputs = [b.tensor([1, 6], SCALE, ZERO) for _ in range(3)]
    b.operator("RELU", [source], [outputs[0]])
    b.operator("ADD", [source, outputs[0]], [outputs[1]], fusedActivationFunction=0)
    b.operator("MAXIMUM", [source, outputs[1]], [outputs[2]])
    check_sequence(b.build([source], outputs))
