# SPDX-License-Identifier: Apache-2.0
"""The weights that ship: what they suit, what is refused, and what `few` does then."""

import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kws.architectures.speech_start import (
    FOLDER,
    SPEECH,
    save_speech_start,
    speech_misfit,
    speech_weights,
)
from kws.config.run_config import with_absolute_paths
from kws.config.schema import Config, load_config
from kws.data import build_dataset, for_few_clips
from kws.data.few_clips import few_clips_words
from kws.run.pipeline import Pipeline
from kws.train.loop import compiled_model
from kws.train.model import build_model
from kws.train.start import backbone, backbone_weights, start_hash
from kws_codegen.base.errors import KwsError
from tests.support.tone_words import WORDS, tone_config, write_tone_words

LARGEST_BYTES = 300_000  # all of them
PRESETS = [path.stem.removeprefix("ds_cnn-") for path in sorted(FOLDER.glob("*.npz"))]


def few(**changes: object) -> Config:
    return load_config(Path("few"), {"data.wanted_words": list(WORDS), **changes})


@pytest.mark.parametrize("preset", PRESETS)
def test_a_network_begins_with_them(preset: str) -> None:
    config = load_config(Path("default"), {"model.preset": preset, "training.start": SPEECH})
    shipped = speech_weights(config.model, config.features)
    model = compiled_model(config)
    layers = backbone(model)
    assert layers[0].name == "first" and len(layers) == len(shipped)
    for layer in layers:
        for array, own in zip(shipped[layer.name], layer.get_weights(), strict=True):
            assert np.array_equal(array, own), layer.name
            assert np.all(np.isfinite(array))
    assert np.ptp(model.get_layer("logits").kernel.numpy()) > 0
    assert start_hash(config) != start_hash(load_config(Path("default")))


@pytest.mark.parametrize("name", ["few", "listen", "mini"])
def test_configurations_that_name_them_have_them(name: str) -> None:
    config = load_config(Path(name))
    assert SPEECH in (config.training.start, config.few_clips.start)
    assert not speech_misfit(config.model, config.features)


def test_they_are_small_and_hold_no_pickle() -> None:
    files = sorted(FOLDER.glob("*.npz"))
    assert files and sum(path.stat().st_size for path in files) <= LARGEST_BYTES
    for path in files:
        with np.load(path, allow_pickle=False) as content:
            assert all(content[name].dtype.kind in "fU" for name in content.files)
        with zipfile.ZipFile(path) as archive:
            assert {info.date_time[0] for info in archive.infolist()} == {1980}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model.preset": "tiny"}, "for other networks than that of [model]: "),
        ({"features.hop_ms": 25}, 'features.hop_ms is 25, and 20 in training.start = "speech"'),
    ],
)
def test_what_does_not_suit_is_refused(changes: dict[str, object], words: str) -> None:
    config = load_config(Path("default"), {"training.start": SPEECH, **changes})
    with pytest.raises(KwsError) as fault:
        compiled_model(config)
    assert words in fault.value.message and "Or start at random" in fault.value.hint
    with pytest.raises(KwsError):
        start_hash(config)


def test_what_does_not_suit_is_refused_before_recordings_are_read(tmp_path: Path) -> None:
    config = load_config(Path("mini"), {"model.preset": "tiny"})
    with pytest.raises(KwsError, match="has weights for other networks"):
        Pipeline.create(tmp_path / "run", config).data(tmp_path / "no such folder")
    assert not (tmp_path / "run").exists()


def test_few_starts_from_them_where_they_suit(tmp_path: Path) -> None:
    write_tone_words(tmp_path / "words", 4)
    config = few()
    dataset = build_dataset(config.data, tmp_path / "words")
    used = for_few_clips(config, dataset)
    assert used.training.start == SPEECH and for_few_clips(used, dataset) == used
    assert "Training starts from a network" in few_clips_words(config, used, dataset)

    other = few(**{"model.preset": "tiny"})
    used = for_few_clips(other, dataset)
    assert used.training.start == ""
    assert "Training starts from random weights: " in few_clips_words(other, used, dataset)

    without = few(**{"few_clips.start": ""})
    used = for_few_clips(without, dataset)
    assert used.training.start == ""
    assert "--config few starts from" in few_clips_words(without, used, dataset)

    named = few(**{"training.start": "runs/one"})
    assert for_few_clips(named, dataset).training.start == "runs/one"


def test_its_name_is_no_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert with_absolute_paths(tone_config(start=SPEECH)).training.start == SPEECH
    named = with_absolute_paths(tone_config(start=f"./{SPEECH}")).training.start
    assert named == str(tmp_path / SPEECH)


def test_what_is_saved_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tone_config(start=SPEECH)
    assert speech_misfit(config.model, config.features)
    weights = backbone_weights(build_model(config))
    monkeypatch.setattr("kws.architectures.speech_start.FOLDER", tmp_path)
    path = save_speech_start(tmp_path, "tone", config.model, config.features, weights)
    assert path.name == "ds_cnn-tone.npz" and not speech_misfit(config.model, config.features)
    dropout = replace(config.model, dropout=0.3)  # type: ignore[call-arg]
    found = speech_weights(dropout, config.features)
    for name, arrays in weights.items():
        for array, own in zip(arrays, found[name], strict=True):
            assert np.allclose(array, own, rtol=1e-3, atol=1e-6)
