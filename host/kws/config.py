"""The configuration of a run: one TOML file, read into frozen dataclasses, hashed.

It is the only source of every constant: Python reads these classes, C gets the numbers
through codegen. Names end in their unit. Unknown keys, wrong types and values out of range
are errors that name the key.
"""

import hashlib
import json
import sys
from dataclasses import asdict, field
from pathlib import Path
from typing import Annotated, Any, Literal

import tomli_w
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass

from kws.errors import KwsError
from kws.paths import source_root
from kws.presets import expand_model_preset

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover - Python 3.10 only
    import tomli as tomllib

_STRICT = ConfigDict(extra="forbid")

SILENCE_LABEL = "_silence_"
UNKNOWN_LABEL = "_unknown_"
BACKGROUND_NOISE_DIR = "_background_noise_"

Percent = Annotated[float, Field(ge=0, le=100)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[int, Field(gt=0)]
Optimise = Literal["speed", "size"]


@dataclass(frozen=True, config=_STRICT)
class DataConfig:
    """Which words, and how clips are split, mixed and shifted.

    The meaning of each option is that of the "Simple Audio Recognition" training script.
    """

    wanted_words: tuple[str, ...] = (
        "yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go",
    )  # fmt: skip
    clip_duration_ms: Annotated[int, Field(ge=100, le=10_000)] = 1000
    silence_percentage: Percent = 10.0  # of the number of wanted-word clips, per split
    unknown_percentage: Percent = 10.0  # likewise
    validation_percentage: Percent = 10.0  # used where the data has no split lists
    testing_percentage: Percent = 10.0
    background_frequency: Fraction = 0.8  # share of training clips that get noise
    background_volume: Fraction = 0.1  # loudest noise, 1.0 = full scale of the recording
    time_shift_ms: Annotated[int, Field(ge=0)] = 100  # shift in [-time_shift_ms, time_shift_ms]

    @model_validator(mode="after")
    def _check(self) -> "DataConfig":
        if not self.wanted_words:
            raise ValueError("wanted_words is empty: name at least one word")
        if len(set(self.wanted_words)) != len(self.wanted_words):
            raise ValueError("wanted_words names a word twice")
        reserved = {SILENCE_LABEL, UNKNOWN_LABEL, BACKGROUND_NOISE_DIR} & set(self.wanted_words)
        if reserved:
            raise ValueError(f"wanted_words holds the reserved name {sorted(reserved)[0]}")
        if self.validation_percentage + self.testing_percentage >= 100:
            raise ValueError("validation_percentage + testing_percentage leave nothing to train on")
        return self

    @property
    def labels(self) -> tuple[str, ...]:
        """Class names in the order of the model's outputs: silence, unknown, wanted words."""
        return (SILENCE_LABEL, UNKNOWN_LABEL, *self.wanted_words)


@dataclass(frozen=True, config=_STRICT)
class FeatureConfig:
    """The micro-frontend: window, FFT, filter bank, noise reduction, PCAN, log.

    Same parameters as TFLite's audio micro-frontend
    (tensorflow/lite/experimental/microfrontend/lib). The defaults are micro_speech's, with a
    hop of 20 ms.
    """

    sample_rate_hz: Annotated[int, Field(ge=4000, le=48_000)] = 16_000
    window_ms: Annotated[int, Field(ge=2, le=128)] = 30
    hop_ms: Annotated[int, Field(ge=1, le=128)] = 20
    channels: Annotated[int, Field(ge=2, le=128)] = 40  # mel channels
    lower_band_hz: Annotated[float, Field(ge=0)] = 125.0
    upper_band_hz: Annotated[float, Field(gt=0)] = 7500.0
    noise_reduction: bool = True
    smoothing_bits: Annotated[int, Field(ge=0, le=16)] = 10
    even_smoothing: Fraction = 0.025
    odd_smoothing: Fraction = 0.06
    min_signal_remaining: Fraction = 0.05
    pcan: bool = True
    pcan_strength: Annotated[float, Field(ge=0, le=2)] = 0.95
    pcan_offset: Annotated[float, Field(gt=0)] = 80.0
    pcan_gain_bits: Annotated[int, Field(ge=1, le=30)] = 21
    log: bool = True
    log_scale_shift: Annotated[int, Field(ge=0, le=16)] = 6
    output_scale: Annotated[float, Field(gt=0)] = 1 / 25.6  # real value of one feature step

    @model_validator(mode="after")
    def _check(self) -> "FeatureConfig":
        if self.hop_ms > self.window_ms:
            raise ValueError("hop_ms is longer than window_ms: samples would be skipped")
        if self.sample_rate_hz * self.hop_ms % 1000 or self.sample_rate_hz * self.window_ms % 1000:
            raise ValueError("hop_ms and window_ms must be whole numbers of samples")
        if self.lower_band_hz >= self.upper_band_hz:
            raise ValueError("lower_band_hz must be below upper_band_hz")
        if self.upper_band_hz > self.sample_rate_hz / 2:
            raise ValueError("upper_band_hz is above half the sample rate")
        return self

    @property
    def window_samples(self) -> int:
        return self.sample_rate_hz * self.window_ms // 1000

    @property
    def hop_samples(self) -> int:
        return self.sample_rate_hz * self.hop_ms // 1000

    @property
    def fft_size(self) -> int:
        """Smallest power of two that holds the window (at least 4)."""
        return max(4, 1 << (self.window_samples - 1).bit_length())

    def frames(self, clip_samples: int) -> int:
        """Number of whole windows in `clip_samples` samples."""
        if clip_samples < self.window_samples:
            return 0
        return 1 + (clip_samples - self.window_samples) // self.hop_samples


@dataclass(frozen=True, config=_STRICT)
class ModelConfig:
    """A depthwise-separable CNN (DS-CNN; Zhang et al., "Hello Edge", arXiv:1711.07128).

    In TOML, `preset = "tiny" | "small" | "medium"` stands for a set of these keys
    (kws/presets.py); keys that are written out override it.
    """

    first_filters: Positive = 32  # of the full convolution that comes first
    first_kernel: tuple[Positive, Positive] = (3, 3)  # frames, channels
    first_stride: tuple[Positive, Positive] = (2, 2)
    filters: tuple[Positive, ...] = (64, 64, 96, 96)  # of each depthwise-separable block
    strides: tuple[Positive, ...] = (2, 1, 2, 1)  # of each block
    kernel: tuple[Positive, Positive] = (3, 3)  # of the depthwise convolutions
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.2  # before the dense layer

    @model_validator(mode="after")
    def _check(self) -> "ModelConfig":
        if len(self.strides) != len(self.filters):
            raise ValueError(
                f"filters has {len(self.filters)} blocks and strides {len(self.strides)}: "
                "give one number a block in both"
            )
        return self


@dataclass(frozen=True, config=_STRICT)
class TrainingConfig:
    """Optimiser, schedule, augmentation of features, early stopping."""

    epochs: Positive = 60
    batch_size: Positive = 64
    learning_rate: Annotated[float, Field(gt=0)] = 0.003  # highest of the schedule
    schedule: Literal["cosine", "constant"] = "cosine"
    warmup_epochs: Annotated[float, Field(ge=0)] = 5.0  # linear rise from 0
    weight_decay: Annotated[float, Field(ge=0)] = 0.01  # AdamW's, of kernels only
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.1
    time_mask_frames: Annotated[int, Field(ge=0)] = 8  # longest run of frames set to 0
    channel_mask: Annotated[int, Field(ge=0)] = 8  # widest band of channels set to 0
    time_warp: Annotated[float, Field(ge=0, lt=1)] = 0.1  # speech slower or faster by this share
    channel_warp: Annotated[float, Field(ge=0, lt=1)] = 0.1  # mel axis stretched by this share
    early_stopping_epochs: Annotated[int, Field(ge=0)] = 0  # 0: never stop early
    seed: Annotated[int, Field(ge=0)] = 59_185


@dataclass(frozen=True, config=_STRICT)
class QuantizationConfig:
    """Full int8 post-training quantisation."""

    representative_clips: Positive = 500


@dataclass(frozen=True, config=_STRICT)
class FirmwareConfig:
    """How the firmware is compiled; results are the same bit for bit."""

    optimise: Optimise = "speed"  # -O2, or -Os: less code, more instructions


@dataclass(frozen=True, config=_STRICT)
class BudgetConfig:
    """What the firmware for a microcontroller may cost; 0: no limit.

    `kws build` and `kws evaluate` fail when a limit is exceeded.
    """

    flash_bytes: Annotated[int, Field(ge=0)] = 0
    ram_bytes: Annotated[int, Field(ge=0)] = 0  # all that the linker reserves, stacks included
    instructions_per_inference: Annotated[int, Field(ge=0)] = 0  # the most of any clip


@dataclass(frozen=True, config=_STRICT)
class Config:
    """Everything a run depends on besides its recordings."""

    data: DataConfig = field(default_factory=DataConfig)
    features: FeatureConfig = field(default_factory=FeatureConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    quantization: QuantizationConfig = field(default_factory=QuantizationConfig)
    firmware: FirmwareConfig = field(default_factory=FirmwareConfig)
    budget: BudgetConfig = field(default_factory=BudgetConfig)

    @model_validator(mode="after")
    def _check(self) -> "Config":
        if self.frames < 1:
            raise ValueError("data.clip_duration_ms is shorter than features.window_ms")
        return self

    @property
    def clip_samples(self) -> int:
        return self.features.sample_rate_hz * self.data.clip_duration_ms // 1000

    @property
    def frames(self) -> int:
        """Frames of one clip: the model's input is [1, frames, channels, 1]."""
        return self.features.frames(self.clip_samples)


_ADAPTER: TypeAdapter[Config] = TypeAdapter(Config)


def config_from_dict(values: dict[str, Any], origin: str = "configuration") -> Config:
    """Checked Config from nested plain values; KwsError names each wrong key."""
    if isinstance(values.get("model"), dict):
        values = values | {"model": expand_model_preset(values["model"])}
    try:
        return _ADAPTER.validate_python(values)
    except ValidationError as error:
        lines = []
        for fault in error.errors():
            key = ".".join(str(part) for part in fault["loc"]) or "configuration"
            lines.append(f"  {key}: {fault['msg'].removeprefix('Value error, ')}")
        raise KwsError(
            f"{origin} is not a valid configuration:\n" + "\n".join(lines),
            "configs/default.toml shows every key with its default.",
        ) from None


def load_config(path: Path) -> Config:
    """Read a TOML file. KwsError when it is missing, not TOML, or not valid."""
    if not path.is_file():
        presets = sorted(p.name for p in (source_root() / "configs").glob("*.toml"))
        raise KwsError(
            f"no configuration file {path}", f"Presets in configs/: {', '.join(presets)}."
        )
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KwsError(f"{path} is not valid TOML: {error}", "Mend the line it names.") from None
    return config_from_dict(values, str(path))


def override(config: Config, wanted_words: str | None = None, seed: int | None = None) -> Config:
    """The configuration with what the command line gave instead; `wanted_words` by commas."""
    values = _plain(config)
    if wanted_words is not None:
        words = [word.strip() for word in wanted_words.split(",")]
        values["data"]["wanted_words"] = [word for word in words if word]
    if seed is not None:
        values["training"]["seed"] = seed
    return config_from_dict(values, "the configuration with the command line's options")


def dump_config(config: Config) -> str:
    """The configuration as TOML, every key written out; load_config reads it back equal."""
    return tomli_w.dumps(_plain(config))


def _plain(value: Any) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(asdict(value)))
    return plain


def config_hash(part: Any) -> str:
    """SHA-256 (hex) of a configuration dataclass in canonical JSON."""
    return hash_json(_plain(part))


def hash_json(value: Any) -> str:
    """SHA-256 (hex) of plain values in canonical JSON."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def labels_hash(labels: tuple[str, ...]) -> str:
    """SHA-256 (hex) of the class names in output order."""
    return hash_json(list(labels))
