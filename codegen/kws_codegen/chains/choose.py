# SPDX-License-Identifier: Apache-2.0
"""Which operators of a graph run as chains, row by row: those that make the buffer smallest."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from kws_codegen.base.activations import Activations
from kws_codegen.chains.conveyor import least_bytes
from kws_codegen.chains.links import Chain, find_chains
from kws_codegen.chains.replay import replay
from kws_codegen.chains.row_chain import row_chain
from kws_codegen.graph import Graph
from kws_codegen.plan.placement import aligned
from kws_codegen.plan.planner import Plan, plan

_BLOCKS = (1, 2, 3, 4, 5, 6, 8, 12, 16)
_MOST_WORK = 1.06
"""Of a chain, to that of its operators one by one. Few rows at a time need the least RAM, and many
calls; and pixels are computed by fours."""

_MOST_TRIED = 6  # of the chains that promise the most
_MOST_CHAINS = 3


def with_chains(graph: Graph, activations: Activations) -> tuple[Graph, Plan]:
    """The graph with the chains that need less RAM as one operator each, and its plan."""
    best = graph, plan(graph)
    if activations == "whole":
        return best
    for _ in range(_MOST_CHAINS):
        better = _with_chain(*best)
        if better is None:
            break
        best = better
    return best


@dataclass(frozen=True)
class _Candidate:
    """`bytes`: no plan with this chain is smaller."""

    bytes: int
    chain: Chain
    block: int


def _with_chain(graph: Graph, layout: Plan) -> tuple[Graph, Plan] | None:
    """With one more chain; None where none makes the buffer smaller."""
    candidates = sorted(_candidates(graph, layout), key=lambda c: (c.bytes, -c.block))
    best: tuple[Graph, Plan] | None = None
    for candidate in candidates[:_MOST_TRIED]:
        smallest = best[1].bytes if best else layout.bytes
        if candidate.bytes >= smallest:
            break
        op = row_chain(candidate.chain, candidate.block)
        chain = candidate.chain
        ops = (*graph.ops[: chain.start], op, *graph.ops[chain.stop :])
        changed = replace(graph, ops=ops)
        found = plan(changed)
        if found.bytes < smallest:
            replay(op.conveyor)
            best = changed, found
    return best


def _candidates(graph: Graph, layout: Plan) -> Iterator[_Candidate]:
    needs = _needs(graph, layout)
    for longest in find_chains(graph):
        for chain in longest.parts():
            outside = (*needs[: chain.start], *needs[chain.stop :])
            beside = sum(
                aligned(block.bytes)
                for block in layout.blocks
                if block.first < chain.start and block.last >= chain.stop
            )
            ends = max(aligned(chain.input.size), aligned(chain.output.size))
            most = _MOST_WORK * sum(op.work for op in chain.ops)
            for block in _BLOCKS:
                if block > chain.links[0].use.rows:
                    break
                size, work = least_bytes(chain, block)
                if work <= most:
                    yield _Candidate(max(size + ends + beside, *outside, 0), chain, block)


def _needs(graph: Graph, layout: Plan) -> list[int]:
    """Bytes that are in use at each position, what lies over another counted once."""
    result = []
    for position in range(len(graph.ops)):
        ends = [0]
        alive = [b for b in layout.blocks if b.first <= position <= b.last]
        used = 0
        for block in sorted(alive, key=lambda b: b.offset):
            stop = block.offset + block.bytes
            used += max(0, stop - max(block.offset, ends[-1]))
            ends.append(max(ends[-1], stop))
        result.append(used)
    return result
