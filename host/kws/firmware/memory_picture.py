# SPDX-License-Identifier: Apache-2.0
"""The activation buffer over time, as text and as a picture: why the model needs the RAM it does.

Time runs down the text and to the right in the picture, one step an operator; the other axis is
the buffer. An output lies over its own input where the kernel has read it before ("in place").
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rich.text import Text

from kws_codegen.plan.planner import Block, Plan
from kws_codegen.static_model import StaticModel

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Role = Literal["read", "written", "in place", "scratch", "kept"]

_SIGNS: dict[Role, tuple[str, str, str]] = {  # character, its style in the terminal, its meaning
    "read": ("i", "blue", "read"),
    "written": ("o", "green", "written"),
    "in place": ("#", "bold magenta", "written over what was read"),
    "scratch": ("s", "yellow", "scratch"),
    "kept": ("k", "cyan", "kept"),
}
_TENSOR, _IN_PLACE, _SCRATCH = "#9ecae1", "#3182bd", "#fdae6b"  # colours of the picture
_LEAST_WIDTH = 60


@dataclass(frozen=True)
class Area:
    """Bytes [start, stop) of the buffer while one operator runs."""

    role: Role
    start: int
    stop: int


@dataclass(frozen=True)
class Moment:
    """The buffer while one operator runs (or while the input waits, or the output)."""

    position: int  # in Graph.ops; -1 the input, len(ops) the output
    title: str
    shape: str  # of what is written
    areas: tuple[Area, ...]  # later ones lie over earlier ones
    bytes: int  # in use, what overlaps counted once
    bytes_apart: int  # what the same would take side by side


def moments(model: StaticModel) -> list[Moment]:
    """The buffer before, during each operator that has code, and after."""
    graph, plan = model.planned, model.plan
    result = []
    for position in range(-1, len(graph.ops) + 1):
        op = graph.ops[position] if 0 <= position < len(graph.ops) else None
        if op and op.same_bytes:
            continue
        alive = [block for block in plan.blocks if block.first <= position <= block.last]
        areas = tuple(_areas(alive, position))
        title = f"{op.index} {op.kind}" if op else ("input" if position < 0 else "output")
        shape = (op.output if op else graph.input if position < 0 else graph.output).shape
        used = {byte for area in areas for byte in range(area.start, area.stop)}
        apart = sum(block.bytes for block in alive)
        result.append(Moment(position, title, _shape(shape), areas, len(used), apart))
    return result


def _areas(alive: list[Block], position: int) -> Iterator[Area]:
    roles: dict[str, Role] = {}
    for block in alive:
        if block.is_scratch:
            roles[block.name] = "scratch"
        elif block.first == position:
            roles[block.name] = "written"
        else:
            roles[block.name] = "read" if block.last == position else "kept"
    for role in ("kept", "read", "written", "scratch"):
        for block in alive:
            if roles[block.name] == role:
                yield Area(role, block.offset, block.offset + block.bytes)
    for output in (block for block in alive if roles[block.name] == "written"):
        for source in (block for block in alive if roles[block.name] == "read"):
            start = max(output.offset, source.offset)
            stop = min(output.offset + output.bytes, source.offset + source.bytes)
            if start < stop:
                yield Area("in place", start, stop)


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(str(size) for size in (shape[1:] or shape))


def picture_text(model: StaticModel, width: int) -> Text:
    """A line an operator, `width` characters wide (at least 60), and what the sizes mean."""
    rows = moments(model)
    total = model.plan.bytes
    peak = max(row.bytes for row in rows)
    titles = max(len(row.title) for row in rows)
    shapes = max(len(row.shape) for row in rows)
    sizes = len(f"{total:,}")
    bar = max(width, _LEAST_WIDTH) - titles - shapes - sizes - len("    peak") - 1
    lines = [
        Text(f"{'operator':<{titles}} {'output':<{shapes}} {'bytes':>{sizes}}  ", "bold")
        + Text(f"0{total:>{bar - 1},}", "dim")
    ]
    for row in rows:
        at_peak = row.bytes == peak
        line = Text(f"{row.title:<{titles}} {row.shape:<{shapes}} {row.bytes:>{sizes},}  ")
        if at_peak:
            line.stylize("bold")
        line += _bar(row, total, bar)
        line.append(" peak" if at_peak else "", "bold red")
        lines.append(line)
    lines += [Text(), _legend(rows), *(Text(line) for line in summary(model))]
    return Text("\n").join(lines)


def summary(model: StaticModel) -> list[str]:
    """The peak, what working in place saves there, and how good the plan is."""
    peak = max(moments(model), key=lambda row: row.bytes)
    lines = [f"peak    {peak.bytes:,} bytes at {peak.title}:", f"        {_sum(peak)}"]
    if peak.bytes_apart > peak.bytes:
        lines.append(f"apart   {peak.bytes_apart:,} bytes if nothing were done in place")
    return [*lines, f"buffer  {model.plan.bytes:,} bytes, {verdict(model.plan)}"]


def verdict(plan: Plan) -> str:
    """How the plan compares with the proven bound."""
    if plan.optimal:
        return "optimal: no plan of these kernels can be smaller"
    excess = 100 * (plan.bytes / plan.lower_bound - 1)
    return f"within {excess:.1f} % of the proven bound, {plan.lower_bound:,} bytes"


def _sum(row: Moment) -> str:
    """What is in use, as a sum: "input 8,000 + output 8,000 - in place 8,000 + scratch 512"."""
    terms: dict[Role, str] = {
        "read": "+ input", "written": "+ output", "in place": "- in place",
        "scratch": "+ scratch", "kept": "+ kept for later",
    }  # fmt: skip
    counts = dict.fromkeys(terms, 0)
    for area in row.areas:
        counts[area.role] += area.stop - area.start
    words = [f"{words} {counts[role]:,}" for role, words in terms.items() if counts[role]]
    return " ".join(words).removeprefix("+ ")


def _bar(row: Moment, total: int, width: int) -> Text:
    cells: list[Role | None] = [None] * width
    for area in row.areas:
        start = min(round(area.start * width / total), width - 1)
        stop = max(start + 1, round(area.stop * width / total))
        cells[start:stop] = [area.role] * (stop - start)
    bar = Text()
    for cell in cells:
        bar.append(*(_SIGNS[cell][:2] if cell else (".", "dim")))
    return bar


def _legend(rows: list[Moment]) -> Text:
    """The signs that occur."""
    occurring = {area.role for row in rows for area in row.areas}
    legend = Text()
    for role, (sign, style, meaning) in _SIGNS.items():
        if role in occurring:
            legend.append(sign, style).append(f" {meaning}  ")
    return legend.append(".", "dim").append(" free")


def write_picture(model: StaticModel, path: Path, title: str) -> None:
    """Write the picture as PNG."""
    figure = memory_figure(model, title)
    path.parent.mkdir(parents=True, exist_ok=True)
    # No software version in the file: the same plan gives the same bytes.
    figure.savefig(path, dpi=120, metadata={"Software": None})


def memory_figure(model: StaticModel, title: str) -> "Figure":
    """A box a block, as long as it lives and as high as its bytes.

    The number above each column is what its operator has in use; the red line is the buffer's end.
    """
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch, Rectangle
    from matplotlib.ticker import StrMethodFormatter

    plan, rows = model.plan, moments(model)
    columns = {row.position: column for column, row in enumerate(rows)}
    figure = Figure(figsize=(max(7.0, 2.2 + 0.62 * len(rows)), 5.2), layout="constrained")
    axes = figure.add_subplot()

    def box(first: int, last: int, start: int, stop: int, colour: str) -> None:
        corner, width = (first - 0.5, start), last - first + 1
        axes.add_patch(
            Rectangle(
                corner, width, stop - start, facecolor=colour, edgecolor="0.25", linewidth=0.8
            )
        )

    for block in plan.blocks:
        first, last = _column(columns, block.first), _column(columns, block.last)
        colour = _SCRATCH if block.is_scratch else _TENSOR
        box(first, last, block.offset, block.offset + block.bytes, colour)
    for column, row in enumerate(rows):
        for area in row.areas:
            if area.role == "in place":
                box(column, column, area.start, area.stop, _IN_PLACE)
    axes.axhline(plan.bytes, color="firebrick", linewidth=1.2)
    peak = max(row.bytes for row in rows)
    for column, row in enumerate(rows):
        axes.annotate(
            f"{row.bytes:,}", (column, max(area.stop for area in row.areas)),
            xytext=(0, 3), textcoords="offset points", ha="center", fontsize=7.5,
            fontweight="bold" if row.bytes == peak else "normal",
        )  # fmt: skip
    labels = [f"{row.title}\n{row.shape}" for row in rows]
    axes.set_xticks(range(len(rows)), labels, rotation=45, ha="right", rotation_mode="anchor")
    axes.tick_params(axis="x", labelsize=7, length=0)
    axes.set_xlim(-0.5, len(rows) - 0.5)
    axes.set_ylim(0, plan.bytes * 1.08)
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.set_ylabel("activation buffer, bytes; numbers: in use")
    axes.set_title(f"{title}\n{plan.bytes:,} bytes, {verdict(plan)}", fontsize=10)
    axes.grid(axis="y", alpha=0.3)
    axes.set_axisbelow(True)
    meanings = {
        _TENSOR: "tensor", _IN_PLACE: "output over its input", _SCRATCH: "scratch of a kernel"
    }  # fmt: skip
    handles = [Patch(facecolor=c, edgecolor="0.25", label=m) for c, m in meanings.items()]
    axes.legend(handles=handles, loc="upper right", fontsize=8, bbox_to_anchor=(1, 0.9))
    return figure


def _column(columns: dict[int, int], position: int) -> int:
    """The column of a position; a RESHAPE has none of its own and takes the one before."""
    while position not in columns:
        position -= 1
    return columns[position]
