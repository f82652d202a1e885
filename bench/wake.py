# SPDX-License-Identifier: Apache-2.0
"""What `kws wake` is worth on people: words missed, false accepts, ingredient by ingredient.

    python -m bench.speech_streams SPEECH                  # or recordings of your own
    python -m bench.wake --people FOLDER --words happy,five --train SPEECH/train --test SPEECH/test
        --out OUT [--rows 1,2,3,4,5] [--voices espeak,kokoro] [--clips 400] [--epochs 40]

Nobody of FOLDER, a folder of words, is heard in training: its clips of the words are said in a
quiet stream, thresholds are moved over the test speech, in which the words must not be said. Rows
are cumulative, and runs in OUT are kept: a row that is there is not trained again. One seed, int8
models, thresholds that are chosen on the test itself: a product's figures are worse. With
--recordings N, N clips of each word (half of them, where there are fewer) are a user's own in row
8, and no row is tested on those who said them.

    python -m bench.wake --correlate --english FILE --out OUT

trains one small model of ten phrases and ranks the verdict of `kws word check` beside the false
accepts that each phrase has in English speech.
"""

import argparse
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kws.config.schema import Config, load_config
from kws.data.audio import Samples, load_clip
from kws.data.engines import ESPEAK
from kws.data.names import speaker_of
from kws.data.scan import scan_folder
from kws.data.wake_speech import NEGATIVES, WORDS, WakeSpeech, make_wake_speech
from kws.data.word_check import check_word
from kws.evaluate.clips import load_model
from kws.run.paths import RunPaths
from kws.run.pipeline import Pipeline
from kws.streams.decisions import detector_of, host_decisions, listening
from kws.streams.det import Curves, DetPoint, ScoredStream
from kws.streams.making import QUIET, SPEECH, Sounds, word_streams
from kws.streams.mining import mine_negatives
from kws.streams.sources import speech_of
from kws.streams.stream import Stream

RATES = (0.5, 2.0, 10.0)
PHRASES = (
    "go", "four", "happy", "window", "computer", "jarvis", "hey lumos", "okay marvin",
    "butterfly", "hello robot",
)  # fmt: skip
_MOST_HARD = 600


@dataclass(frozen=True)
class Row:
    """One line of the table: what goes into the training."""

    title: str
    near: int = 20
    others: int = 60
    voices: bool = True  # those of --voices, else espeak alone
    sentences: bool = True
    people: bool = True  # real speech as negatives
    hard: bool = False  # a second round
    signal: bool = True  # speed, microphones, rooms
    codec: float = 0.0  # share of the clips
    own: bool = False  # recordings of the words by people


ROWS = (
    Row("espeak-ng, 8 other words", 0, 8, voices=False, sentences=False, people=False),
    Row("+ words like it, 60 others, sentences", voices=False, people=False),
    Row("+ other synthesisers", people=False),
    Row("+ real speech of others as negatives"),
    Row("+ a second round on false accepts", hard=True),
    Row("the fourth without speed, rooms, microphones", signal=False),
    Row("the fourth with codecs", codec=0.3),
    Row("the fourth + --recordings of the words by people", own=True),
)


def train(row: Row, options: argparse.Namespace, out: Path) -> Pipeline:
    """A run of one row; what is there is not made again."""
    voices = tuple(options.voices.split(",")) if row.voices else (ESPEAK,)
    speech = out.with_name(f"speech-{len(voices)}-{row.near}" + "-own" * row.own)
    wanted = WakeSpeech(options.words, options.clips, voices, near=row.near, others=row.others)
    make_wake_speech(speech, wanted, own_clips(options) if row.own else None)
    return _trained(out, _config(row, options, speech), speech)


def _trained(out: Path, config: Config, speech: Path) -> Pipeline:
    pipeline = Pipeline.create(out, config)
    pipeline.data(speech / WORDS)
    pipeline.train()
    pipeline.quantize()
    return pipeline


def _config(row: Row, options: argparse.Namespace, speech: Path) -> Config:
    config = load_config(Path("wake"))
    negatives = [str(speech / NEGATIVES)] if row.sentences else []
    negatives += [str(path) for path in options.train] if row.people else []
    if row.hard:
        hard = options.out / "hard"  # found by the row before, which is the first round
        if not hard.is_dir():
            mine_negatives(RunPaths(options.out / f"row-{ROWS.index(row)}"), hard, _MOST_HARD)
        if any(hard.iterdir()):
            negatives.append(str(hard))
    data = replace(config.data, wanted_words=options.words, negatives=tuple(negatives))
    training = replace(config.training, epochs=options.epochs, codec=row.codec)
    if not row.signal:
        training = replace(training, speed=0.0, room=0.0, microphone=0.0, gain_db=())
    return replace(config, data=data, training=training)


def judged(run: RunPaths, streams: Iterable[Stream]) -> Curves:
    """Curves of the int8 model over streams."""
    model = load_model(run)
    scored = [
        ScoredStream(s, host_decisions(model.config, model.tflite, s.samples, exact=False))
        for s in streams
    ]
    return Curves(scored, detector_of(model.config), listening(model.config, model.tflite))


def own_clips(options: argparse.Namespace) -> Path:
    """A folder of the first recordings of each word: at most half of those that there are."""
    folder: Path = options.out / f"recordings-{options.recordings}"
    scan = scan_folder(options.people)
    for word in options.words:
        paths = [file.path for file in scan.clips if file.word == word]
        (folder / word).mkdir(parents=True, exist_ok=True)
        for path in paths[: min(options.recordings, len(paths) // 2)]:
            shutil.copy2(scan.root / path, folder / path)
    return folder


def streams_of(options: argparse.Namespace, rate_hz: int) -> list[Stream]:
    """The words as people said them, in quiet; and the speech in which nobody says them."""
    scan = scan_folder(options.people)
    heard = set()
    if options.recordings:
        heard = {speaker_of(path.name) for path in own_clips(options).glob("*/*")}
    said = [
        (file.word, load_clip(scan.root / file.path, rate_hz))
        for file in scan.clips
        if file.word in options.words and speaker_of(file.path) not in heard
    ]
    words = next(iter(word_streams(Sounds(rate_hz, tuple(said), (), ()))))
    return [words, *_background(speech_of(options.test, rate_hz))]


def _background(sounds: Sequence[Samples]) -> list[Stream]:
    return [Stream(f"speech {n}", SPEECH, None, s, (), s.size) for n, s in enumerate(sounds)]


def at_rate(points: Sequence[DetPoint], per_hour: float) -> DetPoint:
    """The lowest threshold that keeps to a rate; the highest where none does."""
    kept = points[0]
    for point in points:
        if point.per_hour > per_hour:
            break
        kept = point
    return kept


def table(options: argparse.Namespace) -> None:
    """Train and judge the rows that were asked for; print them as Markdown."""
    rate_hz = load_config(Path("wake")).features.sample_rate_hz
    streams = streams_of(options, rate_hz)
    hours = sum(s.samples.size for s in streams[1:]) / rate_hz / 3600
    said = {word: sum(w.word == word for w in streams[0].words) for word in options.words}
    print(f"{hours:.2f} h of speech; said: {said}; {options.clips} clips, {options.epochs} epochs")
    print("| training data |", " | ".join(f"{w}, missed % at {RATES}" for w in said), "| bytes |")
    print("| --- |", " --- |" * (len(said) + 1))
    for number in options.rows:
        row = ROWS[number - 1]
        run = train(row, options, options.out / f"row-{number}").run
        curves = judged(run, streams)
        cells = [row.title]
        for word in options.words:
            points = curves.of_word(word)
            missed = [100 * at_rate(points, rate).missed_share for rate in RATES]
            cells.append(" / ".join(f"{share:.0f}" for share in missed))
        cells.append(f"{run.tflite_model.stat().st_size:,}")
        print("|", " | ".join(cells), "|", flush=True)


def spearman(one: Sequence[float], other: Sequence[float]) -> float:
    """Rank correlation; equal values share the mean of their ranks (Spearman 1904)."""
    ranks = []
    for values in (np.array(one), np.array(other)):
        below = (values[:, None] > values).sum(axis=1)
        equal = (values[:, None] == values).sum(axis=1)
        ranks.append(below + (equal - 1) / 2)
    return float(np.corrcoef(*ranks)[0, 1])


def correlate(options: argparse.Namespace) -> None:
    """False accepts of each phrase at the threshold that misses 10 % of its synthetic clips."""
    options.words = PHRASES
    speech = options.out / "speech-phrases"
    make_wake_speech(speech, WakeSpeech(PHRASES, options.clips, near=0, others=60))
    row = replace(ROWS[1], near=0)
    pipeline = _trained(options.out / "phrases", _config(row, options, speech), speech)
    rate_hz = pipeline.config.features.sample_rate_hz
    clips = sorted((speech / WORDS).glob("*/*.wav"))
    tested = set((speech / WORDS / "testing_list.txt").read_text().split("\n"))
    said = [
        (path.parent.name, load_clip(path, rate_hz))
        for path in clips
        if path.relative_to(speech / WORDS).as_posix() in tested and path.parent.name in PHRASES
    ]
    sounds = Sounds(rate_hz, tuple(said), (), ())
    words = next(s for s in word_streams(sounds) if s.background == QUIET)
    curves = judged(pipeline.run, [words, *_background(speech_of(options.english, rate_hz))])
    verdicts = {"fine": 0, "risky": 1, "refused": 2}
    ranks, near, rates = [], [], []
    print("| phrase | verdict | near it, an hour | false accepts an hour | missed % |")
    print("| --- | --- | ---: | ---: | ---: |")
    for phrase in PHRASES:
        checked = check_word(phrase, propose=False)
        point = next((p for p in curves.of_word(phrase) if p.missed_share <= 0.1), None)
        point = point or curves.of_word(phrase)[-1]
        ranks.append(float(verdicts[checked.verdict]))
        near.append(checked.near_per_hour or 0.0)
        rates.append(point.per_hour)
        cells = (
            phrase, checked.verdict, f"{near[-1]:.2f}", f"{point.per_hour:.1f}",
            f"{100 * point.missed_share:.0f}",
        )  # fmt: skip
        print("|", " | ".join(cells), "|")
    print(
        f"Spearman: verdict {spearman(ranks, rates):.2f}, near it an hour "
        f"{spearman(near, rates):.2f}"
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder of the runs")
    parser.add_argument("--words", default="happy,five", help="said by people in --people")
    parser.add_argument("--people", type=Path, help="folder of words")
    parser.add_argument("--train", type=Path, nargs="*", default=[], help="negatives of people")
    parser.add_argument("--test", type=Path, nargs="*", default=[], help="speech to listen to")
    parser.add_argument("--rows", default="1,2,3,4,5", help="of the table, from 1")
    parser.add_argument("--voices", default="espeak,flite,piper,kokoro")
    parser.add_argument("--recordings", type=int, default=0, help="of each word, for row 8")
    parser.add_argument("--clips", type=int, default=400)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--correlate", action="store_true")
    parser.add_argument("--english", type=Path, nargs="*", default=[])
    options = parser.parse_args()
    options.words = tuple(options.words.split(","))
    options.rows = [int(number) for number in options.rows.split(",")]
    (correlate if options.correlate else table)(options)


if __name__ == "__main__":
    main()
