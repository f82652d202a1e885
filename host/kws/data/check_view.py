# SPDX-License-Identifier: Apache-2.0
"""How `kws data check` shows its report: a table of words, then what is wrong with examples."""

from collections.abc import Iterable

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table
from rich.text import Text

from kws.data.check import CheckReport
from kws.data.names import word_of
from kws.data.splits import SPLITS

_LISTED = 4  # examples of each fault; the JSON file has all
_OF_A_GROUP = 3


def check_view(report: CheckReport) -> Group:
    """The report for the console."""
    return Group(_word_table(report), *_summary_lines(report), _fault_table(report))


def _word_table(report: CheckReport) -> Table:
    title = Text(f"{report.folder}\nsplit by {report.split_rule}")
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("word", no_wrap=True)
    seconds = "seconds, min/median/max"
    for heading in ("train", "valid", "test", "all", "speakers", seconds, "silent", "clipped"):
        table.add_column(heading, justify="right", min_width=min(len(heading), 14))
    for word, found in report.words.items():
        table.add_row(
            Text(word),
            *(str(found.clips[split]) for split in SPLITS),
            str(sum(found.clips.values())),
            str(found.speakers),
            f"{found.shortest_s:.2f}/{found.median_s:.2f}/{found.longest_s:.2f}",
            str(found.silent or ""),
            str(found.clipped or ""),
        )
    table.add_section()
    totals = [sum(word.clips[split] for word in report.words.values()) for split in SPLITS]
    faults = (str(len(report.silent) or ""), str(len(report.clipped) or ""))
    counts = (*totals, report.clips, report.speakers)
    table.add_row("all", *(str(count) for count in counts), "", *faults)
    return table


def _summary_lines(report: CheckReport) -> list[Text]:
    length = sum(report.noise_s.values())
    noise = f"{len(report.noise_s)} recordings, {length:.0f} s" if report.noise_s else "none"
    lines = [Text(f"background noise: {noise}")]
    if report.split_meaning:
        lines.append(Text(f"few speakers: {report.split_meaning}", style="yellow"))
    elif report.without_speaker:
        lines.append(Text(f"unknown speakers: {_nameless(report)}", style="yellow"))
    if report.split_problem:
        lines.append(Text(f"no model can be trained: {report.split_problem}", style="red"))
    return lines


def _nameless(report: CheckReport) -> str:
    return (
        f"{len(report.without_speaker)} of {report.clips} file names tell none. Where the same "
        "voices are in training and in testing, the accuracy is for these voices and looks too "
        "good: name the files <speaker>_<n>.wav"
    )


def _fault_table(report: CheckReport) -> Table | Text:
    reasons = {**report.unreadable, **report.ignored}
    faults: list[tuple[str, list[str]]] = [
        ("unreadable", [f"{path} ({reasons[path]})" for path in report.unreadable]),
        ("not used", [f"{path} ({reasons[path]})" for path in report.ignored]),
        ("folders without a sound file", report.empty_words),
        ("names nearly the same", report.nearly_the_same),
        ("silent", report.silent),
        ("clipped", report.clipped),
        ("cut short", report.cut_short),
        ("shorter than half a clip", report.short),
        ("longer than a clip: the loudest part is used", report.long),
        ("groups of identical files", _equal(report.same_bytes)),
        (
            "identical files of different words",
            _equal(group for group in report.same_bytes if len(set(map(word_of, group))) > 1),
        ),
        ("identical files in several splits", _equal(report.same_bytes_across_splits)),
        ("file names without a speaker", report.without_speaker),
        ("speakers in several splits", report.speakers_across_splits),
        ("listed in a split but not there", report.listed_but_missing),
    ]
    if not any(found for _, found in faults):
        files = " with the files themselves" if report.split_problem else ""
        return Text(f"nothing wrong found{files}", style="green")
    table = Table(title="worth a look", title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("what")
    table.add_column("count", justify="right")
    table.add_column("examples", overflow="fold")
    for what, found in faults:
        if found:
            table.add_row(what, str(len(found)), Text(_examples(found)))
    return table


def _equal(groups: Iterable[list[str]]) -> list[str]:
    """A text a group, of its first files."""
    return [
        " = ".join(group[:_OF_A_GROUP])
        + (f" and {len(group) - _OF_A_GROUP} more" if len(group) > _OF_A_GROUP else "")
        for group in groups
    ]


def _examples(names: Iterable[str]) -> str:
    names = list(names)
    more = [f"... and {len(names) - _LISTED} more"] if len(names) > _LISTED else []
    return "\n".join([*names[:_LISTED], *more])
