# SPDX-License-Identifier: Apache-2.0
"""Speakers of several synthesisers, their voices disjoint between splits."""

import re
from dataclasses import replace

import numpy as np

from kws.data.engines import ESPEAK, Engine, base_language, engine_of
from kws.data.splits import Split
from kws.data.voices import SPLIT_SHARES, Speaker, make_speakers
from kws_codegen.base.errors import KwsError

_FEWEST_TO_DIVIDE = 3  # voices; an engine of fewer speaks in training only


def cast_speakers(
    count: int,
    random: np.random.Generator,
    names: tuple[str, ...] = (ESPEAK,),
    most_of_a_voice: int | None = None,
    language: str = "en",
) -> list[Speaker]:
    """`count` speakers (at least 3) of a language; in each split the engines take turns.

    An engine that cannot mix voices, all of which have had `most_of_a_voice` turns, leaves its own
    to the others.

    With espeak alone they are those of make_speakers(). Raises KwsError when an engine is not
    there or has no voice of the language, and when those named have too few for three splits.
    """
    engines = {name: engine_of(name, language) for name in names if name != ESPEAK}
    speakers = [_of_language(speaker, language) for speaker in make_speakers(count, random)]
    if not engines:
        return speakers
    voices = {name: _divided(engine.voices(language), random) for name, engine in engines.items()}
    cast: list[Speaker] = []
    for split in SPLIT_SHARES:
        taking_part = [name for name in names if name == ESPEAK or voices[name][split]]
        if not taking_part:
            raise KwsError(
                f"{', '.join(names)}: too few voices for training, validation and testing",
                f"Name others too: --voices {ESPEAK},{','.join(names)}.",
            )
        own = [speaker for speaker in speakers if speaker.split == split]
        most = {
            name: most_of_a_voice * len(voices[name][split])
            for name in taking_part
            if most_of_a_voice and name != ESPEAK and not engines[name].mixes
        }
        turns = dict.fromkeys(taking_part, 0)
        for number, speaker in enumerate(own):
            left = [n for n in taking_part if turns[n] < most.get(n, count)] or taking_part
            name = left[number % len(left)]
            turn = turns[name]
            turns[name] += 1
            if name == ESPEAK:
                cast.append(speaker)
                continue
            voice = _voice(voices[name][split], turn, engines[name].mixes, random)
            plain = re.sub(r"[^a-z0-9]+", "-", voice.lower())
            called = f"{name}-{plain}-{split[:2]}{number:03d}"
            cast.append(replace(speaker, name=called, engine=name, voice=voice))
    return cast


def speakers_of(engine: Engine, count: int, random: np.random.Generator) -> list[Speaker]:
    """`count` speakers (at least 3) of one synthesiser that speak English, all for training."""
    voices = engine.voices()
    return [
        replace(
            speaker,
            name=f"{engine.name}-{number:03d}",
            split="training",
            engine=engine.name,
            voice=_voice(voices, number, engine.mixes, random),
        )
        for number, speaker in enumerate(make_speakers(count, random))
    ]


def _of_language(speaker: Speaker, language: str) -> Speaker:
    """One of espeak-ng, with the accent that is the language where it is not English."""
    if base_language(language) == "en":
        return speaker
    variant = speaker.voice.partition("+")[2]
    return replace(speaker, voice=f"{language}+{variant}", name=f"{language}-{speaker.name}")


def _divided(voices: list[str], random: np.random.Generator) -> dict[Split, list[str]]:
    if len(voices) < _FEWEST_TO_DIVIDE:
        return {split: voices if split == "training" else [] for split in SPLIT_SHARES}
    order = [voices[index] for index in random.permutation(len(voices))]
    counts = {
        split: max(1, round(len(voices) * SPLIT_SHARES[split]))
        for split in SPLIT_SHARES
        if split != "training"
    }
    divided: dict[Split, list[str]] = {}
    for split, size in counts.items():
        divided[split], order = order[:size], order[size:]
    return {**divided, "training": order}


def _voice(voices: list[str], turn: int, mixes: bool, random: np.random.Generator) -> str:
    """Each voice once, then mixtures of two, or the same ones again."""
    if turn < len(voices) or not mixes or len(voices) == 1:
        return voices[turn % len(voices)]
    first, second = random.choice(len(voices), size=2, replace=False)
    return f"{voices[first]}+{voices[second]}*{random.uniform(0.2, 0.8):.2f}"
