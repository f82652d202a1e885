# SPDX-License-Identifier: Apache-2.0
"""The whole listener on a core: samples in, words out, counted in QEMU."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from bench.device.measure import CORES, FIRMWARE, HERE, measure
from bench.kernels import checksum
from kws.config.schema import Config
from kws.streams.decisions import host_decisions
from kws_codegen.generate import generate, load_manifest
from kws_codegen.streaming.form import RUNTIME_SOURCES

_FOLDERS = ("classifier", "detect", "frontend", "kernels", "listener")
_GENERATED = ("detect_config.c", "feature_constants.c", "labels.c")
_DECISIONS = 12  # that are counted


@dataclass(frozen=True)
class ListenerCost:
    """Front end, model and detector of one form.

    hops: instructions of each of some periods from one decision to the next; ram_bytes: of all,
    the stack apart; exact: all scores are TensorFlow Lite Micro's.
    """

    hops: tuple[int, ...]
    hop_ms: int
    ram_bytes: int
    exact: bool

    @property
    def per_second(self) -> float:
        """Instructions of a second of sound."""
        return sum(self.hops) / len(self.hops) * 1000 / self.hop_ms


def measure_listener(
    core: str, config: Config, model: bytes, form: Literal["rows", "window"]
) -> ListenerCost:
    """Run it on `core` (a key of bench/device's CORES) over noise."""
    config = replace(config, detect=replace(config.detect, form=form))
    features = config.features
    stride = config.detect.decision_frames(features.hop_ms)
    hops = config.frames + (_DECISIONS + 1) * stride
    count = features.window_samples + (hops - 1) * features.hop_samples
    samples = np.random.default_rng(7).normal(0, 3000, count).astype(np.int16)
    names = [f"hop {i}" for i in range(_DECISIONS * stride)]
    with _objects(core, config, model) as (generated, objects):
        values = ",".join(map(str, samples))
        quoted = ", ".join(f'"{name}"' for name in names)
        (generated / "bench_samples.h").write_text(
            "#include <stdint.h>\n"
            f"#define KWS_BENCH_HOPS {len(names)}\n"
            f"static const char *const kws_bench_names[] = {{{quoted}}};\n"
            f"static const int16_t kws_bench_samples[] = {{{values}}};\n",
            encoding="utf-8",
        )
        program = [HERE.parent / "listener_device.c", *objects]
        counted = measure(core, program, [generated])
        ram = _ram_bytes(core, objects)
    expected = host_decisions(config, model, samples).scores
    return ListenerCost(
        hops=tuple(counted[name] for name in names),
        hop_ms=features.hop_ms,
        ram_bytes=ram,
        exact=counted["checksum"] == checksum(expected),
    )


@contextmanager
def _objects(core: str, config: Config, model: bytes) -> Iterator[tuple[Path, list[Path]]]:
    """The folder of the generated code, and the object files of all that makes a listener."""
    with tempfile.TemporaryDirectory() as name:
        generated = Path(name)
        generate(config.interface, model, generated, "kws generate --run RUN", config.detect)
        runtime = RUNTIME_SOURCES[load_manifest(generated).form]
        own = [generated / file for file in _GENERATED]
        written = [path for folder in _FOLDERS for path in (FIRMWARE / folder).rglob("*.c")]
        chosen = [next(p for p in (generated / f, FIRMWARE / f) if p.is_file()) for f in runtime]
        flags = ["-std=c11", "-O2", "-ffunction-sections", "-fdata-sections"]
        flags += [f"-I{FIRMWARE}", f"-I{generated}", "-c"]
        sources = map(str, (*own, *chosen, *sorted(written)))
        subprocess.run([*CORES[core].compiler, *flags, *sources], cwd=generated, check=True)
        yield generated, sorted(generated.glob("*.o"))


def _ram_bytes(core: str, objects: list[Path]) -> int:
    size = CORES[core].compiler[0].removesuffix("gcc") + "size"
    table = subprocess.run(
        [size, "-t", *map(str, objects)], check=True, capture_output=True, text=True
    ).stdout
    _, data, bss = map(int, table.splitlines()[-1].split()[:3])
    return data + bss
