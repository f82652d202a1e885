# SPDX-License-Identifier: Apache-2.0
"""Recordings to labelled clips: scan, split, decode, list, cut, mix; check, download, synth."""

from kws.data.assembly import build_dataset, build_evaluation_dataset
from kws.data.audio import load_clip
from kws.data.clips import evaluation_clips
from kws.data.dataset import Clip, Dataset, load_dataset
from kws.data.epoch import training_blocks
from kws.data.few_clips import for_few_clips
from kws.data.folds import Folds, deal_folds, fold_dataset
from kws.data.prepare import prepare
from kws.data.scan import scan_folder

__all__ = [
    "Clip",
    "Dataset",
    "Folds",
    "build_dataset",
    "build_evaluation_dataset",
    "deal_folds",
    "evaluation_clips",
    "fold_dataset",
    "for_few_clips",
    "load_clip",
    "load_dataset",
    "prepare",
    "scan_folder",
    "training_blocks",
]
