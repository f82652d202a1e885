# SPDX-License-Identifier: Apache-2.0
"""The files of a run folder."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RunPaths:
    """The files of one run folder; every step reads and writes only these."""

    root: Path

    @property
    def config(self) -> Path:
        return self.root / "config.toml"

    @property
    def steps(self) -> Path:
        """Input and output hashes of the finished steps (steps.json)."""
        return self.root / "steps.json"

    @property
    def dataset(self) -> Path:
        """The list of clips with label and split (dataset.json), made by `kws data`."""
        return self.root / "dataset.json"

    @property
    def checkpoints(self) -> Path:
        return self.root / "checkpoints"

    @property
    def training(self) -> Path:
        """history.csv, history.png, validation confusion matrix and TensorBoard logs."""
        return self.root / "training"

    @property
    def tensorboard(self) -> Path:
        """Logs of TensorBoard: training and validation."""
        return self.training / "tensorboard"

    @property
    def keras_model(self) -> Path:
        return self.root / "model.keras"

    @property
    def tflite_model(self) -> Path:
        return self.root / "model.tflite"

    @property
    def quantization(self) -> Path:
        """quantization.json: float and int8 accuracy, the drop, input and output scales."""
        return self.root / "quantization.json"

    @property
    def folds(self) -> Path:
        """A file for each fold of a cross-validation, what it answered to its recordings."""
        return self.root / "folds"

    @property
    def cross_validation(self) -> Path:
        """cross_validation.json: the folds together."""
        return self.root / "cross_validation.json"

    @property
    def suspects(self) -> Path:
        """suspects.csv: every recording, the most doubtful label first; a page beside it."""
        return self.root / "suspects.csv"

    @property
    def generated(self) -> Path:
        return self.root / "generated"

    def build(self, board: str) -> Path:
        return self.root / "build" / board

    @property
    def streams(self) -> Path:
        """Evaluations of the listener."""
        return self.root / "streams"

    @property
    def wake(self) -> Path:
        """What `kws wake` made before the run: speech, rounds of training."""
        return self.root / "wake"

    @property
    def wake_result(self) -> Path:
        """wake.json: what came of `kws wake`."""
        return self.root / "wake.json"

    @property
    def evaluation(self) -> Path:
        return self.root / "evaluation"

    @property
    def report(self) -> Path:
        """report.html, the page for people."""
        return self.root / "report.html"

    @property
    def note(self) -> Path:
        """What the user wrote about the run (note.txt)."""
        return self.root / "note.txt"
