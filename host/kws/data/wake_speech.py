# SPDX-License-Identifier: Apache-2.0
"""Speech to train a wake word on, from typed text: the word by many voices, and all that is not it.

`words/` is a folder of words as any other (kws.data.scan): the wanted ones, words that sound like
them, other words, noise, split lists. `negatives/` has sentences without the wanted words, a
recording a speaker, and split lists. The same voices say all of it, else a voice would tell what is
wanted; each voice is in one split of both.
"""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import soundfile
import soxr

from kws.data.audio import Samples, load_clip, to_int16
from kws.data.casting import cast_speakers
from kws.data.engines import ESPEAK
from kws.data.names import speaker_of
from kws.data.near_words import near_words
from kws.data.own_recordings import Recorded, own_recordings
from kws.data.phonemes import sounds_of
from kws.data.scan import TESTING_LIST, VALIDATION_LIST
from kws.data.sentences import sentences, words_without
from kws.data.splits import SPLITS, Split
from kws.data.synth import (
    SAMPLE_RATE_HZ,
    carried_clips,
    spoken_clips,
    spoken_texts,
    write_noise,
)
from kws.data.synth_noise import make_music
from kws.data.vocabulary import Heard, vocabulary
from kws.data.voices import Speaker
from kws_codegen.base.cache import scratch
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import hash_json
from kws_codegen.base.labels import BACKGROUND_NOISE_DIR

WORDS, NEGATIVES = "words", "negatives"
NEAR, OTHERS = 20, 60  # words like each wanted one, and other words, at most
_EACH = 0.05  # clips of one of those, of a wanted word's
_CARRIED = 0.5  # of the speakers that are espeak-ng's say the word in a sentence too
_SENTENCE_S = 3.0  # of sentences for each clip of a wanted word
_SAID_S = 2.5  # of one sentence, about
_LONGEST_SENTENCE_MS = 20_000
_MOST_OF_A_VOICE = 12  # clips of a word by one voice that cannot be mixed
_OWN_TIMES = 10  # at most that a recording for training is there: as it is, and at other rates
_OWN_RATES = (0.85, 1.18)  # speed, pitch and formants together, as of another person
_VERSION = 2
_RECORD = "wake-speech.json"


@dataclass(frozen=True)
class WakeSpeech:
    """What is to be said."""

    words: tuple[str, ...]
    clips: int = 400  # of each word, each by another speaker
    voices: tuple[str, ...] = (ESPEAK,)
    language: str = "en"
    seed: int = 0
    near: int = NEAR
    others: int = OTHERS


def make_wake_speech(
    out: Path, wanted: WakeSpeech, recordings: Path | None = None, noise: tuple[Path, ...] = ()
) -> bool:
    """Write words/ and negatives/ into the new folder `out`. False: they are there already.

    `recordings` is a folder of words by people, some of which go to training, by speaker; the
    others alone are then the clips of wanted words that test (kws.data.own_recordings). `noise`
    are sound files that are heard behind words. Raises KwsError when `out` holds something else,
    the voices cannot be used or a word cannot be said in a clip.
    """
    people = own_recordings(recordings, wanted.words) if recordings else []
    record = {
        "version": _VERSION,
        **asdict(wanted),
        "recordings": [(str(each.path), each.split, each.content) for each in people],
        "rates": [_OWN_TIMES, *_OWN_RATES] if people else [],
        "noise": [(str(path), path.stat().st_size) for path in noise],
    }
    if out.exists():
        if _made(out) == hash_json(record):
            return False
        if any(out.iterdir()) and not (out / _RECORD).is_file():
            raise KwsError(f"{out} holds something else", "Name a new folder, or remove that one.")
        shutil.rmtree(out)
    random = np.random.default_rng([wanted.seed, 16])
    speakers = cast_speakers(
        max(wanted.clips, 3), random, wanted.voices, _MOST_OF_A_VOICE, wanted.language
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    with scratch(out.parent) as making:
        folder = making / "speech"
        training = _write_words(folder / WORDS, wanted, speakers, people, random)
        _write_sentences(folder / NEGATIVES, wanted, speakers, random)
        write_noise(folder / WORDS, training, wanted.seed)
        music = make_music(SAMPLE_RATE_HZ, np.random.default_rng([wanted.seed, 2]))
        _write(folder / WORDS / BACKGROUND_NOISE_DIR / "music.wav", music)
        for path in noise:
            shutil.copyfile(path, folder / WORDS / BACKGROUND_NOISE_DIR / path.name)
        (folder / _RECORD).write_text(json.dumps(record) + "\n", encoding="utf-8")
        shutil.move(folder, out)
    return True


def _made(out: Path) -> str:
    try:
        return hash_json(json.loads((out / _RECORD).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return ""


def _write_words(
    folder: Path,
    wanted: WakeSpeech,
    speakers: list[Speaker],
    people: list[Recorded],
    random: np.random.Generator,
) -> list[Samples]:
    """Write all clips and the split lists; returns those of training, of which babble is made."""
    splits: dict[Split, list[str]] = {split: [] for split in SPLITS}
    for each in people:
        name = f"{each.word}/{each.name}"
        (folder / each.word).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(each.path, folder / name)
        splits[each.split].append(name)
    for name, clip in _at_other_rates(people, wanted):
        _write(folder / name, clip)
    tested = {each.word for each in people if each.split == "testing"}
    # Said with recordings as without them: what was spoken for one lies in the cache for the other.
    said = [(word, speaker) for word in wanted.words for speaker in speakers]
    said += list(_others(wanted, speakers, random))
    training = []
    for (word, speaker), clip in zip(
        said, spoken_clips(said, wanted.seed, in_batches=True), strict=True
    ):
        if speaker.split == "testing" and word in tested:
            continue
        name = f"{word}/{speaker.name}_nohash_0.wav"
        _write(folder / name, clip)
        splits[speaker.split].append(name)
        if speaker.split == "training":
            training.append(clip)
    carried = list(_carriers(wanted, speakers, random))
    for (text, first, end, speaker), heard in zip(
        carried, carried_clips(carried, wanted.seed), strict=True
    ):
        if heard is not None:
            word = " ".join(text.split()[first:end])
            _write(folder / f"{word}/{speaker.name}_nohash_1.wav", heard)
    _write_lists(folder, splits)
    return training


def _at_other_rates(
    people: Sequence[Recorded], wanted: WakeSpeech
) -> Iterator[tuple[str, Samples]]:
    """Recordings for training, resampled: of each word about as many as are spoken, with names."""
    random = np.random.default_rng([wanted.seed, 18])
    trained = [each for each in people if each.split == "training"]
    for word in wanted.words:
        own = [each for each in trained if each.word == word]
        for number in range(1, min(_OWN_TIMES, round(wanted.clips / max(1, len(own))))):
            for each in own:
                recording = load_clip(each.path, SAMPLE_RATE_HZ).astype(np.float32)
                rate = float(np.exp(random.uniform(*np.log(_OWN_RATES))))
                clip = to_int16(soxr.resample(recording, rate, 1.0))
                speaker = speaker_of(f"{word}/{each.name}") or Path(each.name).stem
                yield f"{word}/{speaker}_nohash_{Path(each.name).stem}-{number}.wav", clip


def _write_lists(folder: Path, splits: Mapping[Split, Sequence[str]]) -> None:
    lists: tuple[tuple[str, Split], ...] = (
        (VALIDATION_LIST, "validation"),
        (TESTING_LIST, "testing"),
    )
    for name, split in lists:
        text = "".join(f"{path}\n" for path in sorted(splits[split]))
        (folder / name).write_text(text, encoding="utf-8")


def _carriers(
    wanted: WakeSpeech, speakers: list[Speaker], random: np.random.Generator
) -> Iterable[tuple[str, int, int, Speaker]]:
    """Wanted words between two and two others, by some speakers of training that espeak-ng is."""
    words = [each.text for each in _words_without(wanted)]
    able = [s for s in speakers if s.engine == ESPEAK and s.split == "training"]
    for word in wanted.words:
        length = len(word.split())
        for index in sorted(random.permutation(len(able))[: round(_CARRIED * len(able))]):
            around = [words[i] for i in random.choice(len(words), 4)]
            text = " ".join((*around[:2], word, *around[2:]))
            yield text, 2, 2 + length, able[index]


def _others(
    wanted: WakeSpeech, speakers: list[Speaker], random: np.random.Generator
) -> Iterable[tuple[str, Speaker]]:
    """Words that sound like a wanted one, and others, each by a few of the speakers."""
    most = min(wanted.near, wanted.clips)
    near = near_words(wanted.words, most, wanted.language) if most else ()
    taken = {*near, *wanted.words}
    words = [each.text for each in _words_without(wanted) if each.text not in taken]
    count = min(wanted.others, 2 * wanted.clips)
    chosen = random.permutation(min(len(words), 40 * count))[:count]
    others = [words[index] for index in chosen]
    each = max(3, round(wanted.clips * _EACH))
    for word in (*near, *others):
        for index in sorted(random.permutation(len(speakers))[:each]):
            yield word, speakers[index]


def _words_without(wanted: WakeSpeech) -> list[Heard]:
    known = vocabulary(wanted.language)
    if not known:
        raise KwsError(
            f"no words of {wanted.language} to train against",
            "`pip install 'mcu-kws[wake]'` has those of many languages.",
        )
    spoken = sounds_of([word.casefold() for word in wanted.words], wanted.language)
    return words_without(wanted.words, spoken, known)


def _write_sentences(
    folder: Path, wanted: WakeSpeech, speakers: list[Speaker], random: np.random.Generator
) -> None:
    """A recording a speaker, in the split in which the speaker says the wanted words."""
    folder.mkdir(parents=True)
    total = max(len(speakers), round(wanted.clips * _SENTENCE_S / _SAID_S))
    each = -(-total // len(speakers))
    texts = sentences(_words_without(wanted), random)
    said = [(text, speaker) for speaker in speakers for text in islice(texts, each)]
    pieces: dict[str, list[Samples]] = {}
    for (_, speaker), (samples, rate_hz) in zip(
        said, spoken_texts(said, wanted.seed, _LONGEST_SENTENCE_MS, in_batches=True), strict=True
    ):
        if not samples.size:
            continue
        sound = soxr.resample(samples.astype(np.float32), rate_hz, SAMPLE_RATE_HZ)
        level = 32_000 * 10 ** (random.uniform(-20, -2) / 20) / max(float(np.abs(sound).max()), 1.0)
        pause = np.zeros(int(random.uniform(0.05, 0.4) * SAMPLE_RATE_HZ), np.int16)
        pieces.setdefault(speaker.name, []).extend((to_int16(sound * level), pause))
    splits: dict[Split, list[str]] = {split: [] for split in SPLITS}
    for speaker in speakers:
        if parts := pieces.get(speaker.name):
            name = f"{speaker.name}_nohash_0.wav"
            _write(folder / name, np.concatenate(parts))
            splits[speaker.split].append(name)
    _write_lists(folder, splits)


def _write(path: Path, samples: Samples) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, SAMPLE_RATE_HZ, subtype="PCM_16")
