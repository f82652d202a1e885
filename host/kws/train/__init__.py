# SPDX-License-Identifier: Apache-2.0
"""Training: recorded words in, model.keras, history and checkpoints out."""

from kws.train.loop import train
from kws.train.result import TrainingResult, load_result

__all__ = ["TrainingResult", "load_result", "train"]
