# SPDX-License-Identifier: Apache-2.0
"""Builds and runs app_fuzz (tests/c/app_fuzz.c): libFuzzer on the firmware's command loop."""

import os
import re
import subprocess
from collections import Counter
from pathlib import Path

from kws.source import source_root
from kws_codegen.generate import generate
from tests.support.tiny_run import CONFIG, tiny_model

CORPUS = Path(__file__).parents[1] / "c" / "fuzz_corpus.hex"  # one input a line


def build_fuzzer(folder: Path) -> Path:
    """The program, in `folder`. Needs Clang with its runtime (scripts/cross_tools.sh)."""
    generated, build = folder / "generated", folder / "build"
    generate(CONFIG.interface, tiny_model(), generated, "kws generate --run RUN")
    subprocess.run(
        [
            "cmake", "-S", source_root(), "-B", build, f"-DKWS_GENERATED_DIR={generated}",
            "-DKWS_TESTS=ON", "-DKWS_FUZZ=ON", "-DKWS_SANITIZE=ON", "-DCMAKE_C_COMPILER=clang",
        ],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    jobs = str(os.cpu_count() or 1)
    subprocess.run(
        ["cmake", "--build", build, "--target", "app_fuzz", "--parallel", jobs],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return build / "tests" / "c" / "app_fuzz"


def run_fuzzer(program: Path, folder: Path, *options: str) -> tuple[int, Counter[int]]:
    """Fuzz from the corpus on; what is new goes to folder/corpus.

    Returns the frames of valid CRC that went in, and how many were carried out of each command.

    Raises AssertionError with libFuzzer's output when it found something.
    """
    corpus = folder / "corpus"
    if not corpus.exists():
        corpus.mkdir(parents=True)
        for number, line in enumerate(CORPUS.read_text(encoding="ascii").split()):
            (corpus / f"kept-{number:04}").write_bytes(bytes.fromhex(line))
    done = subprocess.run(
        [program, corpus, f"-artifact_prefix={folder}/", *options],
        capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    (frames,) = re.findall(r"frames of valid CRC: (\d+)", output)
    carried_out = re.findall(r"command (\d+) carried out: (\d+)", output)
    return int(frames), Counter({int(command): int(count) for command, count in carried_out})
