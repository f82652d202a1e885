"""Where things lie: the firmware sources, the presets, the cache, and the files of a run."""

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs


def source_root() -> Path:
    """Folder that holds CMakeLists.txt, firmware/ and configs/ (checkout or installed wheel)."""
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "firmware").is_dir() and (checkout / "CMakeLists.txt").is_file():
        return checkout
    return Path(__file__).resolve().parent / "_source"


def cache_dir() -> Path:
    """Folder of everything that can be made again; KWS_CACHE_DIR overrides the user's cache."""
    override = os.environ.get("KWS_CACHE_DIR")
    path = Path(override) if override else Path(platformdirs.user_cache_dir("mcu-kws"))
    path.mkdir(parents=True, exist_ok=True)
    return path


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
    def generated(self) -> Path:
        return self.root / "generated"

    def build(self, board: str) -> Path:
        return self.root / "build" / board

    @property
    def evaluation(self) -> Path:
        return self.root / "evaluation"
