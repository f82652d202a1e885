# SPDX-License-Identifier: Apache-2.0
"""Places all activations in one buffer, at generation time.

A tensor lives from the step that makes it to the last that reads it. Two tensors that live
at the same time lie apart, except the output of an operator over its own input as far as the
kernel's order of access allows (overlap.py). A state of the model lives from the operator that
makes its new value, over the end of the step, to the last that reads it in the next: old and new
value are one block with two lives. A search (placement.py) finds the offsets; the plan is then
replayed in a simulated memory.
"""

from dataclasses import dataclass

import numpy as np

from kws_codegen.graph import Graph
from kws_codegen.operators.op import Op
from kws_codegen.operators.tensors import Activation, IntArray
from kws_codegen.plan.overlap import last_reads, safe_distances, write_steps
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


@dataclass(frozen=True)
class Block:
    """A part of the buffer: a tensor (or the scratch memory of an operator) and its life.

    `first` and `last` are positions in Graph.ops; -1 is before the first (the input),
    len(ops) after the last (the output). A state has one for each of its lives.
    """

    id: BlockId
    bytes: int
    offset: int
    first: int
    last: int

    @property
    def name(self) -> str:
        return str(self.id)

    @property
    def is_scratch(self) -> bool:
        return self.id.use is Use.SCRATCH


@dataclass(frozen=True)
class Plan:
    """Offsets in bytes in the buffer, by tensor index and by position of the operator."""

    bytes: int
    tensors: dict[int, int]
    scratch: dict[int, int]
    blocks: tuple[Block, ...]
    lower_bound: int
    """No plan of these kernels can be smaller: what one operator needs at once."""

    @property
    def optimal(self) -> bool:
        """Proven: the plan is as small as the bound."""
        return self.bytes == self.lower_bound


class PlanError(AssertionError):
    """A plan that would overwrite bytes still needed: a bug in kws, never the user's fault."""


def plan(graph: Graph) -> Plan:
    """The smallest plan found, checked by `replay`; see Plan.optimal."""
    aliases, places = _aliases(graph), _places(graph)
    items = _items(graph, aliases)
    distances = _overlaps(graph, aliases, places, {item.id: item for item in items})
    best = place(items, distances)
    result = Plan(
        bytes=extent(items, best),
        tensors={i: best[BlockId(Use.TENSOR, places[root])] for i, root in aliases.items()},
        scratch={id.number: offset for id, offset in best.items() if id.use is Use.SCRATCH},
        blocks=tuple(
            Block(i.id, i.size, best[i.id], first, last) for i in items for first, last in i.lives
        ),
        lower_bound=lower_bound(items, distances),
    )
    replay(graph, result)
    return result


def replay(graph: Graph, layout: Plan) -> None:
    """Run every kernel's accesses in a simulated memory whose bytes know what they hold.

    It knows nothing of how the plan was made. Raises PlanError when a byte is read that no longer
    holds what the operator expects, or when a block lies outside the buffer or is not aligned.
    """
    for block in layout.blocks:
        if block.offset < 0 or block.offset + block.bytes > layout.bytes:
            raise PlanError(f"{block.name} lies outside the buffer")
        if block.offset % ALIGNMENT:
            raise PlanError(f"{block.name} is not aligned")
    memory = _Memory(graph, layout)
    for tensor in (graph.input, *_old_states(graph)):
        memory.fill(tensor)
    for position, op in enumerate(graph.ops):
        if not op.same_bytes:
            memory.run(position, op)
    if not all(memory.holds(tensor) for tensor in _kept(graph)):
        raise PlanError("an output or a state is overwritten")


class _Memory:
    """The buffer, whose bytes know what they hold."""

    def __init__(self, graph: Graph, layout: Plan) -> None:
        self._layout = layout
        self._aliases = _aliases(graph)
        self._bytes = np.full(layout.bytes, -1, np.int64)

    def _region(self, tensor: Activation) -> slice:
        offset = self._layout.tensors[tensor.index]
        return slice(offset, offset + tensor.size)

    def _contents(self, tensor: Activation) -> IntArray:
        # Distinct numbers for the bytes of distinct tensors.
        return np.arange(tensor.size, dtype=np.int64) + (self._aliases[tensor.index] << 32)

    def fill(self, tensor: Activation) -> None:
        self._bytes[self._region(tensor)] = self._contents(tensor)

    def holds(self, tensor: Activation) -> bool:
        return np.array_equal(self._bytes[self._region(tensor)], self._contents(tensor))

    def run(self, position: int, op: Op) -> None:
        """The kernel's accesses. PlanError when it reads or leaves what it should not."""
        sources = [(self._region(t).start, self._contents(t)) for t in op.inputs]
        start, made = self._region(op.output).start, self._contents(op.output)
        self._use_scratch(position, op)
        for step in op.steps():
            for (base, expected), reads in zip(sources, step.reads, strict=True):
                if not np.array_equal(self._bytes[base + reads], expected[reads]):
                    raise PlanError(f"operator {op.index}, {op.kind} reads overwritten bytes")
            self._bytes[start + step.writes] = made[step.writes]
        if not self.holds(op.output):
            raise PlanError(f"operator {op.index}, {op.kind} overwrites its own output")
        self._use_scratch(position, op)

    def _use_scratch(self, position: int, op: Op) -> None:
        if position in self._layout.scratch:
            offset = self._layout.scratch[position]
            self._bytes[offset : offset + op.scratch_bytes] = -1


def _aliases(graph: Graph) -> dict[int, int]:
    """Tensor index to the index of the tensor whose bytes it is (itself but for RESHAPE)."""
    roots = {tensor.index: tensor.index for tensor in (graph.input, *_old_states(graph))}
    for op in graph.ops:
        same = op.same_bytes
        roots[op.output.index] = roots[op.input.index] if same else op.output.index
    return roots


def _old_states(graph: Graph) -> list[Activation]:
    return [state.old for state in graph.states]


def _kept(graph: Graph) -> list[Activation]:
    """What must be there when all operators have run."""
    return [*graph.outputs, *(state.new for state in graph.states)]


def _places(graph: Graph) -> dict[int, int]:
    """Each tensor of _aliases() to the one in whose place it lies: the new value of a state in
    that of the old."""
    result = {root: root for root in _aliases(graph).values()}
    return result | {state.new.index: state.old.index for state in graph.states}


def _items(graph: Graph, aliases: dict[int, int]) -> list[Item]:
    lives: dict[int, tuple[int, int, int]] = {}  # by tensor: size, first, last

    def used(tensor: Activation, position: int) -> None:
        root = aliases[tensor.index]
        size, first, last = lives.get(root, (tensor.size, position, position))
        lives[root] = (size, first, max(last, position))

    for tensor in (graph.input, *_old_states(graph)):
        used(tensor, -1)
    for position, op in enumerate(graph.ops):
        for tensor in (*op.inputs, op.output):
            used(tensor, position)
    for tensor in _kept(graph):
        used(tensor, len(graph.ops))
    again = {}  # second lives, by the place
    for state in graph.states:
        if state.new.index != state.old.index:
            size, first, last = lives[state.old.index]
            _, begin, end = lives.pop(state.new.index)
            if begin > last:
                again[state.old.index] = (begin, end)
            else:  # one operator reads the old value and makes the new one
                lives[state.old.index] = (size, first, end)
    tensors = [
        Item(BlockId(Use.TENSOR, root), *life, again.get(root)) for root, life in lives.items()
    ]
    sizes = [op.scratch_bytes for op in graph.ops]
    return tensors + [
        Item(BlockId(Use.SCRATCH, i), size, i, i) for i, size in enumerate(sizes) if size
    ]


def _overlaps(
    graph: Graph, aliases: dict[int, int], places: dict[int, int], items: dict[BlockId, Item]
) -> Distances:
    """Which outputs may lie over an input of their operator, and where.

    A state meets another tensor twice where one operator reads it and another makes its new
    value; the distances are those that both allow.
    """
    allowed: dict[tuple[BlockId, BlockId], list[tuple[int, set[int]]]] = {}
    for position, op in enumerate(graph.ops):
        if op.same_bytes:
            continue
        for number, tensor in enumerate(op.inputs):
            if _read_later(graph, aliases, tensor, position):
                continue
            output = BlockId(Use.TENSOR, places[aliases[op.output.index]])
            source = BlockId(Use.TENSOR, places[aliases[tensor.index]])
            if output == source:
                continue
            safe = safe_distances(last_reads(op)[number], write_steps(op))
            allowed.setdefault((source, output), []).append((position, safe))
            mirrored = {-distance for distance in safe}
            allowed.setdefault((output, source), []).append((position, mirrored))
    result: Distances = {}
    for (one, other), constraints in allowed.items():
        if _meetings(items[one], items[other]) == {position for position, _ in constraints}:
            result[one, other] = set.intersection(*(safe for _, safe in constraints))
    return result


def _meetings(one: Item, other: Item) -> set[int]:
    """Positions at which both are alive."""
    return {
        position
        for first, last in one.lives
        for position in range(first, last + 1)
        if other.alive_at(position)
    }


def _read_later(graph: Graph, aliases: dict[int, int], tensor: Activation, position: int) -> bool:
    root = aliases[tensor.index]
    later = graph.ops[position + 1 :]
    return root in {aliases[t.index] for t in _kept(graph)} or any(
        aliases[t.index] == root for op in later for t in op.inputs
    )
