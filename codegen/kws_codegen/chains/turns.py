# SPDX-License-Identifier: Apache-2.0
"""Which rows each operator of a chain makes in which turn: as many as there is input for."""

from dataclasses import dataclass

from kws_codegen.chains.links import Chain


@dataclass(frozen=True)
class Piece:
    """Rows [first, first + count) of the output of a link, made of the input rows `source`.

    The sums at the end of a chain count as a link that makes nothing.
    """

    link: int
    first: int
    count: int
    source: range


@dataclass(frozen=True)
class Turn:
    """What runs in a turn, in order; `made[i]` rows of the output of link i - 1 are there before
    it (of the chain's input, 0, all)."""

    pieces: tuple[Piece, ...]
    made: tuple[int, ...]


def turns_of(chain: Chain, block: int) -> tuple[Turn, ...]:
    """Turns in which the first operator makes `block` rows, and each of the others what it can."""
    links = chain.links
    made = [links[0].rows] + [0] * len(links)
    summed = 0
    result = []
    while any(made[i + 1] < link.use.rows for i, link in enumerate(links)):
        before = tuple(made)
        pieces = []
        for i, link in enumerate(links):
            first = made[i + 1]
            there = link.use.made_of(made[i], link.rows)
            count = (min(there, first + block) if i == 0 else there) - first
            if count > 0:
                made[i + 1] = first + count
                pieces.append(Piece(i, first, count, link.use.part_of(link.rows, first, count)))
        if chain.sums and made[-1] > summed:
            pieces.append(Piece(len(links), 0, 0, range(summed, made[-1])))
            summed = made[-1]
        result.append(Turn(tuple(pieces), before))
    return tuple(result)
