# SPDX-License-Identifier: Apache-2.0
"""`kws word`: whether a word is good to wake a device, and what sounds like it."""

from pathlib import Path
from typing import Annotated

import typer

from kws.cli.help import Command, Group
from kws.console import console, log, printable
from kws.data.near_words import near_words
from kws.data.word_check import Neighbour, Verdict, WordCheck, check_word
from kws_codegen.base.json_file import write_json

word_app = typer.Typer(
    cls=Group,
    help="Check a wake word before training, list what sounds like it.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

_STATUS: dict[Verdict, int] = {"fine": 0, "risky": 0, "refused": 1}


@word_app.command("check", cls=Command)
def check_command(
    phrase: Annotated[str, typer.Argument(help='Word or phrase: "hey lumos".', show_default=False)],
    language: Annotated[
        str, typer.Option("--language", help="As espeak-ng calls it: en, en-gb, es, de ...")
    ] = "en",
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the whole report to this file.")
    ] = None,
) -> None:
    """Judge a wake word: how long it is, and what people say that sounds like it.

    Compared by sound with the words of the language: 20,000 and how often they are said, with the
    extra [wake] (`pip install 'mcu-kws[wake]'`); else some 600 English ones.

    Exit status 0: fine or risky; 1: refused.

    Example: kws word check "hey lumos"
    """
    checked = check_word(phrase, language)
    for line in check_lines(checked):
        console.print(printable(line), soft_wrap=True)
    if not checked.vocabulary_words:
        log.print(
            f"no words of {language} to compare with: `pip install 'mcu-kws[wake]'` has those of "
            "many languages",
            soft_wrap=True,
        )
    if json_file:
        write_json(json_file, checked)
    raise typer.Exit(_STATUS[checked.verdict])


@word_app.command("near", cls=Command)
def near_command(
    phrase: Annotated[str, typer.Argument(help='Word or phrase: "hey lumos".', show_default=False)],
    count: Annotated[int, typer.Option("--count", help="How many at most.", min=1)] = 20,
    language: Annotated[
        str, typer.Option("--language", help="As espeak-ng calls it: en, en-gb, es, de ...")
    ] = "en",
) -> None:
    """List what sounds like a wake word and is another: words to record, or to say, as others.

    Parts of the phrase, then words and pairs of words, the nearest first. `kws data synth --near`
    says them.

    Example: kws word near "hey lumos" --count 10
    """
    for text in near_words((phrase,), count, language):
        console.print(printable(text), soft_wrap=True)


def check_lines(checked: WordCheck) -> list[str]:
    """The report, for a terminal of 80 columns."""
    lines = [
        f"{checked.phrase}: {checked.verdict}",
        f"  {_count(len(checked.sounds), 'sound')} [{' '.join(checked.sounds)}], "
        f"{_count(checked.syllables, 'syllable')}, about {checked.about_ms} ms",
        *(f"  - {reason}" for reason in checked.reasons),
    ]
    if checked.neighbours:
        lines += ["", f"nearest of {checked.vocabulary_words:,} words (0: the same)"]
        lines += [_neighbour_line(each) for each in checked.neighbours]
    if checked.near_per_hour is not None:
        often = f"{checked.near_per_hour:.2f} times"
        lines += ["", f"said in an hour of speech, it or what is near it: {often}"]
    if checked.proposals:
        lines += ["", f"better: {', '.join(checked.proposals)}"]
    return lines


def _neighbour_line(each: Neighbour) -> str:
    often = "" if each.per_hour is None else f"{each.per_hour:8.3f} an hour"
    return f"  {each.nearness:4.2f}  {each.text[:24]:24}  {each.relation:16}{often}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
