# SPDX-License-Identifier: Apache-2.0
"""Every key has a strict type and a range, and what is outside is said by name: no traceback."""

import datetime
import math
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kws.architectures.registry import ARCHITECTURES
from kws.config.schema import Config, config_from_dict, load_config
from kws_codegen.base.errors import KwsError
from kws_codegen.base.feature_config import FeatureConfig
from kws_codegen.base.hashes import plain_values
from kws_codegen.base.ranges import Range
from kws_codegen.frontend.feature_constants import feature_constants_files
from kws_codegen.frontend.feature_quantize import quantization_constants
from kws_codegen.render import FileInfo

WILD = (
    math.nan, math.inf, -math.inf, -1, 0, 1e300, 1e-300, -1e300, 10**9, 10**40, 10**5000, "40", "",
    True, [], [10**9], [math.nan], {}, {"a": 1}, None, datetime.date(2000, 1, 1), "\udcff", "\x00",
)  # fmt: skip


def sections() -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Name, given keys and dataclass of every section, of every architecture."""
    for section in fields(Config):
        if section.name != "model":
            yield section.name, {}, getattr(Config(), section.name)
    for name, architecture in ARCHITECTURES.items():
        yield "model", {"architecture": name}, architecture()


KEYS = [
    pytest.param(section, given_, key.name, id=f"{type(part).__name__}.{key.name}")
    for section, given_, part in sections()
    for key in fields(part)
]
NUMBERS = [
    pytest.param(section, given_, part, name, found, id=f"{type(part).__name__}.{name}")
    for section, given_, part in sections()
    for name, hint in get_type_hints(type(part), include_extras=True).items()
    for found in getattr(hint, "__metadata__", ())
    if isinstance(found, Range)
]


def usable(config: Config) -> None:
    """What comes of a configuration that was taken: tables and constants of the front end."""
    try:
        feature_constants_files(config.features, FileInfo("test", "test"))
        quantization_constants(config.features.output_scale, 0.1)
    except KwsError:
        pass  # keys that do not go together


def named_or_used(section: str, values: dict[str, Any], key: str) -> None:
    try:
        config = config_from_dict({section: values})
    except KwsError as error:
        assert section in error.message and key.split("_", 1)[0] in error.message
    else:
        usable(config)


@pytest.mark.parametrize(("section", "given_", "key"), KEYS)
def test_wild_values_are_named(section: str, given_: dict[str, Any], key: str) -> None:
    for value in WILD:
        named_or_used(section, {**given_, key: value}, key)


@pytest.mark.parametrize(("section", "given_", "key"), KEYS)
@given(value=st.one_of(st.floats(), st.integers(), st.text(), st.booleans()))
def test_any_value_is_named_or_used(
    section: str, given_: dict[str, Any], key: str, value: object
) -> None:
    named_or_used(section, {**given_, key: value}, key)


@pytest.mark.parametrize(("section", "given_", "key"), KEYS)
def test_every_number_has_a_range(section: str, given_: dict[str, Any], key: str) -> None:
    default = plain_values(config_from_dict({section: given_}))[section][key]
    if isinstance(default, bool) or not isinstance(default, int | float):
        return
    for value in (math.nan, math.inf, -1000, 10**40, str(default), True):
        with pytest.raises(KwsError, match=rf"{section}\.{key}: must be a .*number from .* to "):
            config_from_dict({section: {**given_, key: value}})


def at_the_end(section: str, given_: dict[str, Any], name: str, end: float) -> Config:
    """A configuration with a key at an end of its range, and others that go with it."""
    others: dict[str, dict[str, Any]] = {
        "hop_ms": {"window_ms": 128},
        "window_ms": {"hop_ms": 1},
        "sample_rate_hz": {"upper_band_hz": 1900.0, "window_ms": 32, "hop_ms": 16},
        "lower_band_hz": {"sample_rate_hz": 48_000, "upper_band_hz": 23_000.0},
        "upper_band_hz": {"sample_rate_hz": 48_000, "lower_band_hz": 0.0},
        "validation_percentage": {"testing_percentage": 0},
        "testing_percentage": {"validation_percentage": 0},
    }
    values = {**given_, **others.get(name, {}), name: end}
    return config_from_dict({section: values})


@pytest.mark.parametrize(("section", "given_", "part", "name", "found"), NUMBERS)
def test_both_ends_are_taken(
    section: str, given_: dict[str, Any], part: Any, name: str, found: Range
) -> None:
    assert found.least <= getattr(part, name) <= found.most
    for end in (found.least, found.most):
        try:
            config = at_the_end(section, given_, name, end)
        except KwsError as error:
            assert "must be a " not in error.message, "a fault of two keys together"
            continue
        assert getattr(getattr(config, section), name) == end
        usable(config)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_networks_at_the_ends_can_be_built(name: str) -> None:
    """In a process of its own: what is out of range ended it by a signal."""
    program = f"""
import numpy as np
from dataclasses import fields
from kws.architectures.registry import ARCHITECTURES
from kws.config.schema import config_from_dict
from kws.train.model import build_model
default = ARCHITECTURES[{name!r}]()
for key in fields(default):
    value = getattr(default, key.name)
    if isinstance(value, tuple):
        ends = [[1] * len(value), [32] * len(value), []]
    elif isinstance(value, int):
        ends = [1, 1024]
    else:
        continue
    for end in ends:
        small = {{"preset": "tiny", "architecture": {name!r}, key.name: end}}
        try:
            config = config_from_dict({{"model": small}})
        except Exception as error:
            assert any(words in str(error) for words in ("value", "blocks", "must be a")), error
            continue
        shape = (1, config.frames, config.features.channels, 1)
        assert np.isfinite(build_model(config)(np.ones(shape, np.float32))).all()
"""
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize(
    ("section", "key", "nearest"),
    [
        ("training", "epoch", "did you mean epochs?"),
        ("data", "epochs", "did you mean epochs in [training]?"),
        ("features", "channel", "did you mean channels?"),
        ("model", "filter", "did you mean filters?"),
        ("data", "colour", "no such key"),
    ],
)
def test_unknown_key_suggests_the_nearest(section: str, key: str, nearest: str) -> None:
    with pytest.raises(KwsError) as error:
        config_from_dict({section: {key: 1}})
    assert f"  {section}.{key}: there is no such key" in error.value.message
    assert nearest in error.value.message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"x = " + b"[" * 100_000, "nested too deeply"),
        (b"x = " + b"9" * 10_000, "not valid TOML"),
        (b"# \xe4\n[data]\n", "not UTF-8"),
        (b"[training]\nseed = " + b"9" * 40, "training.seed: must be a whole number from 0 to"),
    ],
)
def test_hostile_file_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "hostile.toml").write_bytes(content)
    with pytest.raises(KwsError, match=r"hostile\.toml") as error:
        load_config(tmp_path / "hostile.toml")
    assert words in error.value.message


def test_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "marked.toml").write_bytes(b"\xef\xbb\xbf[training]\nepochs = 3\n")
    assert load_config(tmp_path / "marked.toml").training.epochs == 3


def test_features_outside_are_refused_without_a_file() -> None:
    with pytest.raises(ValueError, match="from 1e-06 to 1,000"):
        FeatureConfig(output_scale=math.inf)
