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

from kws.config.schema import Config, dump_config
from kws.data.own_recordings import OWN
from kws.data.scan import SOUND_SUFFIXES, TESTING_LIST, VALIDATION_LIST
from kws.data.wake_speech import NEGATIVES, WORDS
from kws.run.paths import RunPaths
from kws.run.pipeline import Pipeline
from kws.streams.mining import mine_negatives, unlike_their_word
from kws.wake.steps import say
from kws_codegen.base.cache import scratch
from kws_codegen.base.hashes import file_hash, hash_json

MOST_HARD = 600  # false accepts that a round passes on
_FIRST_EPOCHS = 0.5  # of the configuration's, in rounds before the last
_UNLIKE = 0.1  # score of its word under which a synthetic clip is left out
_MOST_UNLIKE = 0.05  # of the clips of a word


@dataclass(frozen=True)
class Round:
    """What a round passes on to the next."""

    hard: Path | None = None  # folder of false accepts
    mined: int = 0
    left_out: tuple[str, ...] = ()  # paths of clips in words/


def train_round(
    folder: Path, speech: Path, config: Config, before: Round, board: str, force: bool
) -> tuple[Pipeline, Round]:
    """Train in `folder`/run, then look for what wakes the model. Unchanged parts are skipped."""
    early = replace(config.training, epochs=max(1, round(_FIRST_EPOCHS * config.training.epochs)))
    pipeline = trained(
        folder / "run", folder, speech, replace(config, training=early), before, board, force
    )
    return pipeline, _looked_through(folder, pipeline, before)


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
    negatives = [str(speech / NEGATIVES), *config.data.negatives]
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


def _looked_through(folder: Path, pipeline: Pipeline, before: Round) -> Round:
    """False accepts and clips to leave out; from found.json when the model is the same."""
    run, record = pipeline.run, folder / "found.json"
    key = hash_json([file_hash(run.tflite_model), MOST_HARD, _UNLIKE, _MOST_UNLIKE])
    hard = folder / "hard"
    try:
        found = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = {}
    if found.get("key") != key or len(list(hard.glob("*.wav"))) != found.get("files"):
        shutil.rmtree(hard, ignore_errors=True)
        say("kws data mine-negatives", "--run", run.root, "--to", hard, "--most", MOST_HARD)
        if before.hard is not None and before.hard.is_dir():
            shutil.copytree(before.hard, hard)
        mine_negatives(run, hard, MOST_HARD)
        unlike = unlike_their_word(run, _UNLIKE, _MOST_UNLIKE)
        new = {c.path for c in unlike if not Path(c.path).name.startswith(OWN)}
        left_out = sorted({*before.left_out, *new})
        found = {"key": key, "files": len(list(hard.glob("*.wav"))), "left_out": left_out}
        record.write_text(json.dumps(found) + "\n", encoding="utf-8")
    return Round(hard, found["files"], tuple(found["left_out"]))


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
