# SPDX-License-Identifier: Apache-2.0
"""The configuration of a run: one TOML file, read into frozen dataclasses, hashed.

It is the only source of every constant: Python reads these classes, C gets the numbers
through codegen. Names end in their unit. Unknown keys, wrong types and values out of range
are errors that name the key.
"""

import sys
import unicodedata
from dataclasses import field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

import tomli_w
from pydantic import Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass

from kws.architectures.architecture import Architecture
from kws.architectures.registry import DEFAULT
from kws.config.changes import Changes, changed
from kws.config.faults import fault_lines
from kws.config.model import model_from_dict
from kws.config.text_file import read_text
from kws.source import source_root
from kws_codegen.base.activations import Activations
from kws_codegen.base.detect_config import DetectConfig
from kws_codegen.base.errors import KwsError
from kws_codegen.base.feature_config import STRICT, FeatureConfig, Fraction
from kws_codegen.base.hashes import plain_values
from kws_codegen.base.interface import Interface
from kws_codegen.base.labels import BACKGROUND_NOISE_DIR, SILENCE_LABEL, UNKNOWN_LABEL
from kws_codegen.base.ranges import Range
from kws_codegen.prefix import name_problem

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover - Python 3.10 only
    import tomli as tomllib

Percent = Annotated[float, Range(0, 100)]
Share = Annotated[float, Range(0, 10_000)]  # percent, of which there can be more than a hundred
Count = Annotated[int, Range(1, 100_000)]
Decibels = Annotated[tuple[Annotated[float, Range(-60, 60)], ...], Field(max_length=2)]
"""The least and the most; empty: off."""
Bytes = Annotated[int, Range(0, (1 << 32) - 1)]
Optimise = Literal["speed", "size"]
_EVERY_KEY = "configs/default.toml shows every key with its default."


@dataclass(frozen=True, config=STRICT)
class DataConfig:
    """Which words, and how clips are split, mixed and shifted.

    The meaning of each option is that of the "Simple Audio Recognition" training script.
    """

    wanted_words: tuple[str, ...] = (
        "yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go",
    )  # fmt: skip
    clip_duration_ms: Annotated[int, Range(100, 10_000)] = 1000
    silence_percentage: Share = 10.0  # of the number of wanted-word clips, per split
    unknown_percentage: Share = 10.0  # likewise; in evaluation at most 100
    negatives: tuple[str, ...] = ()  # long recordings without wanted words, or folders of them
    negative_percentage: Share = 100.0  # cuts of them in an epoch, of the wanted-word clips
    validation_percentage: Percent = 10.0  # used where the data has no split lists
    testing_percentage: Percent = 10.0
    background_frequency: Fraction = 0.8  # share of training clips that get noise
    background_volume: Fraction = 0.1  # loudest noise, 1.0 = full scale of the recording
    time_shift_ms: Annotated[int, Range(0, 10_000)] = 100  # the most, either way
    context_ms: Annotated[int, Range(0, 10_000)] = 0  # heard before a training clip, as in a stream
    speak_other_words: bool = True  # by the synthesiser, where the data lacks them
    spoken_percentage: Share = 100.0  # wanted words said too, in training, of the recorded ones

    @model_validator(mode="after")
    def _check(self) -> "DataConfig":
        if not self.wanted_words:
            raise ValueError("wanted_words is empty: name at least one word")
        by_plain_name: dict[str, str] = {}
        for word in self.wanted_words:
            plain = unicodedata.normalize("NFC", word).strip().casefold()
            if first := by_plain_name.get(plain):
                raise ValueError(f"wanted_words names a word twice: {first!r} and {word!r}")
            by_plain_name[plain] = word
        for word in self.wanted_words:
            if not word or any(c == "\0" or "\ud800" <= c <= "\udfff" for c in word):
                raise ValueError(f"wanted_words holds {word!r}, which names no word")
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


@dataclass(frozen=True, config=STRICT)
class TrainingConfig:
    """Optimiser, schedule, augmentation of features, early stopping."""

    epochs: Count = 60
    batch_size: Count = 64
    learning_rate: Annotated[float, Range(1e-9, 100)] = 0.003  # highest of the schedule
    schedule: Literal["cosine", "constant"] = "cosine"
    warmup_epochs: Annotated[float, Range(0, 100_000)] = 5.0  # linear rise from 0
    weight_decay: Annotated[float, Range(0, 100)] = 0.01  # AdamW's, of kernels only
    label_smoothing: Annotated[float, Range(0, 0.99)] = 0.1
    time_mask_frames: Annotated[int, Range(0, 10_000)] = 8  # longest run of frames set to 0
    channel_mask: Annotated[int, Range(0, 128)] = 8  # widest band of channels set to 0
    time_warp: Annotated[float, Range(0, 0.99)] = 0.1  # speech slower or faster by this share
    channel_warp: Annotated[float, Range(0, 0.99)] = 0.1  # mel axis stretched by this share
    noise_snr_db: Decibels = ()  # of noise in clips, instead of data.background_volume
    gain_db: Decibels = ()  # louder or fainter
    speed: Annotated[float, Range(0, 0.5)] = 0.0  # recordings slower or faster by this share
    room: Fraction = 0.0  # share of clips that are heard in a room
    microphone: Fraction = 0.0  # share that is heard through some microphone's frequency response
    codec: Fraction = 0.0  # share that a telephone's codec, ADPCM or MP3 has been through
    variants: Annotated[int, Range(0, 10_000)] = 0  # of the sound, made once; 0: new each epoch
    weight_average: Annotated[float, Range(0, 0.99999)] = 0.0  # decay of averaged weights; 0: none
    unknown_prior: Share = 0.0  # unknown words count as so many in the end; 0: as trained
    temperature: Annotated[float, Range(0, 100)] = 0.0  # divides the logits in the end; 0: as fits
    start: str = ""  # a trained run folder, or "speech": weights of all layers but the last
    freeze_start: bool = False  # only the last layer learns
    early_stopping_epochs: Annotated[int, Range(0, 100_000)] = 0  # 0: never stop early
    seed: Annotated[int, Range(0, (1 << 32) - 1)] = 59_185

    @model_validator(mode="after")
    def _check(self) -> "TrainingConfig":
        for name in ("noise_snr_db", "gain_db"):
            limits = getattr(self, name)
            if limits and (len(limits) != 2 or limits[0] > limits[1]):
                raise ValueError(f"{name} must be the least and the most, as [0, 30], or []")
        if self.freeze_start and not self.start:
            raise ValueError("freeze_start = true needs start = a run folder: random weights learn")
        return self


@dataclass(frozen=True, config=STRICT)
class FewClipsConfig:
    """What takes the place of weaker values of [data] and [training] where clips are few.

    The data step decides, and writes what was used into the run's configuration.
    """

    below_clips: Annotated[int, Range(0, 1_000_000)] = 200  # of wanted words, in training; 0: never
    unknown_percentage: Share = 300.0  # at least
    silence_percentage: Share = 50.0  # at least
    unknown_prior: Share = 0.0  # training.unknown_prior, where it is 0
    batch_size: Count = 32  # at most
    steps: Annotated[int, Range(0, 10_000_000)] = 1200  # at least, of the optimiser: passes follow
    start: Literal["", "speech"] = ""  # training.start, where it is "" and these weights suit
    voices: tuple[Literal["flite", "piper", "kokoro"], ...] = ()  # speak too, where they are here


@dataclass(frozen=True, config=STRICT)
class QuantizationConfig:
    """Full int8 post-training quantization; or a model from elsewhere in its place."""

    representative_clips: Count = 500
    output_labels: tuple[str, ...] = ()  # of a model from elsewhere: classes as its outputs come


@dataclass(frozen=True, config=STRICT)
class FirmwareConfig:
    """How the firmware is made; results are the same bit for bit."""

    optimise: Optimise = "speed"  # -O2, or -Os: less code, more instructions
    activations: Activations = "whole"  # or "rows": of layers, which takes less RAM


@dataclass(frozen=True, config=STRICT)
class BudgetConfig:
    """What the firmware for a microcontroller may cost; 0: no limit.

    `kws build` and `kws evaluate` fail when a limit is exceeded.
    """

    flash_bytes: Bytes = 0
    ram_bytes: Bytes = 0  # all that the linker reserves, stacks included
    instructions_per_inference: Annotated[int, Range(0, (1 << 63) - 1)] = 0  # the most of any clip


@dataclass(frozen=True, config=STRICT)
class ExportConfig:
    """How the model is called in other projects (`kws export`)."""

    name: str = "kws"  # prefix of every symbol, macro and file

    @model_validator(mode="after")
    def _check(self) -> "ExportConfig":
        if problem := name_problem(self.name):
            raise ValueError(f"{self.name!r} cannot begin every name of a library: {problem}")
        return self


@dataclass(frozen=True, config=STRICT)
class Config:
    """Everything a run depends on besides its recordings."""

    data: DataConfig = field(default_factory=DataConfig)
    features: FeatureConfig = field(default_factory=FeatureConfig)
    model: Architecture = field(default_factory=DEFAULT)  # of kws/architectures/
    training: TrainingConfig = field(default_factory=TrainingConfig)
    few_clips: FewClipsConfig = field(default_factory=FewClipsConfig)
    quantization: QuantizationConfig = field(default_factory=QuantizationConfig)
    detect: DetectConfig = field(default_factory=DetectConfig)
    firmware: FirmwareConfig = field(default_factory=FirmwareConfig)
    budget: BudgetConfig = field(default_factory=BudgetConfig)
    export: ExportConfig = field(default_factory=ExportConfig)

    @model_validator(mode="after")
    def _check(self) -> "Config":
        if self.frames < 1:
            raise ValueError("data.clip_duration_ms is shorter than features.window_ms")
        for word in self.detect.thresholds:
            if word not in self.data.wanted_words:
                raise ValueError(_no_such_word(word, self.data.wanted_words))
        self.model.check(self.frames, self.features.channels)
        return self

    @property
    def interface(self) -> Interface:
        """What the generated code is made for."""
        data, outputs = self.data, self.quantization.output_labels
        return Interface(self.features, data.clip_duration_ms, data.labels, outputs)

    @property
    def clip_samples(self) -> int:
        return self.interface.clip_samples

    @property
    def frames(self) -> int:
        """Frames of one clip: the model's input is [1, frames, channels, 1]."""
        return self.interface.frames


def _no_such_word(word: str, words: tuple[str, ...]) -> str:
    close = get_close_matches(word, words, 1)
    rest = f"did you mean {close[0]}?" if close else f"the words are {', '.join(words)}"
    return f"detect.thresholds names {word!r}, which is no wanted word; {rest}"


_ADAPTER: TypeAdapter[Config] = TypeAdapter(Config)


def _keys() -> dict[str, list[str]]:
    """The keys that there are, by section."""
    sections = {part.name: getattr(Config(), part.name) for part in fields(Config)}
    keys = {name: [key.name for key in fields(section)] for name, section in sections.items()}
    return {"": list(sections), **keys}


def config_from_dict(values: dict[str, Any], origin: str = "configuration") -> Config:
    """Checked Config from nested plain values; KwsError names each wrong key."""
    faults, hint = [], _EVERY_KEY
    if isinstance(values.get("model"), dict):
        values = dict(values)
        section = values.pop("model")
        try:
            values["model"] = model_from_dict(section)
        except KwsError as error:
            faults, hint = [error.message], f"{error.hint} {hint}"
    try:
        config = _ADAPTER.validate_python(values)
    except ValidationError as error:
        faults.append(fault_lines(error, _keys()))
    if faults:
        lines = "\n".join(faults)
        raise KwsError(f"{origin} is not a valid configuration:\n{lines}", hint)
    return config


def preset_names() -> list[str]:
    """Configurations that can be named instead of a file."""
    return sorted(path.stem for path in (source_root() / "configs").glob("*.toml"))


def preset_path(path: Path) -> Path:
    """The file that `path` means: itself, else the preset of that name."""
    preset = source_root() / "configs" / f"{path}.toml"
    return preset if not path.is_file() and path.name == str(path) and preset.is_file() else path


def load_config(path: Path, changes: Changes | None = None) -> Config:
    """Read a TOML file, or the preset of that name; `changes` go before what it says.

    KwsError when it is missing, not TOML, or not valid.
    """
    path = preset_path(path)
    if not path.is_file():
        raise KwsError(
            f"no configuration file {path}",
            f"Presets that can be named instead of a file: {', '.join(preset_names())}.",
        )
    origin = f"{path} with the command line's options" if changes else str(path)
    return config_from_dict(changed(read_toml(path), changes or {}), origin)


def read_toml(path: Path) -> dict[str, Any]:
    """What a TOML file says, unchecked. KwsError when it is not TOML."""
    try:
        values: dict[str, Any] = tomllib.loads(read_text(path))
    except UnicodeDecodeError:
        raise KwsError(f"{path} is not UTF-8 text", "Save it as UTF-8.") from None
    except RecursionError:
        raise KwsError(f"{path} is nested too deeply", _EVERY_KEY) from None
    except ValueError as error:  # TOMLDecodeError, or a number of thousands of digits
        raise KwsError(f"{path} is not valid TOML: {error}", "Mend the line it names.") from None
    return values


def dump_config(config: Config) -> str:
    """The configuration as TOML, every key written out; load_config reads it back equal."""
    return tomli_w.dumps(plain_values(config))
