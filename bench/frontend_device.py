# SPDX-License-Identifier: Apache-2.0
"""The front end on microcontroller cores: instructions per frame, flash and RAM.

    python -m bench.frontend_device --cores m0,m3,m4,m55

Instructions are counted in QEMU by device/measure.py (they are not cycles). The features'
checksum must be the same on every core and on the host.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.device.measure import CORES, ROOT, measure
from kws.features import FrontEnd
from kws_codegen.base.feature_config import FeatureConfig
from kws_codegen.frontend.feature_constants import feature_constants_files
from kws_codegen.render import FileInfo

FRAMES = 49
STAGES = ROOT / "firmware" / "frontend"


def measure_core(core: str, features: FeatureConfig) -> dict[str, int]:
    """Instructions of FRAMES frames by stage, of all ("whole"), and "checksum"."""
    with tempfile.TemporaryDirectory() as folder:
        generated = _generate(Path(folder), features)
        program = [ROOT / "bench" / "frontend_device.c", *_sources(generated)]
        return measure(core, program, include=[generated])


def host_checksum(features: FeatureConfig) -> int:
    """The checksum that frontend_device.c must report, from the host's library."""
    count = features.window_samples + (FRAMES - 1) * features.hop_samples
    checksum = 0
    for value in FrontEnd(features).clip(_signal(count)).ravel():
        checksum = (checksum * 31 + int(value)) % (1 << 32)
    return checksum


def sizes(core: str, features: FeatureConfig) -> tuple[int, int]:
    """Bytes of flash (code and tables) and of RAM of all stages, compiled with -O2."""
    compiler = CORES[core].compiler
    with tempfile.TemporaryDirectory() as folder:
        generated = _generate(Path(folder), features)
        flags = ["-std=c11", "-O2", f"-I{ROOT / 'firmware'}", f"-I{generated}"]
        subprocess.run(
            [*compiler, *flags, "-c", *map(str, _sources(generated))], cwd=folder, check=True
        )
        size = compiler[0].removesuffix("gcc") + "size"
        objects = [path.name for path in Path(folder).glob("*.o")]
        table = subprocess.run(
            [size, "-t", *objects], cwd=folder, check=True, capture_output=True, text=True
        ).stdout
    text, data, bss = map(int, table.splitlines()[-1].split()[:3])
    return text + data, data + bss


def _generate(folder: Path, features: FeatureConfig) -> Path:
    info = FileInfo("mcu-kws", "python -m bench.frontend_device")
    for name, text in feature_constants_files(features, info).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def _sources(generated: Path) -> list[Path]:
    stages = sorted(STAGES.glob("*.c"))
    return [*stages, generated / "feature_constants.c"]


def _signal(count: int) -> NDArray[np.int16]:
    """next_sample() of frontend_device.c."""
    state = 1
    samples = np.empty(count, np.int16)
    for i in range(count):
        state = (state * 1664525 + 1013904223) % (1 << 32)
        noise = (state >> 16) - 32768
        if i // 2048 % 4 == 3:
            samples[i] = -32768 if noise < 0 else 32767
        else:
            samples[i] = noise * abs(i // 16 % 512 - 256) >> 10
    return samples


def main() -> None:
    parser = argparse.ArgumentParser(description="instructions per frame of the front end")
    parser.add_argument("--cores", default="m0,m3,m4,m55", help="comma-separated")
    cores = parser.parse_args().cores.split(",")
    features = FeatureConfig()
    expected = host_checksum(features)
    columns = {core: measure_core(core, features) for core in cores}
    memory = {core: sizes(core, features) for core in cores}
    for core, values in columns.items():
        if values.pop("checksum") != expected:
            raise SystemExit(f"{core}: its features differ from the host's")
    print(f"{'instructions a frame':<24}", *(f"{core:>9}" for core in cores))
    for stage in columns[cores[0]]:
        counts = (f"{values[stage] // FRAMES:>9,}" for values in columns.values())
        print(f"{stage:<24}", *counts)
    print(f"{'flash, bytes':<24}", *(f"{flash:>9,}" for flash, _ in memory.values()))
    print(f"{'RAM, bytes':<24}", *(f"{ram:>9,}" for _, ram in memory.values()))


if __name__ == "__main__":
    main()
