# SPDX-License-Identifier: Apache-2.0
"""Recordings to labelled clips: scan, split, decode, list, cut, mix; check, download, synth."""

from kws.data.assembly import build_dataset, build_evaluation_dataset
from kws.data.audio import load_clip
from kws.data.clips import evaluation_clips, training_epoch
from kws.data.dataset import Clip, Dataset, load_dataset
from kws.data.few_clips import for_few_clips
from kws.data.prepare import prepare
from kws.data.scan import scan_folder

__all__ = [
    "Clip",
    "Dataset",
    "build_dataset",
    "build_evaluation_dataset",
    "evaluation_clips",
    "for_few_clips",
    "load_clip",
    "load_dataset",
    "prepare",
    "scan_folder",
    "training_epoch",
]
