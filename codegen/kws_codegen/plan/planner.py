"""Places all activations in one buffer, at generation time.

A tensor lives from the step that makes it to the last that reads it. Two tensors that live
at the same time lie apart, except the output of an operator over its own input as far as the
kernel's order of access allows (access.py). A search (placement.py) finds the offsets; the plan
is then replayed in a simulated memory.
"""

from dataclasses import dataclass

import numpy as np

from kws_codegen.access import Indices, last_reads, scratch_bytes, steps, write_steps
from kws_codegen.graph import Activation, Graph, Reshape
from kws_codegen.plan.placement import ALIGNMENT, Distances, Item, extent, lower_bound, place


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
    """No plan of these kernels can be smaller: what one operator needs at once."""

    @property
    def optimal(self) -> bool:
        """Proven: the plan is as small as the bound."""
        return self.bytes == self.lower_bound


class PlanError(AssertionError):
    """A plan that would overwrite bytes still needed: a bug in kws, never the user's fault."""


def plan(graph: Graph) -> Plan:
    """The smallest plan found, checked by `replay`; see Plan.optimal."""
    aliases = _aliases(graph)
    items = _items(graph, aliases)
    distances = _overlaps(graph, aliases)
    best = place(items, distances)
    tensors = {index: best[f"tensor {root}"] for index, root in aliases.items()}
    scratch = {i: best[f"scratch {i}"] for i in range(len(graph.ops)) if f"scratch {i}" in best}
    blocks = tuple(Block(i.name, i.size, best[i.name], i.first, i.last) for i in items)
    result = Plan(extent(items, best), tensors, scratch, blocks, lower_bound(items, distances))
    replay(graph, result)
    return result


def replay(graph: Graph, layout: Plan) -> None:
    """Run every kernel's accesses in a simulated memory whose bytes know what they hold.

    It knows nothing of how the plan was made. Raises PlanError when a byte is read that no longer
    holds what the operator expects, or when a block lies outside the buffer or is not aligned.
    """
    memory = np.full(layout.bytes, -1, np.int64)
    aliases = _aliases(graph)
    for block in layout.blocks:
        if block.offset < 0 or block.offset + block.bytes > layout.bytes:
            raise PlanError(f"{block.name} lies outside the buffer")
        if block.offset % ALIGNMENT:
            raise PlanError(f"{block.name} is not aligned")

    def region(tensor: Activation) -> slice:
        offset = layout.tensors[tensor.index]
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


def _items(graph: Graph, aliases: dict[int, int]) -> list[Item]:
    lives: dict[int, tuple[int, int, int]] = {}  # by tensor: size, first, last

    def used(tensor: Activation, position: int) -> None:
        root = aliases[tensor.index]
        size, first, last = lives.get(root, (tensor.size, position, position))
        lives[root] = (size, first, max(last, position))

    used(graph.input, -1)
    for position, op in enumerate(graph.ops):
        for tensor in (*op.inputs, op.output):
            used(tensor, position)
    used(graph.output, len(graph.ops))
    tensors = [Item(f"tensor {root}", *life) for root, life in lives.items()]
    sizes = [scratch_bytes(op) for op in graph.ops]
    return tensors + [Item(f"scratch {i}", size, i, i) for i, size in enumerate(sizes) if size]


def _overlaps(graph: Graph, aliases: dict[int, int]) -> Distances:
    """Which outputs may lie over an input of their operator, and where."""
    result: Distances = {}
    for position, op in enumerate(graph.ops):
        if isinstance(op, Reshape):
            continue
        for number, tensor in enumerate(op.inputs):
            if _read_later(graph, aliases, tensor, position):
                continue
            output, source = f"tensor {aliases[op.output.index]}", f"tensor {aliases[tensor.index]}"
            safe = _safe_distances(last_reads(op)[number], write_steps(op))
            result[source, output] = safe
            result[output, source] = {-distance for distance in safe}
    return result


def _read_later(graph: Graph, aliases: dict[int, int], tensor: Activation, position: int) -> bool:
    root = aliases[tensor.index]
    later = graph.ops[position + 1 :]
    return root == aliases[graph.output.index] or any(
        aliases[t.index] == root for op in later for t in op.inputs
    )


def _safe_distances(last: Indices, written: Indices) -> set[int]:
    """Offsets of the input relative to the output at which they overlap without harm.

    Input byte i lies at output byte i + distance, so the step that writes there must not come
    before the last that reads i. Multiples of ALIGNMENT.
    """
    ahead = range(0, -(-len(written) // ALIGNMENT) * ALIGNMENT + 1, ALIGNMENT)
    if np.all(np.diff(written) >= 0):
        # Written in order: byte i is safe from a least distance on, so all are from the most
        # of these, taken over the bytes that the output reaches.
        least = np.maximum.accumulate(np.searchsorted(written, last) - np.arange(len(last)))
        reached = np.minimum(len(last), len(written) - np.array(ahead))
        harmless = (reached <= 0) | (ahead >= least[np.maximum(reached, 1) - 1])
        safe = {distance for distance, is_safe in zip(ahead, harmless, strict=True) if is_safe}
    else:
        safe = {distance for distance in ahead if _is_safe(last, written, distance)}
    for distance in range(-ALIGNMENT, -len(last), -ALIGNMENT):
        if not _is_safe(last, written, distance):
            break  # further back only more harm is done
        safe.add(distance)
    return safe


def _is_safe(last: Indices, written: Indices, distance: int) -> bool:
    start = max(0, -distance)
    stop = max(start, min(len(last), len(written) - distance))
    for end in (min(start + 256, stop), stop):  # most harm shows soon
        if np.any(written[start + distance : end + distance] < last[start:end]):
            return False
    return True
