# SPDX-License-Identifier: Apache-2.0
"""The data step of a run: list the recordings, show what there is, write dataset.json."""

from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from kws.config.schema import Config
from kws.console import console, warn
from kws.data.assembly import build_dataset
from kws.data.dataset import Dataset, evaluated_clips, share, trained_unknowns
from kws.data.few_clips import few_clips_words, for_few_clips, with_other_words
from kws.data.negatives import load_negatives
from kws.data.splits import SPLITS
from kws.data.spoken import is_spoken
from kws.run.paths import RunPaths
from kws_codegen.base.labels import SILENCE_LABEL, UNKNOWN_LABEL


def prepare(config: Config, data_dir: Path, run_paths: RunPaths) -> Dataset:
    """Build the data set of a run from the recordings in `data_dir` and save it.

    Prints the number of clips per class and split, each warning, and what few clips change in
    the configuration. Raises KwsError as build_dataset does.
    """
    rate_hz = config.features.sample_rate_hz
    dataset = with_other_words(build_dataset(config.data, data_dir, rate_hz), config)
    dataset.audio(config)  # speaks other words now, not in training
    negatives = load_negatives(config.data, "training", rate_hz)  # decodes them now
    dataset.save(run_paths.dataset)
    used = for_few_clips(config, dataset)
    for message in (*dataset.warnings, few_clips_words(config, used, dataset)):
        if message:
            warn(message)
    console.print(class_table(dataset, used))
    if config.data.negatives:
        cuts = share(dataset, "training", used.data.negative_percentage)
        minutes = negatives.stream.size / rate_hz / 60
        console.print(f"negatives: {minutes:.0f} minutes to train on, {cuts} cuts an epoch")
    return dataset


def class_table(dataset: Dataset, config: Config) -> Table:
    """Clips that a run uses, per class and split."""
    counts, spoken = dataset.counts(), dataset.spoken_counts()
    title = f"clips in use\nsplit by {dataset.split_rule}"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("class")
    for split in SPLITS:
        table.add_column(split, justify="right")
        chosen = evaluated_clips(dataset, config, split)
        unknowns = sum(clip.label == UNKNOWN_LABEL for clip in chosen)
        if split == "training":
            unknowns = trained_unknowns(dataset, config.data)
        counts[UNKNOWN_LABEL][split] = unknowns
        wanted_silence = share(dataset, split, config.data.silence_percentage)
        counts[SILENCE_LABEL][split] = max(counts[SILENCE_LABEL][split], wanted_silence)
    for label in dataset.wanted_labels:
        clips = dataset.clips_of("training", label)
        recorded = sum(not is_spoken(clip.path) for clip in clips)
        counts[label]["training"] = recorded + spoken[label]
    for label, by_split in counts.items():
        table.add_row(Text(label), *(str(by_split[split]) for split in SPLITS))
    table.add_section()
    totals = (sum(by_split[split] for by_split in counts.values()) for split in SPLITS)
    table.add_row("all", *(str(total) for total in totals))
    return table
