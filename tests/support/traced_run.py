# SPDX-License-Identifier: Apache-2.0
"""Code of a run with every stage of the front end on, to be traced; and faults planted in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from kws.evaluate.clips import TrainedModel
from kws.run.paths import RunPaths
from kws_codegen.generate import generate
from tests.support.tiny_run import CONFIG, tiny_model, tiny_run

TRACED_CONFIG = replace(CONFIG, features=replace(CONFIG.features, pre_emphasis=0.5))


def traced_run(folder: Path) -> tuple[RunPaths, TrainedModel]:
    """As tiny_run(), but generated/ and the model returned are of TRACED_CONFIG."""
    run = tiny_run(folder)
    model = TrainedModel(TRACED_CONFIG, tiny_model())
    generate(TRACED_CONFIG.interface, model.tflite, run.generated, "kws generate --run RUN")
    return run, model


@contextmanager
def planted(file: Path, good: str, bad: str) -> Iterator[None]:
    """`bad` in place of `good`, which the file must have once, as long as the block lasts."""
    text = file.read_text(encoding="utf-8")
    assert text.count(good) == 1, f"{file.name} has {good!r} {text.count(good)} times"
    file.write_text(text.replace(good, bad), encoding="utf-8")
    try:
        yield
    finally:
        file.write_text(text, encoding="utf-8")
