# SPDX-License-Identifier: Apache-2.0
"""Exports to test: runs of generated code and nothing else, and how a project compiles them."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kws.config.schema import Config, dump_config
from kws.features import FrontEnd, quantize
from kws.inference.golden import Golden
from kws.run.paths import RunPaths
from kws_codegen.base.interface import Interface
from kws_codegen.generate import generate
from tests.support.heard import expected_decisions
from tests.support.tiny_run import tiny_model, write_model

STUBS = Path(__file__).parents[1] / "export" / "stubs"
C_FLAGS = ("-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror")
SANITIZE = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g")


def generated_run(
    root: Path, config: Config, labels: tuple[str, ...] = (), seed: int = 5
) -> RunPaths:
    """A run of a tiny random model; `labels` in the place of the configuration's."""
    run = RunPaths(root)
    root.mkdir(parents=True)
    run.config.write_text(dump_config(config), encoding="utf-8")
    labels = labels or config.data.labels
    interface = Interface(config.features, config.data.clip_duration_ms, labels)
    model = tiny_model(config, seed)
    write_model(run, config, model)
    generate(interface, model, run.generated, "kws generate --run RUN", config.detect)
    return run


def expected_words(config: Config, samples: np.ndarray, seed: int = 5) -> list[str]:
    """The lines that an example prints while it listens to int16 [n]."""
    heard = expected_decisions(config, tiny_model(config, seed), samples)
    return [
        f"heard: {config.data.labels[event.word]} ({int(event.score * 100)} %)"
        for _, _, event in heard
        if event is not None
    ]


def words(program: Path, samples: np.ndarray, *, lost: bool = False) -> list[str]:
    """The lines of an example that listens to int16 [n]. lost: it is too slow once."""
    environment = {**os.environ, **({"LOSE_SOUND": "1"} if lost else {})}
    done = subprocess.run(
        [program], input=samples.tobytes(), capture_output=True, check=True, timeout=600,
        env=environment,
    )  # fmt: skip
    return done.stdout.decode().splitlines()


def expected_answer(config: Config, clip: np.ndarray, seed: int = 5) -> str:
    """The line that a test program prints for a clip: all scores, then the word."""
    golden = Golden(tiny_model(config, seed))
    features = quantize(
        FrontEnd(config.features).clip(clip),
        golden.input_scale, golden.input_zero_point, config.features.output_scale,
    )  # fmt: skip
    scores = golden.invoke(features)
    return " ".join([*map(str, scores), config.data.labels[int(scores.argmax())]])


def noise(config: Config, seed: int) -> np.ndarray:
    """A loud clip, int16 [clip_samples]."""
    random = np.random.default_rng(seed)
    return random.integers(-20000, 20000, config.clip_samples).astype(np.int16)


def sources(folder: Path) -> list[Path]:
    """The C files of an export."""
    return sorted((folder / "src").rglob("*.c"))


def archive(
    library: Path,
    folders: Sequence[Path],
    flags: Sequence[str] = (),
    beside: Sequence[Path] = (),
) -> None:
    """Compile the C files of exports into one flat archive; each sees the src/ of all and of
    those beside."""
    objects = library.with_suffix(".objects")
    objects.mkdir()
    files = [file for folder in folders for file in sources(folder)]
    includes = [f"-I{folder / 'src'}" for folder in (*folders, *beside)]
    subprocess.run(["cc", *C_FLAGS, *flags, *includes, "-c", *files], cwd=objects, check=True)
    members = sorted(objects.iterdir())
    assert len(members) == len(files)  # no two have one name
    subprocess.run(["ar", "-rc", library, *members], check=True)
