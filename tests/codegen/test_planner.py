# SPDX-License-Identifier: Apache-2.0
"""The activation plan: as small as proven possible, and refused when it would lose a byte."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kws_codegen.graph import Graph
from kws_codegen.lowering import read_graph
from kws_codegen.plan import planner
from kws_codegen.plan.overlap import safe_distances
from kws_codegen.plan.placement import (
    ALIGNMENT,
    BlockId,
    Distances,
    Item,
    Use,
    extent,
    lower_bound,
    place,
)
from kws_codegen.plan.planner import Plan, PlanError, plan, replay
from kws_codegen.static_model import static_model
from tests.codegen.test_whole_models import (
    chain,
    dense_only,
    dilated_with_multiplier,
    ds_cnn_odd,
    residual,
)
from tests.support.static_model_check import RELU


def strided() -> bytes:
    """The shapes of the preset "small": strides in the first and third block."""
    c = chain(7, (1, 49, 40, 1))
    c.conv_2d(32, (3, 3), (2, 2), activation=RELU, zero_point=-128)
    for filters, stride in ((64, 2), (64, 1), (96, 2), (96, 1)):
        c.depthwise_conv_2d(1, (3, 3), (stride, stride), activation=RELU, zero_point=-128)
        c.conv_2d(filters, (1, 1), activation=RELU, zero_point=-128)
    c.mean((1, 2), False, c.scale, c.zero_point)
    c.fully_connected(12)
    c.softmax()
    return c.build()


@pytest.mark.parametrize(
    "make", [strided, ds_cnn_odd, dilated_with_multiplier, residual, dense_only],
    ids=lambda make: make.__name__,
)  # fmt: skip
def test_plan_is_optimal(make: Callable[[], bytes]) -> None:
    layout = plan(read_graph(make()))
    assert layout.optimal and layout.bytes == layout.lower_bound


def test_input_lies_over_the_first_output() -> None:
    """The buffer of "small" is its largest tensor and the scratch of the layer that reads it."""
    graph = read_graph(strided())
    scratch = next(b for b in plan(graph).blocks if b.id == BlockId(Use.SCRATCH, 1))
    assert plan(graph).bytes == 25 * 20 * 32 + scratch.bytes


@pytest.fixture(scope="module")
def graph() -> Graph:
    return read_graph(ds_cnn_odd())


def moved(layout: Plan, block: BlockId, offset: int) -> Plan:
    """The plan with one block elsewhere, in all three places where its offset stands."""
    offsets = dict(layout.tensors if block.use is Use.TENSOR else layout.scratch)
    offsets[block.number] = offset
    blocks = tuple(replace(b, offset=offset) if b.id == block else b for b in layout.blocks)
    if block.use is Use.TENSOR:
        return replace(layout, tensors=offsets, blocks=blocks)
    return replace(layout, scratch=offsets, blocks=blocks)


def test_replay_takes_the_plan_and_refuses_each_harmful_move(graph: Graph) -> None:
    layout = plan(graph)
    replay(graph, layout)
    outputs = {op.output.index: op for op in graph.ops if not op.same_bytes}
    refused = 0
    for block in layout.blocks:
        number = block.id.number
        if block.is_scratch:  # over the input of its operator
            harmful = layout.tensors[graph.ops[number].input.index]
        elif number in outputs and outputs[number].kind == "CONV_2D":
            # The first pixels would be written over input that is still to be read.
            harmful = layout.tensors[outputs[number].input.index] + ALIGNMENT * 8
        else:
            continue
        roomy = replace(layout, bytes=layout.bytes + 4096)
        with pytest.raises(PlanError, match="reads overwritten bytes"):
            replay(graph, moved(roomy, block.id, harmful))
        refused += 1
    assert refused >= 8


def test_replay_refuses_what_lies_outside_or_askew(graph: Graph) -> None:
    layout = plan(graph)
    block = max(layout.blocks, key=lambda b: b.bytes)
    scratch = next(b for b in layout.blocks if b.is_scratch)
    for id_, size in ((block.id, block.bytes), (scratch.id, scratch.bytes)):
        for offset in (-ALIGNMENT, layout.bytes - size + ALIGNMENT):
            with pytest.raises(PlanError, match="outside the buffer"):
                replay(graph, moved(layout, id_, offset))
    with pytest.raises(PlanError, match="not aligned"):
        replay(graph, moved(replace(layout, bytes=layout.bytes + 8), block.id, 2))


def test_generation_fails_on_a_search_that_overlaps_too_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The replay is independent: a search that takes every overlap for safe is found out."""
    monkeypatch.setattr(
        planner,
        "safe_distances",
        lambda last, written: set(range(-4 * len(last), len(written), 4)),
    )
    with pytest.raises(PlanError, match="operator 0, CONV_2D"):
        static_model(ds_cnn_odd())


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_safe_distances_are_those_of_a_byte_by_byte_check(data: st.DataObject) -> None:
    steps = st.integers(-1, 6)
    last = np.array(data.draw(st.lists(steps, min_size=1, max_size=40)))
    written = np.array(data.draw(st.lists(st.integers(0, 6), min_size=1, max_size=40)))
    if data.draw(st.booleans()):
        written.sort()  # as a kernel that writes in order
    safe = safe_distances(last, written)
    assert all(distance % ALIGNMENT == 0 for distance in safe)
    for distance in range(0, len(written) + ALIGNMENT, ALIGNMENT):
        harmless = all(
            written[i + distance] >= last[i]
            for i in range(len(last))
            if i + distance < len(written)
        )
        assert (distance in safe) == harmless
    for distance in (d for d in safe if d < 0):
        reached = range(-distance, min(len(last), len(written) - distance))
        assert all(written[i + distance] >= last[i] for i in reached)


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[Item], Distances]:
    """A few small blocks, some of which may lie over the one before."""
    items = []
    for number in range(draw(st.integers(2, 4))):
        first = draw(st.integers(0, 3))
        last = draw(st.integers(first, 3))
        items.append(Item(BlockId(Use.TENSOR, number), 4 * draw(st.integers(1, 4)), first, last))
    distances: Distances = {}
    for one, other in pairwise(items):
        if one.first < other.first == one.last and draw(st.booleans()):
            chosen = set(draw(st.lists(st.integers(-3, 3), max_size=4)))
            safe = {4 * d for d in chosen}
            distances[one.id, other.id] = safe
            distances[other.id, one.id] = {-d for d in safe}
    return items, distances


@settings(max_examples=50, deadline=None)
@given(problems())
def test_search_finds_the_optimum_of_small_problems(
    problem: tuple[list[Item], Distances],
) -> None:
    items, distances = problem

    def valid(offsets: dict[BlockId, int]) -> bool:
        return all(
            offsets[a.id] + a.span <= offsets[b.id]
            or offsets[b.id] + b.span <= offsets[a.id]
            or offsets[a.id] - offsets[b.id] in distances.get((a.id, b.id), ())
            for a, b in product(items, items)
            if a is not b and a.meets(b)
        )

    found = place(items, distances)
    assert valid(found) and min(found.values()) >= 0
    size = extent(items, found)
    assert lower_bound(items, distances) <= size
    smaller = [range(0, size - item.span, ALIGNMENT) for item in items]  # in size - 4 bytes
    ids = [item.id for item in items]
    assert not any(valid(dict(zip(ids, offsets, strict=True))) for offsets in product(*smaller))
