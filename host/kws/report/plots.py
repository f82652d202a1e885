# SPDX-License-Identifier: Apache-2.0
"""The pictures of the report."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kws.firmware.memory_picture import memory_figure, summary
from kws.report.svg import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    ORANGE,
    WIDTH_INCHES,
    inline_svg,
    page_style,
    svg_place,
)
from kws.streams.det import DetPoint
from kws.streams.rates import FalseAccepts, hours_text
from kws.streams.report import BackgroundResult, LevelResult
from kws.streams.report_text import level_name
from kws.train.checkpoint import Epoch
from kws_codegen.static_model import StaticModel

_MARKER = '<circle class="marker" r="6" cx="{}" cy="{}"/>'


@dataclass(frozen=True)
class DetPicture:
    """A DET curve on which a marker moves.

    Attributes:
        points: thresholds, rising.
        places: of the points, in the picture's coordinates.
        start: index of the point that is nearest to the threshold that was measured with.
    """

    svg: str
    points: tuple[DetPoint, ...]
    places: tuple[tuple[float, float], ...]
    start: int


def learning_curves(history: Sequence[Epoch], kept: int) -> str:
    """Loss and accuracy by epoch, of training and validation; `kept`: whose weights are used."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    epochs = [entry.epoch for entry in history]
    with page_style("learning"):
        figure = Figure(figsize=(WIDTH_INCHES, 4.6), layout="constrained")
        loss, accuracy = figure.subplots(2, 1, sharex=True)
        for axes, name in ((loss, "loss"), (accuracy, "accuracy")):
            training = [getattr(entry, name) for entry in history]
            validation = [getattr(entry, f"validation_{name}") for entry in history]
            mark = "." if len(epochs) < 20 else ""
            axes.plot(epochs, training, mark + "-", color=ORANGE, label="training (augmented)")
            axes.plot(epochs, validation, mark + "-", color=BLUE, label="validation")
            axes.axvline(kept, color=INK, linestyle=":", linewidth=1, label=f"kept: epoch {kept}")
            axes.set_ylabel(name)
            axes.grid()
        loss.set_ylim(0, None)
        loss.legend(loc="upper right")
        accuracy.set_ylim(0, 1)
        accuracy.yaxis.set_major_formatter(PercentFormatter(1.0))
        accuracy.set_xlabel("epoch")
        accuracy.xaxis.set_major_locator(MaxNLocator(integer=True))
        last = history[-1]
        text = (
            f"Loss and accuracy over {len(history)} epochs; at the end validation loss "
            f"{last.validation_loss:.3f}, accuracy {last.validation_accuracy:.1%}"
        )
        return inline_svg(figure, text)


def det_picture(det: dict[str, tuple[DetPoint, ...]], threshold: float) -> DetPicture:
    """The DET curve of all words with a marker, those of single words behind it."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, NullFormatter

    name = "all" if "all" in det else next(iter(det))
    points = tuple(sorted(det[name], key=lambda p: p.threshold))
    hours = points[0].hours or 1.0
    edge = 0.3 / hours

    def rate(point: DetPoint) -> float:
        return max(point.per_hour, edge)

    with page_style("det"):
        figure = Figure(figsize=(WIDTH_INCHES, 3.6), layout="constrained")
        axes = figure.add_subplot()
        for word, curve in det.items():
            if word != name:
                shares = [100 * p.missed_share for p in curve]
                axes.step([rate(p) for p in curve], shares, where="post", color=FAINT, linewidth=1)
        falling = points[::-1]
        axes.step(
            [rate(p) for p in falling], [100 * p.missed_share for p in falling],
            where="post", color=BLUE, linewidth=2,
        )  # fmt: skip
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_ylim(-2, 102)
        axes.set_xlabel(f"false accepts an hour (left edge: none in {hours_text(hours)})")
        axes.set_ylabel("words missed, %")
        axes.grid()
        places = tuple(svg_place(figure, axes, rate(p), 100 * p.missed_share) for p in points)
        start = min(range(len(points)), key=lambda i: abs(points[i].threshold - threshold))
        text = (
            "DET curve: words missed against false accepts an hour, as the threshold moves; "
            "the thick line is all words with one threshold, thin lines are single words"
        )
        svg = inline_svg(figure, text, _MARKER.format(*places[start]))
        return DetPicture(svg, points, places, start)


def misses_by_level(levels: Sequence[LevelResult]) -> str:
    """FRR by background and SNR, with its interval."""
    rows = [
        (level_name(level), 100 * level.misses.share, [100 * x for x in level.misses.interval])
        for level in levels
    ]
    text = "; ".join(f"{name}: {share:.0f} % missed" for name, share, _ in rows)
    return _intervals("frr", rows, "words missed, % (95 % interval)", text, BLUE, 100)


def accepts_by_background(backgrounds: Sequence[BackgroundResult]) -> str:
    """False accepts an hour by background, with the Poisson interval."""
    accepts = [(result.background, result.false_accepts) for result in backgrounds]
    rows = [(name, a.per_hour, list(a.interval)) for name, a in accepts]
    text = "; ".join(f"{name}: {a.per_hour:.2f} false accepts an hour" for name, a in accepts)
    return _intervals("fa", rows, "false accepts an hour (95 % interval)", text, ORANGE, None)


def accepts_by_round(rounds: Sequence[tuple[str, FalseAccepts]]) -> str:
    """What woke the model of each round of training, an hour of the same sound."""
    rows = [(name, a.per_hour, list(a.interval)) for name, a in rounds]
    text = "; ".join(f"{name}: woken {a.per_hour:.0f} times an hour" for name, a in rounds)
    return _intervals("rounds", rows, "woken an hour (95 % interval)", text, ORANGE, None)


def _intervals(
    salt: str,
    rows: Sequence[tuple[str, float, list[float]]],
    label: str,
    text: str,
    colour: str,
    top: float | None,
) -> str:
    from matplotlib.figure import Figure

    with page_style(salt):
        figure = Figure(figsize=(WIDTH_INCHES, 0.9 + 0.32 * len(rows)), layout="constrained")
        axes = figure.add_subplot()
        for place, (_, value, (low, high)) in enumerate(rows):
            axes.plot([low, high], [place, place], color=colour, linewidth=2, alpha=0.6)
            axes.plot([value], [place], "o", color=colour, clip_on=False)
        axes.set_yticks(range(len(rows)), [name for name, _, _ in rows])
        axes.invert_yaxis()
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(0, top)
        axes.set_xlabel(label)
        axes.grid(axis="x")
        return inline_svg(figure, text)


def memory_over_time(model: StaticModel) -> str:
    """The activation buffer, operator by operator."""
    with page_style("memory"):
        figure = memory_figure(model, "")
        axes: Any = figure.axes[0]
        axes.set_title("")
        return inline_svg(figure, ". ".join(line.strip() for line in summary(model)))


def size_by_part(parts: dict[str, tuple[int, int]], board: str) -> str:
    """Flash and RAM of each part of a firmware: bytes of both, by part."""
    from matplotlib.figure import Figure

    named = {name: sizes for name, sizes in parts.items() if any(sizes)}
    with page_style(f"size {board}"):
        figure = Figure(figsize=(WIDTH_INCHES, 0.9 + 0.34 * len(named)), layout="constrained")
        axes = figure.add_subplot()
        for offset, which, colour, label in ((-0.2, 0, BLUE, "flash"), (0.2, 1, GREEN, "RAM")):
            places = [place + offset for place in range(len(named))]
            values = [sizes[which] / 1000 for sizes in named.values()]
            axes.barh(places, values, height=0.36, color=colour, label=label)
        axes.set_yticks(range(len(named)), list(named))
        axes.set_ylim(len(named) - 0.5, -0.5)
        axes.set_xlabel("kB (1,000 bytes)")
        axes.grid(axis="x")
        axes.legend(loc="lower right")
        return inline_svg(figure, f"Flash and RAM of the firmware for {board}, by part")
