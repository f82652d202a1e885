# SPDX-License-Identifier: Apache-2.0
"""Accuracy on other speakers by recordings of a word, with and without a start. Markdown.

    .venv/bin/python -m bench.few_clips --data DIR --out OUT --clips 10,25 --seeds 3
    .venv/bin/python -m bench.few_clips --data DIR --out OUT --clips 10 --set few_clips.voices=[]

DIR is a Speech Commands folder with its lists. Of each word of configs/mini.toml so many clips are
trained on, two of a speaker, of as few speakers as can be, and nothing of other words (--others N:
at most so many clips of every second one); `--config few` trains, with the synthesisers that are
here, two clips a word of other speakers beside them for validation and testing. The int8 model is
judged by all clips of those words whose speakers stand in the two lists, and by the rest of the
other words, of all speakers whom training has not heard: rejected is what is taken for none of the
ten. Each run is a folder; what is there is not trained again.
"""

import argparse
import json
import shutil
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np

from kws.architectures.speech_start import SPEECH
from kws.config.changes import read_settings
from kws.config.schema import Config, load_config
from kws.data.audio import Samples, fit_clip, load_clip
from kws.data.names import speaker_of
from kws.data.scan import TESTING_LIST, VALIDATION_LIST
from kws.data.splits import Split
from kws.features import cached_features
from kws.metrics.confusion import wilson_interval
from kws.quantize.quantize import int8_answers
from kws.run.pipeline import Pipeline
from kws_codegen.base.errors import KwsError
from kws_codegen.base.labels import BACKGROUND_NOISE_DIR

WORDS = load_config(Path("mini")).data.wanted_words
TAKES = 2  # of a word by a speaker
OTHER_SPEAKERS = 10  # of a seed's first ones, those of the next seed are others
FIRST_WANTED = 2  # after silence and unknown
COLUMNS = (
    "clips a word", "speakers", "others recorded", "voices", "start", "seeds", "right (95 %)",
    "others rejected (95 %)",
)  # fmt: skip


@dataclass(frozen=True)
class Result:
    """Of one training."""

    clips: int  # of a word, to train on
    start: str
    seed: int
    speakers: int  # trained on
    right: int
    wanted: int  # clips of the ten words
    rejected: int
    others: int  # clips of other words
    voices: str = ""  # synthesisers that spoke for training
    recorded_others: int = 0  # clips of other words to train on


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--clips", default="5,10,25,50,100", help="of a word")
    parser.add_argument("--start", default=SPEECH, help="a run folder, or the weights that ship")
    parser.add_argument("--only", choices=("with", "without"), help="a start")
    parser.add_argument("--others", type=int, default=0, help="clips of other words")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    options = parser.parse_args()
    print(f"| {' | '.join(COLUMNS)} |")
    print("| ---: | ---: | ---: | --- | --- | ---: | ---: | ---: |")
    try:
        for clips in map(int, options.clips.split(",")):
            starts = {"without": "", "with": options.start}
            for start in [starts[options.only]] if options.only else starts.values():
                seeds = range(options.seeds)
                results = [judged(options, clips, start, seed) for seed in seeds]
                print(line(results), flush=True)
    except KwsError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def line(results: list[Result]) -> str:
    """A row of the table: all seeds together."""
    one = results[0]
    right = share(sum(r.right for r in results), sum(r.wanted for r in results))
    rejected = share(sum(r.rejected for r in results), sum(r.others for r in results))
    values = (one.clips, one.speakers, one.recorded_others, one.voices, one.start, len(results))
    return f"| {' | '.join(map(str, (*values, right, rejected)))} |"


def share(count: int, of: int) -> str:
    """A percentage with its interval."""
    low, high = wilson_interval(count, of)
    return f"{100 * count / of:.1f} ({100 * low:.1f} to {100 * high:.1f})"


def judged(options: argparse.Namespace, clips: int, start: str, seed: int) -> Result:
    """Train and judge one model, or read what it was worth."""
    name = Path(start).name or "random"
    folder = options.out / f"{clips}-{name}-{seed}"
    path = folder / "result.json"
    if path.is_file():
        return Result(**json.loads(path.read_text()))
    chosen = chosen_clips(options.data, clips, seed)
    speakers = len(set(map(speaker_of, chosen["training"])))
    recorded = other_clips(options.data, min(len(WORDS) * clips, options.others))
    chosen["training"] += recorded
    write_folder(options.data, chosen, folder / "data")
    changes = {
        "data.wanted_words": list(WORDS),
        "training.seed": seed,
        "training.start": start,
        "few_clips.start": "",
        **read_settings(options.set),
    }
    pipeline = Pipeline.create(folder / "run", load_config(Path("few"), changes))
    pipeline.data(folder / "data")
    pipeline.train()
    pipeline.quantize()
    heard = {speaker_of(clip) for found in chosen.values() for clip in found}
    wanted, others = held_out(options.data, heard)
    model, config = pipeline.run.tflite_model.read_bytes(), pipeline.config
    answers = np.array([config.data.labels[i] for i in said(model, config, options.data, wanted)])
    taken = said(model, config, options.data, others)
    result = Result(
        clips=clips,
        start=name,
        seed=seed,
        speakers=speakers,
        right=int(np.sum(answers == np.array([Path(clip).parent.name for clip in wanted]))),
        wanted=len(wanted),
        rejected=int(np.sum(taken < FIRST_WANTED)),
        others=len(others),
        voices=", ".join(pipeline.dataset().voices),
        recorded_others=len(recorded),
    )
    path.write_text(json.dumps(asdict(result)) + "\n")
    return result


def said(model: bytes, config: Config, data: Path, clips: list[str]) -> np.ndarray:
    """Classes [n] that the int8 model gives the clips."""
    rate_hz, size = config.features.sample_rate_hz, config.clip_samples
    recordings = (load_clip(data / clip, rate_hz) for clip in clips)
    samples: Samples = np.stack([fit_clip(recording, size) for recording in recordings])
    return int8_answers(model, config, cached_features(samples, config.features))


def chosen_clips(data: Path, count: int, seed: int) -> dict[Split, list[str]]:
    """`count` clips of each of WORDS to train on, and TAKES of each for the other two splits.

    Those who say most words come first; no speaker is in two splits, or in a list of `data`.
    """
    listed = listed_speakers(data)
    takes: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for clip in clips_of(data, WORDS):
        if (speaker := speaker_of(clip)) not in listed:
            takes[speaker][Path(clip).parent.name].append(clip)
    order = sorted(
        takes,
        key=lambda name: (-sum(min(TAKES, len(found)) for found in takes[name].values()), name),
    )[seed * OTHER_SPEAKERS :]
    sizes: dict[Split, int] = {"training": count, "validation": TAKES, "testing": TAKES}
    chosen: dict[Split, list[str]] = {}
    for split, size in sizes.items():
        left = Counter(dict.fromkeys(WORDS, size))
        chosen[split] = []
        while left.total():
            for word, found in takes[order.pop(0)].items():
                some = found[: min(TAKES, left[word])]
                left[word] -= len(some)
                chosen[split] += some
    return chosen


def other_words(data: Path) -> list[str]:
    """Words of the folder that are not WORDS: every second is trained on, the rest judges."""
    words = sorted(path.name for path in data.iterdir() if path.is_dir())
    return [word for word in words if word not in WORDS and not word.startswith("_")]


def other_clips(data: Path, count: int) -> list[str]:
    """At most `count` clips of other words, those of each word in turn, by speakers in no list."""
    listed = listed_speakers(data)
    found = [
        [clip for clip in clips_of(data, [word]) if speaker_of(clip) not in listed]
        for word in other_words(data)[::2]
    ]
    turns = [clip for turn in zip_longest(*found) for clip in turn if clip]
    return turns[:count]


def listed_speakers(data: Path) -> set[str]:
    """Who is in one of the two lists."""
    lines = [(data / name).read_text().split() for name in (VALIDATION_LIST, TESTING_LIST)]
    return {speaker_of(clip) for names in lines for clip in names}


def held_out(data: Path, heard: set[str]) -> tuple[list[str], list[str]]:
    """Clips of WORDS by listed speakers, and of other words by all who were not heard."""
    listed = listed_speakers(data)
    wanted = [clip for clip in clips_of(data, WORDS) if speaker_of(clip) in listed]
    others = clips_of(data, other_words(data)[1::2])
    return wanted, [clip for clip in others if speaker_of(clip) not in heard]


def clips_of(data: Path, words: Iterable[str]) -> list[str]:
    """Paths within the folder, sorted."""
    return sorted(f"{word}/{path.name}" for word in words for path in (data / word).glob("*.wav"))


def write_folder(data: Path, chosen: dict[Split, list[str]], folder: Path) -> None:
    """A data set of those clips and all noise."""
    noise = (data / BACKGROUND_NOISE_DIR).glob("*.wav")
    names = [f"{BACKGROUND_NOISE_DIR}/{path.name}" for path in noise]
    for clip in [*names, *(clip for clips in chosen.values() for clip in clips)]:
        if not (folder / clip).is_file():  # a new copy would be other data
            (folder / clip).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(data / clip, folder / clip)
    for name, split in ((VALIDATION_LIST, "validation"), (TESTING_LIST, "testing")):
        (folder / name).write_text("\n".join(chosen[split]) + "\n")


if __name__ == "__main__":
    sys.exit(main())
