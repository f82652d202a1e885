"""Places all activations in one buffer, at generation time.

A tensor lives from the step that makes it to the last that reads it. Two tensors that live
at the same time lie apart, except the output of an operator over its own input as far as the
kernel's order of access allows (access.py). Placing is a small search: tensors in several
orders, each at the lowest offset that fits. The plan is then replayed in a simulated memory.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from kws_codegen.access import Indices, last_reads, scratch_bytes, steps, write_steps
from kws_codegen.graph import Activation, Graph, Op, Reshape

ALIGNMENT = 4
"""Every tensor starts at a multiple: kernels load words where it pays."""


@dataclass(frozen=True)
class Block:
    """A part of the buffer: a tensor (or the scratch memory of an operator) and its life.

    `first` and `last` are positions in Graph.ops; -1 is before the first (the input),
    len(ops) after the last (the output).
    """

    name: str
    bytes: int
    offset: int
    first: int
    last: int


@dataclass(frozen=True)
class Plan:
    """Offsets in bytes in the buffer, by tensor index and by position of the operator."""

    bytes: int
    tensors: dict[int, int]
    scratch: dict[int, int]
    blocks: tuple[Block, ...]
    lower_bound: int
    """No plan of these kernels can be smaller."""


class PlanError(AssertionError):
    """A plan that would overwrite bytes still needed: a bug in kws, never the user's fault."""


@dataclass
class _Item:
    """A block while it is being placed."""

    name: str
    size: int
    first: int
    last: int
    order: int


def plan(graph: Graph) -> Plan:
    """The smallest plan found, checked by `replay`."""
    aliases = _aliases(graph)
    items = _items(graph, aliases)
    overlaps = _overlaps(graph, aliases)
    best: dict[str, int] | None = None
    for order in _orders(items):
        offsets = _place(order, overlaps)
        if best is None or _extent(items, offsets) < _extent(items, best):
            best = offsets
    assert best is not None
    tensors = {index: best[f"tensor {root}"] for index, root in aliases.items()}
    scratch = {i: best[f"scratch {i}"] for i in range(len(graph.ops)) if f"scratch {i}" in best}
    blocks = tuple(Block(i.name, i.size, best[i.name], i.first, i.last) for i in items)
    result = Plan(_extent(items, best), tensors, scratch, blocks, _lower_bound(items, overlaps))
    replay(graph, result)
    return result


def replay(graph: Graph, layout: Plan) -> None:
    """Run every kernel's accesses in a simulated memory whose bytes know what they hold.

    Raises PlanError when a byte is read that no longer holds what the operator expects, or
    lies outside the buffer.
    """
    memory = np.full(layout.bytes, -1, np.int64)
    aliases = _aliases(graph)

    def region(tensor: Activation) -> slice:
        offset = layout.tensors[tensor.index]
        if offset < 0 or offset + tensor.size > layout.bytes:
            raise PlanError(f"tensor {tensor.index} lies outside the buffer")
        return slice(offset, offset + tensor.size)

    def contents(tensor: Activation) -> Indices:
        # Distinct numbers for the bytes of distinct tensors.
        return np.arange(tensor.size, dtype=np.int64) + (aliases[tensor.index] << 32)

    memory[region(graph.input)] = contents(graph.input)
    for position, op in enumerate(graph.ops):
        if isinstance(op, Reshape):
            continue
        sources = [(region(tensor).start, contents(tensor)) for tensor in op.inputs]
        start, made = region(op.output).start, contents(op.output)
        if position in layout.scratch:
            offset = layout.scratch[position]
            memory[offset : offset + scratch_bytes(op)] = -1
        for step in steps(op):
            for (base, expected), reads in zip(sources, step.reads, strict=True):
                if not np.array_equal(memory[base + reads], expected[reads]):
                    raise PlanError(f"operator {op.index}, {op.kind} reads overwritten bytes")
            memory[start + step.writes] = made[step.writes]
        if not np.array_equal(memory[region(op.output)], made):
            raise PlanError(f"operator {op.index}, {op.kind} overwrites its own output")
        if position in layout.scratch:
            offset = layout.scratch[position]
            memory[offset : offset + scratch_bytes(op)] = -1
    if not np.array_equal(memory[region(graph.output)], contents(graph.output)):
        raise PlanError("the output is overwritten")


def _aliases(graph: Graph) -> dict[int, int]:
    """Tensor index to the index of the tensor whose bytes it is (itself but for RESHAPE)."""
    roots = {graph.input.index: graph.input.index}
    for op in graph.ops:
        same = isinstance(op, Reshape)
        roots[op.output.index] = roots[op.input.index] if same else op.output.index
    return roots


def _items(graph: Graph, aliases: dict[int, int]) -> list[_Item]:
    items: dict[int, _Item] = {}

    def used(tensor: Activation, position: int) -> None:
        root = aliases[tensor.index]
        if root not in items:
            items[root] = _Item(f"tensor {root}", tensor.size, position, position, len(items))
        items[root].last = max(items[root].last, position)

    used(graph.input, -1)
    for position, op in enumerate(graph.ops):
        for tensor in (*op.inputs, op.output):
            used(tensor, position)
    used(graph.output, len(graph.ops))
    result = list(items.values())
    for position, op in enumerate(graph.ops):
        if scratch_bytes(op):
            name = f"scratch {position}"
            result.append(_Item(name, scratch_bytes(op), position, position, len(result)))
    return result


def _overlaps(graph: Graph, aliases: dict[int, int]) -> dict[tuple[str, str], set[int]]:
    """(output, input) to the distances input offset - output offset that are safe."""
    result: dict[tuple[str, str], set[int]] = {}
    for position, op in enumerate(graph.ops):
        if isinstance(op, Reshape):
            continue
        for number, tensor in enumerate(op.inputs):
            if _read_later(graph, aliases, tensor, position):
                continue
            names = (f"tensor {aliases[op.output.index]}", f"tensor {aliases[tensor.index]}")
            result[names] = _safe_distances(op, number)
    return result


def _read_later(graph: Graph, aliases: dict[int, int], tensor: Activation, position: int) -> bool:
    root = aliases[tensor.index]
    later = graph.ops[position + 1 :]
    return root == aliases[graph.output.index] or any(
        aliases[t.index] == root for op in later for t in op.inputs
    )


def _safe_distances(op: Op, number: int) -> set[int]:
    """Distances, multiples of ALIGNMENT, at which output and input overlap without harm."""
    last, written = last_reads(op)[number], write_steps(op)
    safe = set()
    highest = -(-len(written) // ALIGNMENT) * ALIGNMENT
    for distance in range(highest, -len(last), -ALIGNMENT):
        # Input byte i lies at output byte i + distance.
        start, stop = max(0, -distance), min(len(last), len(written) - distance)
        if stop <= start or np.all(written[start + distance : stop + distance] >= last[start:stop]):
            safe.add(distance)
        elif distance < 0:
            break  # further back only more harm is done
    return safe


def _orders(items: list[_Item]) -> list[list[_Item]]:
    """Orders to place in: by size or in the order of the operators, from either end."""
    keys = [
        lambda item: (-item.size, item.order),
        lambda item: (item.first, -item.size),
        lambda item: (-item.last, -item.size),
        lambda item: (-(item.size * (item.last - item.first + 1)), item.order),
    ]
    return [sorted(items, key=key) for key in keys]


def _place(order: list[_Item], overlaps: dict[tuple[str, str], set[int]]) -> dict[str, int]:
    offsets: dict[str, int] = {}
    placed: list[_Item] = []
    for item in order:
        alive = [p for p in placed if p.first <= item.last and item.first <= p.last]
        candidates = {0}
        for other in alive:
            base = offsets[other.name]
            candidates.add(_aligned(base + other.size))
            candidates.update(base + d for d in _distances(overlaps, item, other))
        offsets[item.name] = min(
            c
            for c in candidates
            if c >= 0 and all(_fits(overlaps, offsets, item, c, other) for other in alive)
        )
        placed.append(item)
    return offsets


def _distances(overlaps: dict[tuple[str, str], set[int]], item: _Item, other: _Item) -> set[int]:
    """Offsets of `item` relative to `other` at which one may lie over the other."""
    result = set(overlaps.get((other.name, item.name), ()))
    result.update(-d for d in overlaps.get((item.name, other.name), ()))
    return result


def _fits(
    overlaps: dict[tuple[str, str], set[int]],
    offsets: dict[str, int],
    item: _Item,
    offset: int,
    other: _Item,
) -> bool:
    base = offsets[other.name]
    apart = offset + item.size <= base or base + other.size <= offset
    return apart or offset - base in _distances(overlaps, item, other)


def _extent(items: list[_Item], offsets: dict[str, int]) -> int:
    return max(_aligned(offsets[item.name] + item.size) for item in items)


def _lower_bound(items: list[_Item], overlaps: dict[tuple[str, str], set[int]]) -> int:
    """The most that any one operator needs by itself, its inputs and output at their closest."""
    bound = 0
    for position in {item.first for item in items}:
        alive = [item for item in items if item.first <= position <= item.last]
        apart = sum(item.size for item in alive)
        saved = 0
        for one, two in product(alive, alive):
            distances = overlaps.get((one.name, two.name))
            if distances:
                together = min(max(one.size, d + two.size) - min(0, d) for d in distances)
                saved = max(saved, one.size + two.size - together)
        bound = max(bound, apart - saved)
    return _aligned(bound)


def _aligned(value: int) -> int:
    return -(-value // ALIGNMENT) * ALIGNMENT
