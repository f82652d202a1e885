# SPDX-License-Identifier: Apache-2.0
"""What few recordings need: other words where there are none, larger shares, more passes."""

import math
from dataclasses import replace

from kws.config.schema import Config
from kws.data.dataset import Clip, Dataset, share
from kws.data.spoken import spoken_path, spoken_words
from kws_codegen.base.labels import SILENCE_LABEL, UNKNOWN_LABEL


def with_other_words(dataset: Dataset, config: Config) -> Dataset:
    """The data set, with spoken words as unknown ones (kws.data.spoken) where it has no others.

    Not where data.unknown_percentage is 0 or data.speak_other_words is off.
    """
    data = config.data
    others = any(clip.label == UNKNOWN_LABEL for clip in dataset.clips)
    if others or not data.unknown_percentage:
        return dataset
    if not data.speak_other_words:
        warning = (
            "no other words, and data.speak_other_words is off: nothing teaches the model that "
            "a word can be none of its own, and it will take most of them for one"
        )
        return replace(dataset, warnings=(*dataset.warnings, warning))
    clips = [
        Clip(spoken_path(word, speaker), word, UNKNOWN_LABEL, speaker.split, speaker.name)
        for word, speaker in spoken_words(data.wanted_words)
    ]
    warning = (
        f"no other words: {len(clips)} words spoken by the synthesiser (espeak-ng) take their "
        "place. A model that has heard no other word from people takes some of these for its "
        "own, which the accuracy does not show: record other words too, by the same speakers"
    )
    return replace(
        dataset,
        clips=tuple(sorted((*dataset.clips, *clips), key=lambda clip: clip.path)),
        spoken=True,
        warnings=(*dataset.warnings, warning),
    )


def for_few_clips(config: Config, dataset: Dataset) -> Config:
    """The configuration as [few_clips] changes it for this data set; often the same.

    Doing it twice changes nothing more. A share that is 0 stays 0.
    """
    few = config.few_clips
    wanted = dataset.wanted_count("training")
    if not 0 < wanted < few.below_clips:
        return config
    unknown, silence = config.data.unknown_percentage, config.data.silence_percentage
    data = replace(
        config.data,
        unknown_percentage=unknown and max(unknown, few.unknown_percentage),
        silence_percentage=silence and max(silence, few.silence_percentage),
    )
    clips = (
        wanted
        + min(
            share(dataset, "training", data.unknown_percentage),
            len(dataset.clips_of("training", UNKNOWN_LABEL)),
        )
        + max(
            share(dataset, "training", data.silence_percentage),
            len(dataset.clips_of("training", SILENCE_LABEL)),
        )
    )
    batch_size = min(config.training.batch_size, few.batch_size)
    epochs = max(config.training.epochs, math.ceil(few.steps / math.ceil(clips / batch_size)))
    training = replace(config.training, batch_size=batch_size, epochs=epochs)
    return replace(config, data=data, training=training)


def few_clips_words(before: Config, after: Config, dataset: Dataset) -> str:
    """What for_few_clips has changed, in a sentence; "" for nothing."""
    keys = {
        "data": ("unknown_percentage", "silence_percentage"),
        "training": ("batch_size", "epochs"),
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
        f"{dataset.wanted_count('training')} clips of wanted words to train on are few: "
        f"{', '.join(changes)} ([few_clips] in the configuration)"
    )
