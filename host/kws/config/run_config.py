# SPDX-License-Identifier: Apache-2.0
"""config.toml of a run folder: written whole, and refused when something of it is gone."""

import os
from dataclasses import fields, replace
from pathlib import Path

from kws.architectures.speech_start import SPEECH
from kws.config.schema import Config, dump_config, load_config, read_toml
from kws_codegen.base.errors import KwsError


def load_run_config(path: Path) -> Config:
    """As load_config(); also KwsError when a section is missing, whose defaults nobody chose."""
    config = load_config(path)
    values = read_toml(path)
    missing = [field.name for field in fields(Config) if field.name not in values]
    if missing:
        raise KwsError(
            f"{path} lacks {', '.join(f'[{name}]' for name in missing)}: it was cut "
            "short, or is of an older kws",
            f"Make the run again: kws run --config CONFIG --data DIR --out {path.parent} writes it "
            "whole and does again what has changed.",
        )
    return config


def save_run_config(config: Config, path: Path) -> None:
    """Write config.toml in one step; an unchanged one is left alone."""
    text = dump_config(config)
    if path.is_file() and path.read_bytes() == text.encode():
        return
    partial = path.with_suffix(f".{os.getpid()}.part")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def with_absolute_paths(config: Config) -> Config:
    """The configuration with paths that do not depend on the current folder."""
    names = tuple(str(Path(name).absolute()) for name in config.data.negatives)
    start = config.training.start
    if start not in ("", SPEECH):
        start = str(Path(start).absolute())
    return replace(
        config,
        data=replace(config.data, negatives=names),
        training=replace(config.training, start=start),
    )
