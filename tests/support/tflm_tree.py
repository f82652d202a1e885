# SPDX-License-Identifier: Apache-2.0
"""A stand-in for a built tflite-micro tree: headers and libraries as its Makefile lays them.

The headers declare what our firmware names; the "interpreter" copies its input. With it the
find module, the firmware around the interpreter and every start-up error are tested without
tflite-micro.
"""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

STUB = Path(__file__).parents[1] / "tflm" / "stub"
DOWNLOADS = "tensorflow/lite/micro/tools/make/downloads"
THIRD_PARTY = (
    "flatbuffers/include/flatbuffers/flatbuffers.h",
    "gemmlowp/fixedpoint/fixedpoint.h",
    "ruy/ruy/profiler/instrumentation.h",
)
HOST_GEN = "linux_x86_64_default_gcc"
LIBRARY = "lib/libtensorflow-microlite.a"


def make_tree(root: Path) -> Path:
    """Headers without any library."""
    shutil.copytree(STUB / "tensorflow", root / "tensorflow")
    (root / "tensorflow/lite/micro/kernels/cmsis_nn").mkdir(parents=True)
    for name in THIRD_PARTY:
        header = root / DOWNLOADS / name
        header.parent.mkdir(parents=True, exist_ok=True)
        header.write_text("/* stands for a third-party header */\n")
    return root


def add_library(
    root: Path,
    gen: str = HOST_GEN,
    compiler: str = "cc",
    flags: Sequence[str] = (),
) -> Path:
    """Build the stand-in's library into gen/<gen>/lib/."""
    library = root / "gen" / gen / LIBRARY
    library.parent.mkdir(parents=True)
    member = library.parent / "stub.o"
    subprocess.run([compiler, *flags, "-c", STUB / "stub.c", "-o", member], check=True)
    subprocess.run(["ar", "-r", library, member], check=True, capture_output=True)
    member.unlink()
    return library
