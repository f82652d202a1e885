# SPDX-License-Identifier: Apache-2.0
"""What few recordings need: other words where they lack, larger shares, more passes."""

import math
from collections.abc import Mapping
from dataclasses import replace

from kws.architectures.speech_start import SPEECH, speech_misfit
from kws.config.schema import Config, DataConfig
from kws.data.dataset import Clip, Dataset, share, trained_unknowns
from kws.data.engines import ESPEAK, engines_here
from kws.data.spoken import spoken_path, spoken_words
from kws_codegen.base.labels import SILENCE_LABEL, UNKNOWN_LABEL

_FEW_HEARD = (
    ". A model that has heard few other words from people still takes many of theirs for its own: "
    "record more, by the same speakers"
)


def with_other_words(dataset: Dataset, config: Config) -> Dataset:
    """The data set, with spoken words as unknown ones (kws.data.spoken) where it lacks them.

    It lacks them where it has none, or few clips of wanted words to train on and fewer of others;
    with few_clips.voices they are spoken wherever clips are few.
    For training the wanted words are spoken too, of which an epoch has data.spoken_percentage of
    the recorded ones; in validation and testing no word is spoken where recorded ones are there.
    Not where data.unknown_percentage is 0 or data.speak_other_words is off.
    """
    data = config.data
    others = dataset.counts()[UNKNOWN_LABEL]
    few = _recorded(dataset) < config.few_clips.below_clips
    lacking = not any(others.values()) or (few and others["training"] < _recorded(dataset))
    if not data.unknown_percentage or not (lacking or (few and config.few_clips.voices)):
        return dataset
    if not data.speak_other_words:
        if not lacking:
            return dataset
        warning = (
            f"{_other_words(others, lacking)}, and data.speak_other_words is off: little teaches "
            "the model that a word can be none of its own, and it will take many of them for one"
        )
        return replace(dataset, warnings=(*dataset.warnings, warning))
    voices = (ESPEAK, *(voices_here(config) if few else ()))
    clips = _spoken_clips(data, voices, others)
    number = sum(clip.label == UNKNOWN_LABEL for clip in clips)
    spoken = replace(
        dataset,
        clips=tuple(sorted((*dataset.clips, *clips), key=lambda clip: clip.path)),
        voices=voices,
        spoken_percentage=data.spoken_percentage,
    )
    times = spoken.spoken_counts().total()
    warning = (
        f"{_other_words(others, lacking)}: {number} spoken by synthesisers ({', '.join(voices)}) "
        f"are added, and in a pass of training they say the wanted words {times} times"
        f"{_FEW_HEARD if lacking else ''}{_voices_lacking(config, voices)}"
    )
    return replace(spoken, warnings=(*dataset.warnings, warning))


def _spoken_clips(
    data: DataConfig, voices: tuple[str, ...], others: Mapping[str, int]
) -> list[Clip]:
    """Wanted words for training, and others for the splits; `others`: recorded ones of each."""
    clips = []
    for word, speaker in spoken_words(data.wanted_words, voices):
        label = word if word in data.wanted_words else UNKNOWN_LABEL
        if label != UNKNOWN_LABEL and not data.spoken_percentage:
            continue
        if label == UNKNOWN_LABEL and speaker.split != "training" and others[speaker.split]:
            continue
        path = spoken_path(word, speaker)
        clips.append(Clip(path, word, label, speaker.split, speaker.name))
    return clips


def voices_here(config: Config) -> tuple[str, ...]:
    """Those of few_clips.voices that can speak on this machine."""
    here = engines_here() if config.few_clips.voices else ()
    return tuple(name for name in config.few_clips.voices if name in here)


def _voices_lacking(config: Config, voices: tuple[str, ...]) -> str:
    lacking = [name for name in config.few_clips.voices if name not in voices]
    if not lacking:
        return ""
    return (
        f". Voices that sound more like people would help, and are not here: {', '.join(lacking)} "
        "(docs/how-to/few-recordings.md)"
    )


def _other_words(others: Mapping[str, int], lacking: bool) -> str:
    number = others["training"]
    if not number:
        return "no other words"
    return f"{'only ' if lacking else ''}{number} clips of other words to train on"


def for_few_clips(config: Config, dataset: Dataset) -> Config:
    """The configuration as [few_clips] changes it for this data set; often the same.

    Doing it twice changes nothing more. A share that is 0 stays 0.
    """
    few = config.few_clips
    if not 0 < _recorded(dataset) < few.below_clips:
        return config
    unknown, silence = config.data.unknown_percentage, config.data.silence_percentage
    data = replace(
        config.data,
        unknown_percentage=unknown and max(unknown, few.unknown_percentage),
        silence_percentage=silence and max(silence, few.silence_percentage),
    )
    clips = (
        dataset.wanted_count("training")
        + trained_unknowns(dataset, data)
        + max(
            share(dataset, "training", data.silence_percentage),
            len(dataset.clips_of("training", SILENCE_LABEL)),
        )
    )
    batch_size = min(config.training.batch_size, few.batch_size)
    epochs = max(config.training.epochs, math.ceil(few.steps / math.ceil(clips / batch_size)))
    prior = config.training.unknown_prior or few.unknown_prior
    training = replace(config.training, batch_size=batch_size, epochs=epochs, unknown_prior=prior)
    if few.start and not training.start and not speech_misfit(config.model, config.features):
        training = replace(training, start=few.start)
    return replace(config, data=data, training=training)


def _recorded(dataset: Dataset) -> int:
    """Clips of wanted words in training that were not spoken by the synthesiser."""
    return dataset.wanted_count("training") - dataset.spoken_counts().total()


def few_clips_words(before: Config, after: Config, dataset: Dataset) -> str:
    """What for_few_clips has changed, and which start there is, in sentences; "" for nothing."""
    keys = {
        "data": ("unknown_percentage", "silence_percentage"),
        "training": ("batch_size", "epochs", "unknown_prior"),
    }
    changes = [
        f"{section}.{key} {getattr(getattr(after, section), key):g} instead of "
        f"{getattr(getattr(before, section), key):g}"
        for section, names in keys.items()
        for key in names
        if getattr(getattr(after, section), key) != getattr(getattr(before, section), key)
    ]
    if not changes:
        return ""
    return (
        f"{_recorded(dataset)} clips of wanted words to train on are few: "
        f"{', '.join(changes)} ([few_clips] in the configuration){_start_words(after)}"
    )


def _start_words(config: Config) -> str:
    """Of the shipped weights: that they are used, exist, or why they do not suit."""
    if config.training.start == SPEECH:
        return ". Training starts from a network that knows many synthesised words"
    if config.training.start:
        return ""
    if why := speech_misfit(config.model, config.features):
        return f". Training starts from random weights: {why}" if config.few_clips.start else ""
    return f". --config few starts from a network that knows many words (training.start = {SPEECH})"
