# SPDX-License-Identifier: Apache-2.0
"""`kws data`: prepare the clips of a run, check, download or synthesise a folder of words."""

from pathlib import Path
from typing import Annotated

import typer

from kws.cli.help import Command, Group
from kws.cli.options import (
    ConfigOption,
    DataOption,
    OutOption,
    RunOption,
    SetOption,
    WordsOption,
    configuration,
    configurations,
)
from kws.cli.suspects import suspects_command
from kws.console import console, warn
from kws.data.check import check_folder
from kws.data.check_view import check_view
from kws.data.engines import ESPEAK, engine_names
from kws.data.false_wakes import add_negatives
from kws.data.near_words import near_words
from kws.data.synth import DEFAULT_WORDS, synthesize
from kws.data.wake_speech import WakeSpeech, make_wake_speech
from kws.run.pipeline import Pipeline
from kws_codegen.base.json_file import write_json

data_app = typer.Typer(
    cls=Group,
    help="List, check, download or synthesise recordings of words.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)


data_app.command("suspects", cls=Command)(suspects_command)


@data_app.command("prepare", cls=Command)
def prepare_command(
    config: ConfigOption,
    data: DataOption,
    out: OutOption,
    wanted_words: WordsOption = None,
    settings: SetOption = None,
) -> None:
    """List the clips of a run with label, split and speaker: RUN/dataset.json.

    The first step of `kws run`. --out is the run folder.

    Example: kws data prepare --config configs/mini.toml --data recordings --out runs/mine
    """
    Pipeline.create(out, configuration(config, settings, wanted_words)).data(data)


@data_app.command("check", cls=Command)
def check_command(
    folder: Annotated[Path, typer.Argument(help="Folder of words.", show_default=False)],
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            help="For clip_duration_ms and the split percentages.",
            autocompletion=configurations,
        ),
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the whole report to this file.")
    ] = None,
    wanted_words: WordsOption = None,
) -> None:
    """Report clips per word and split, speakers, durations, and recordings with faults.

    Faults: unreadable, silent, clipped, too short or long, identical files, speakers in
    several splits. The split is that of a run with --wanted-words, or with the words of --config.

    Example: kws data check recordings --json report.json
    """
    chosen = configuration(config or Path("default"), wanted_words=wanted_words)
    words = chosen.data.wanted_words if config or wanted_words else ()
    report = check_folder(folder, chosen.data, wanted_words=words)
    console.print(check_view(report))
    if json_file:
        write_json(json_file, report)


@data_app.command("download", cls=Command)
def download_command(
    name: Annotated[
        str, typer.Argument(help="speech_commands_v0.02 or speech_commands_v0.01.")
    ] = "speech_commands_v0.02",
    out: Annotated[
        Path, typer.Option("--out", help="Folder for the archive and the unpacked recordings.")
    ] = Path("data"),
) -> None:
    """Fetch Google's Speech Commands; continues an interrupted download, checks the SHA-256.

    Example: kws data download speech_commands_v0.02 --out data
    """
    from kws.data.download import download  # requests is slow to import

    folder = download(name, out)
    console.print(f"recordings: {folder}", markup=False, soft_wrap=True)


@data_app.command("add-negatives", cls=Command)
def add_negatives_command(
    saved: Annotated[
        Path, typer.Argument(help="Folder that kws listen --save wrote.", show_default=False)
    ],
    to: Annotated[Path, typer.Option("--to", help="Folder of negatives to copy into.")] = Path(
        "negatives"
    ),
) -> None:
    """Make false wakes negatives: sound in which a word was heard that nobody said.

    First remove what was right, the sound file or its line in detections.csv. Each sound is
    copied once. Training that names the folder hears it in every epoch.

    Example: kws data add-negatives saved --to negatives
    """
    done = add_negatives(saved, to)
    others = [
        f"{number} {what}"
        for number, what in (
            (done.known, "there already"),
            (done.not_listed, "not in detections.csv"),
            (done.missing, "of its lines without a file"),
        )
        if number
    ]
    console.print(
        f"{to}: {done.added} added" + "".join(f", {text}" for text in others),
        markup=False, soft_wrap=True,
    )  # fmt: skip
    console.print(
        f"train with it: kws run ... --set 'data.negatives=[\"{to}\"]'",
        markup=False, soft_wrap=True,
    )  # fmt: skip


@data_app.command("synth", cls=Command)
def synth_command(
    out: Annotated[Path, typer.Argument(help="New folder to write.", show_default=False)],
    words: Annotated[
        str, typer.Option("--words", metavar="A,B,...", help="Words to say.")
    ] = ",".join(DEFAULT_WORDS),
    clips_per_word: Annotated[
        int,
        typer.Option(
            "--clips-per-word", help="Clips a word, each by another speaker.", min=3, max=10_000
        ),
    ] = 100,
    seed: Annotated[int, typer.Option("--seed", help="Another seed, other speakers.", min=0)] = 0,
    near: Annotated[
        int,
        typer.Option(
            "--near",
            help="Other words that sound like each of --words (English).",
            min=0,
            max=10_000,
        ),
    ] = 0,
    voices: Annotated[
        str,
        typer.Option("--voices", metavar="A,B,...", help=f"Any of {', '.join(engine_names())}."),
    ] = ESPEAK,
) -> None:
    """Make a small spoken data set, with other words and noise, from a speech synthesiser.

    Synthetic speech is for trying the tool, not for a product. Several --voices share the
    clips; one whose program or files are not here says what to fetch.

    Example: kws data synth spoken --words lamp,door,window --clips-per-word 60
    """
    chosen = tuple(word.strip() for word in words.split(",") if word.strip())
    near_ones = near_words(chosen, near) if near else ()
    engines = tuple(dict.fromkeys(name.strip() for name in voices.split(",") if name.strip()))
    made = synthesize(out, chosen, clips_per_word, seed, near_ones, engines or (ESPEAK,))
    state = "made" if made else "is there already, unchanged"
    console.print(f"{out} {state}", markup=False, soft_wrap=True)
    warn(f"synthetic speech ({voices}) is for trying the tool, not for a product")


@data_app.command("wake-speech", cls=Command)
def wake_speech_command(
    out: Annotated[Path, typer.Argument(help="Folder to write.", show_default=False)],
    words: Annotated[
        str, typer.Option("--words", metavar="A,B,...", help="Wake words.", show_default=False)
    ],
    clips_per_word: Annotated[
        int,
        typer.Option(
            "--clips-per-word", help="Clips a word, each by another speaker.", min=3, max=10_000
        ),
    ] = 400,
    voices: Annotated[
        str,
        typer.Option("--voices", metavar="A,B,...", help=f"Any of {', '.join(engine_names())}."),
    ] = ESPEAK,
    language: Annotated[
        str, typer.Option("--language", help="As espeak-ng calls it: en, en-gb, es, de ...")
    ] = "en",
    seed: Annotated[int, typer.Option("--seed", help="Another seed, other speakers.", min=0)] = 0,
) -> None:
    """Say wake words, words like them, other words and sentences: a step of kws wake.

    OUT/words is a folder of words, OUT/negatives has sentences for data.negatives.

    Example: kws data wake-speech spoken --words "hey lumos" --clips-per-word 200
    """
    chosen = tuple(word.strip() for word in words.split(",") if word.strip())
    engines = tuple(dict.fromkeys(name.strip() for name in voices.split(",") if name.strip()))
    wanted = WakeSpeech(chosen, clips_per_word, engines or (ESPEAK,), language, seed)
    made = make_wake_speech(out, wanted)
    state = "made" if made else "is there already, unchanged"
    console.print(f"{out} {state}", markup=False, soft_wrap=True)


@data_app.command("mine-negatives", cls=Command)
def mine_negatives_command(
    run: RunOption,
    to: Annotated[Path, typer.Option("--to", help="Folder of negatives to write into.")] = Path(
        "negatives"
    ),
    sound: Annotated[
        list[Path] | None,
        typer.Option(help="Files or folders without wanted words; else the run's negatives."),
    ] = None,
    most: Annotated[int, typer.Option(help="Cuts at most, the surest first.", min=1)] = 600,
) -> None:
    """Find what a run's model takes for a word in sound where nobody says it: hard negatives.

    Each false accept becomes a short sound file. Training that names the folder in data.negatives
    hears it in every epoch; kws wake does so between its rounds.

    Example: kws data mine-negatives --run runs/listen --to hard --sound radio/
    """
    from kws.streams.mining import mine_negatives
    from kws.streams.rates import hours_text
    from kws.streams.sources import speech_of

    pipeline = Pipeline.open(run)
    rate_hz = pipeline.config.features.sample_rate_hz
    sounds = speech_of(sound, rate_hz) if sound else None
    mined = mine_negatives(pipeline.run, to, most, sounds)
    which = "" if mined.kept == mined.found else f", the surest {mined.kept} are kept"
    console.print(
        f"{to}: {mined.found} false accepts in {hours_text(mined.hours)}{which}",
        markup=False,
        soft_wrap=True,
    )
