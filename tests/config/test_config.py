# SPDX-License-Identifier: Apache-2.0
"""Configuration: defaults, round trip through TOML, errors that name the key, hashes."""

from dataclasses import replace
from pathlib import Path

import pytest

from kws.config.schema import Config, config_from_dict, dump_config, load_config
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import config_hash, labels_hash


def test_round_trip_through_toml_is_equal(tmp_path: Path) -> None:
    config = config_from_dict({"data": {"wanted_words": ["a", "b"]}, "features": {"channels": 10}})
    path = tmp_path / "config.toml"
    path.write_text(dump_config(config))
    assert load_config(path) == config


def test_labels_are_silence_unknown_then_the_words_in_order() -> None:
    config = config_from_dict({"data": {"wanted_words": ["zulu", "alpha"]}})
    assert config.data.labels == ("_silence_", "_unknown_", "zulu", "alpha")


def test_tutorial_geometry() -> None:
    config = Config()
    assert (config.clip_samples, config.frames, config.features.fft_size) == (16_000, 49, 512)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"data": {"foo": 1}}, "data.foo"),
        ({"data": {"time_shift_ms": -1}}, "data.time_shift_ms"),
        ({"data": {"wanted_words": []}}, "name at least one word"),
        ({"data": {"wanted_words": ["a", ""]}}, "'', which names no word"),
        ({"data": {"wanted_words": ["\udcff"]}}, "'\\udcff', which names no word"),
        ({"data": {"wanted_words": ["a", "a"]}}, "names a word twice"),
        ({"data": {"wanted_words": ["on", "off", "On "]}}, "a word twice: 'on' and 'On '"),
        ({"data": {"wanted_words": ["caf\u00e9", "cafe\u0301"]}}, "names a word twice"),
        ({"data": {"wanted_words": ["_silence_"]}}, "reserved name _silence_"),
        ({"data": {"testing_percentage": 60, "validation_percentage": 40}}, "nothing to train on"),
        ({"features": {"hop_ms": 40}}, "hop_ms is longer than window_ms"),
        ({"detect": {"thresholds": {"yess": 0.5}}}, "'yess', which is no wanted word; did"),
        ({"detect": {"thresholds": {"yes": 2}}}, "detect.thresholds.yes: must be a number from 0"),
        ({"detect": {"thresholds": "yes"}}, "detect.thresholds: must be a table, not 'yes'"),
        ({"features": {"sample_rate_hz": 11_025}}, "whole numbers of samples"),
        ({"features": {"upper_band_hz": 9000.0}}, "above half the sample rate"),
        ({"features": {"lower_band_hz": 7500.0}}, "below upper_band_hz"),
        ({"features": {"channels": "many"}}, "features.channels"),
        ({"data": {"clip_duration_ms": 100}, "features": {"window_ms": 128}}, "shorter than"),
        ({"colour": {}}, "colour"),
    ],
)
def test_each_wrong_value_is_named(values: dict[str, object], words: str) -> None:
    with pytest.raises(KwsError, match=r"not a valid configuration") as caught:
        config_from_dict(values)
    assert words in caught.value.message


def test_missing_file_lists_the_presets(tmp_path: Path) -> None:
    with pytest.raises(KwsError, match="no configuration file") as caught:
        load_config(tmp_path / "none.toml")
    assert "default, demo" in caught.value.hint


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_configuration_as_editors_save_it(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "c.toml"
    path.write_bytes('[data]\r\nwanted_words = ["bär"]\r\n'.encode(encoding))
    assert load_config(path).data.wanted_words == ("bär",)


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_text("[data]\nwanted_words = = 1\n")
    with pytest.raises(KwsError, match=r"not valid TOML: .*line 2"):
        load_config(path)


def test_hash_follows_every_value_and_nothing_else() -> None:
    features = Config().features
    assert config_hash(features) == config_hash(Config().features)
    assert config_hash(features) != config_hash(replace(features, hop_ms=10))
    assert labels_hash(("a", "b")) != labels_hash(("b", "a"))
