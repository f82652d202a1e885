# SPDX-License-Identifier: Apache-2.0
"""Training in rounds: what wakes the model of one round is trained on in the next.

A round before the last is a run folder RUN/wake/round-N/run; beside it lie what it is trained on:
words/ (links to the clips, without those left out) and hard/ (false accepts of the round before).
"""

import json
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kws.config.schema import Config, dump_config
from kws.data.audio import Samples
from kws.data.negatives import load_negatives, negative_files
from kws.data.own_recordings import OWN
from kws.data.scan import SOUND_SUFFIXES, TESTING_LIST, VALIDATION_LIST
from kws.data.wake_speech import NEGATIVES, WORDS
from kws.run.paths import RunPaths
from kws.run.pipeline import Pipeline
from kws.streams.mining import mine_negatives, unlike_their_word
from kws.streams.rates import FalseAccepts
from kws.wake.result import RoundResult
from kws.wake.steps import say
from kws_codegen.base.cache import scratch
from kws_codegen.base.hashes import file_hash, hash_json

MOST_HARD = 600  # false accepts that a round passes on
_FOUND = "found.json"
_FIRST_EPOCHS = 0.5  # of the configuration's, in rounds before the last
_UNLIKE = 0.1  # score of its word under which a synthetic clip is left out
_MOST_UNLIKE = 0.05  # of the clips of a word


@dataclass(frozen=True)
class Round:
    """What a round passes on to the next."""

    hard: Path | None = None  # folder of false accepts
    mined: int = 0
    left_out: tuple[str, ...] = ()  # paths of clips in words/
    history: tuple[RoundResult, ...] = ()  # of the rounds so far


def train_round(
    folder: Path, speech: Path, config: Config, before: Round, board: str, force: bool
) -> tuple[Pipeline, Round]:
    """Train in `folder`/run, then look for what wakes the model. Unchanged parts are skipped."""
    early = replace(config.training, epochs=max(1, round(_FIRST_EPOCHS * config.training.epochs)))
    early_config = replace(config, training=early)
    pipeline = trained(folder / "run", folder, speech, early_config, before, board, force)
    return pipeline, _looked_through(folder, pipeline, before, _negatives(speech, config))


def train_last_round(
    out: Path,
    folder: Path,
    speech: Path,
    config: Config,
    before: Round,
    board: str,
    force: bool,
) -> tuple[Pipeline, tuple[RoundResult, ...]]:
    """Train in the run folder `out`; what woke the model of each round, this one's counted too."""
    pipeline = trained(out, folder, speech, config, before, board, force)
    record = folder / _FOUND
    key = _key(pipeline, _negatives(speech, config))
    found = _recorded(record, key)
    if found is None:
        sound = _sound(pipeline, _negatives(speech, config))
        mined = mine_negatives(pipeline.run, None, 0, sound)
        found = {"key": key, "found": mined.found, "hours": mined.hours}
        _record(record, found)
    return pipeline, (*before.history, _result(pipeline, before, found))


def trained(
    out: Path,
    folder: Path,
    speech: Path,
    config: Config,
    before: Round,
    board: str,
    force: bool,
) -> Pipeline:
    """A run folder `out` trained and quantized on `speech`, without clips that were left out.

    `folder`/config.toml is what it is asked for.
    """
    words = speech / WORDS
    if before.left_out:
        words = link_words(words, folder / WORDS, before.left_out)
    negatives = list(_negatives(speech, config))
    if before.hard is not None and before.mined:
        negatives.append(str(before.hard))
    config = replace(config, data=replace(config.data, negatives=tuple(negatives)))
    pipeline = Pipeline.create(out, config, force)
    asked = folder / "config.toml"
    asked.parent.mkdir(parents=True, exist_ok=True)
    asked.write_text(dump_config(config), encoding="utf-8")
    say("kws data prepare", "--config", asked, "--data", words, "--out", out)
    pipeline.data(words)
    pipeline.check_fit(board)
    say("kws train", "--run", out)
    pipeline.train()
    say("kws quantize", "--run", out)
    pipeline.quantize()
    return pipeline


def _looked_through(
    folder: Path, pipeline: Pipeline, before: Round, negatives: tuple[str, ...]
) -> Round:
    """False accepts and clips to leave out; from found.json when the model is the same."""
    run, record, hard = pipeline.run, folder / _FOUND, folder / "hard"
    key = _key(pipeline, negatives)
    found = _recorded(record, key)
    if found is None or len(list(hard.glob("*.wav"))) != found["files"]:
        shutil.rmtree(hard, ignore_errors=True)
        say("kws data mine-negatives", "--run", run.root, "--to", hard, "--most", MOST_HARD)
        if before.hard is not None and before.hard.is_dir():
            shutil.copytree(before.hard, hard)
        mined = mine_negatives(run, hard, MOST_HARD, _sound(pipeline, negatives))
        unlike = unlike_their_word(run, _UNLIKE, _MOST_UNLIKE)
        new = {c.path for c in unlike if not Path(c.path).name.startswith(OWN)}
        found = {
            "key": key,
            "found": mined.found,
            "hours": mined.hours,
            "files": len(list(hard.glob("*.wav"))),
            "left_out": sorted({*before.left_out, *new}),
        }
        _record(record, found)
    history = (*before.history, _result(pipeline, before, found))
    return Round(hard, found["files"], tuple(found["left_out"]), history)


def _negatives(speech: Path, config: Config) -> tuple[str, ...]:
    """Of every round; what a round before found is not among them."""
    return (str(speech / NEGATIVES), *config.data.negatives)


def _sound(pipeline: Pipeline, negatives: tuple[str, ...]) -> list[Samples]:
    """What the negatives give to training, the same in each round."""
    data = replace(pipeline.config.data, negatives=negatives)
    rate_hz = pipeline.config.features.sample_rate_hz
    return [load_negatives(data, "training", rate_hz).stream]


def _key(pipeline: Pipeline, negatives: tuple[str, ...]) -> str:
    model = file_hash(pipeline.run.tflite_model)
    return hash_json(
        [model, negative_files(negatives).fingerprint, MOST_HARD, _UNLIKE, _MOST_UNLIKE]
    )


def _recorded(record: Path, key: str) -> dict[str, Any] | None:
    """What was found by the same model in the same sound."""
    try:
        found: dict[str, Any] | None = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("key") == key else None


def _record(record: Path, found: dict[str, Any]) -> None:
    record.write_text(json.dumps(found) + "\n", encoding="utf-8")


def _result(pipeline: Pipeline, before: Round, found: dict[str, Any]) -> RoundResult:
    hours = found["hours"]
    return RoundResult(
        pipeline.config.training.epochs,
        before.mined,
        len(before.left_out),
        FalseAccepts(found["found"], hours, hours),
    )


def without_people(speech: Path, folder: Path) -> Path:
    """`speech` without the user's own clips in training; its path when there are none."""
    words = speech / WORDS
    tested = set((words / TESTING_LIST).read_text(encoding="utf-8").split("\n"))
    own = [path.relative_to(words).as_posix() for path in words.glob(f"*/{OWN}*")]
    left_out = [name for name in own if name not in tested]
    if not left_out:
        return speech
    link_words(words, folder / WORDS, tuple(left_out))
    link = folder / NEGATIVES
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.relpath((speech / NEGATIVES).resolve(), folder.resolve()))
    return folder


def link_words(words: Path, out: Path, left_out: tuple[str, ...]) -> Path:
    """The folder of words `out` with links to the files of `words`, but for those left out."""
    without = set(left_out)
    kept = [
        path.relative_to(words).as_posix()
        for path in sorted(words.glob("*/*"))
        if path.suffix.lower() in SOUND_SUFFIXES
    ]
    kept = [name for name in kept if name not in without]
    if out.is_dir() and _same(words, out, kept):
        return out
    shutil.rmtree(out, ignore_errors=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    with scratch(out.parent) as making:
        made = making / WORDS
        for name in kept:
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(words / name, made / name)
            except OSError:  # another file system, or one without links
                shutil.copy2(words / name, made / name)
        for listed in (VALIDATION_LIST, TESTING_LIST):
            lines = (words / listed).read_text(encoding="utf-8").splitlines()
            text = "".join(f"{line}\n" for line in lines if line not in without)
            (made / listed).write_text(text, encoding="utf-8")
        made.rename(out)
    return out


def _same(words: Path, out: Path, kept: list[str]) -> bool:
    there = sorted(path.relative_to(out).as_posix() for path in out.glob("*/*"))
    return there == sorted(kept) and all(
        (out / name).stat().st_mtime_ns == (words / name).stat().st_mtime_ns for name in kept
    )


def round_paths(run: RunPaths, number: int) -> Path:
    """The folder of a round, from 1."""
    return run.wake / f"round-{number}"
