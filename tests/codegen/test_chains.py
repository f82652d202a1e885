# SPDX-License-Identifier: Apache-2.0
"""Layers that run row by row: the same bytes out, less RAM, nothing computed twice."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from kws.inference.static_runner import SANITIZED, StaticRunner
from kws_codegen import static_model as generator
from kws_codegen.base.activations import Activations
from kws_codegen.chains.conveyor import Conveyor
from kws_codegen.chains.links import Chain, find_chains
from kws_codegen.chains.replay import replay
from kws_codegen.chains.row_chain import RowChain, row_chain
from kws_codegen.graph import Graph
from kws_codegen.lowering import read_graph
from kws_codegen.plan.planner import Plan, PlanError, plan
from kws_codegen.static_model import static_model
from tests.codegen.test_whole_models import chain, residual
from tests.support.static_model_check import RELU, SAME, VALID, check, sample_inputs


def depthwise_separable(rows: int = 25, filters: int = 8) -> bytes:
    """As MLPerf Tiny's: padded in time, the mean over all at the end."""
    c = chain(3, (1, rows, 10, 1))
    c.conv_2d(filters, (6, 4), (2, 2), activation=RELU, zero_point=-128)
    for _ in range(3):
        c.depthwise_conv_2d(1, (3, 3), activation=RELU, zero_point=-128)
        c.conv_2d(filters, (1, 1), activation=RELU, zero_point=-128)
    c.mean((1, 2), False, c.scale, c.zero_point)
    c.fully_connected(4)
    return c.build()


def image() -> bytes:
    """As MobileNet: strides, more channels after each, and the chain ends before the last layer."""
    c = chain(4, (1, 20, 19, 3))
    c.conv_2d(8, (3, 3), (2, 2), activation=RELU)
    for filters, stride in ((12, 1), (20, 2), (20, 1)):
        c.depthwise_conv_2d(1, (3, 3), (stride, stride), activation=RELU)
        c.conv_2d(filters, (1, 1), activation=RELU)
    c.mean((1, 2), False, c.scale, c.zero_point)
    c.fully_connected(2)
    return c.build()


def odd() -> bytes:
    """Dilation, a stride that skips rows, no padding, a multiplier, pooling."""
    c = chain(5, (1, 40, 6, 2))
    c.conv_2d(6, (3, 2), dilation=(2, 1))
    c.depthwise_conv_2d(2, (2, 3), padding=VALID)
    c.conv_2d(5, (1, 1), (3, 1), padding=VALID)
    c.pool("MAX_POOL_2D", (2, 2), (1, 1), SAME)
    c.pool("AVERAGE_POOL_2D", (3, 1), (2, 1), SAME)
    c.conv_2d(3, (4, 3))
    c.fully_connected(3)
    return c.build()


MODELS = (depthwise_separable, image, odd)


@pytest.fixture
def forced(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int | None], None]:
    """Whole models by rows in blocks of so many, up to so many operators, at any price."""

    def force(block: int, most: int | None) -> None:
        def with_chains(graph: Graph, activations: Activations) -> tuple[Graph, Plan]:
            del activations
            found = find_chains(graph)[0]
            parts = (p for p in found.parts() if p.start == found.start)
            part = max((p for p in parts if len(p.ops) <= (most or 99)), key=_length)
            made = row_chain(part, block)
            replay(made.conveyor)
            start, stop = made.chain.start, made.chain.stop
            changed = replace(graph, ops=(*graph.ops[:start], made, *graph.ops[stop:]))
            return changed, plan(changed)

        monkeypatch.setattr(generator, "with_chains", with_chains)

    return force


def _length(chain: Chain) -> int:
    return len(chain.ops)


@pytest.mark.parametrize("model", MODELS, ids=lambda make: make.__name__)
@pytest.mark.parametrize(("block", "most"), [(1, None), (2, None), (3, 3), (4, None), (7, 2)])
def test_outputs_of_every_operator_are_the_same(
    model: Callable[[], bytes],
    block: int,
    most: int | None,
    forced: Callable[[int, int | None], None],
) -> None:
    values = sample_inputs(read_graph(model()).input.shape, 3, 1)
    whole = StaticRunner(model(), SANITIZED).trace(values)
    forced(block, most)
    rows = StaticRunner(model(), SANITIZED).trace(values)
    assert all(np.array_equal(a, b) for a, b in zip(rows, whole, strict=True))
    check(model())


@pytest.mark.parametrize("model", MODELS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("block", [1, 2, 5])
def test_nothing_is_computed_twice(model: Callable[[], bytes], block: int) -> None:
    for longest in find_chains(read_graph(model())):
        for part in longest.parts():
            made: dict[int, list[int]] = {}
            for turn in Conveyor(part, block).turns:
                for piece in turn.pieces:
                    made.setdefault(piece.link, []).extend(
                        range(piece.first, piece.first + piece.count)
                    )
            for number, link in enumerate(part.links):
                assert made[number] == [*range(link.use.rows)]


def test_less_ram() -> None:
    model = depthwise_separable(rows=60, filters=32)
    whole, rows = static_model(model), static_model(model, "rows")
    assert rows.activation_bytes < 0.8 * whole.activation_bytes
    assert rows.weights_bytes == whole.weights_bytes
    assert rows.graph.macs == rows.planned.macs == whole.graph.macs
    assert any(isinstance(op, RowChain) for op in rows.planned.ops)
    lines = rows.operators[0].lines
    assert any(line.startswith("for (int turn = 0; turn < ") for line in lines)


def test_whole_tensors_where_rows_need_no_less() -> None:
    model = depthwise_separable()
    assert not any(isinstance(op, RowChain) for op in static_model(model, "rows").planned.ops)


def test_what_is_read_twice_ends_a_chain() -> None:
    graph = read_graph(residual())
    reads = [t.index for op in graph.ops for t in op.inputs]
    for found in find_chains(graph):
        inside = [op.output.index for op in found.ops[:-1]]
        assert all(reads.count(index) == 1 for index in inside)


def test_replay_refuses_each_harmful_place() -> None:
    found = find_chains(read_graph(depthwise_separable()))[0]
    refused = 0
    for tensor in range(1, len(found.links)):
        conveyor = Conveyor(found, 2)
        replay(conveyor)
        conveyor.tops[tensor] += conveyor.tops[0] - conveyor.tops[tensor]
        try:
            replay(conveyor)
        except (PlanError, IndexError, ValueError):
            refused += 1
    assert refused >= len(found.links) - 2
