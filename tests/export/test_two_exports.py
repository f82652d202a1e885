# SPDX-License-Identifier: Apache-2.0
"""Two exports in one program: all their names are their own, and each answers as if alone."""

import re
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kws.config.schema import Config, DataConfig
from kws.export import export
from kws_codegen.base.feature_config import FeatureConfig
from tests.support.compilers import WARNINGS
from tests.support.exports import (
    C_FLAGS,
    SANITIZE,
    archive,
    expected_answer,
    generated_run,
    noise,
    sources,
)
from tests.support.tflm_tree import DOWNLOADS, make_tree
from tests.support.tiny_run import CONFIG

LAMP = replace(CONFIG, data=DataConfig(wanted_words=("lamp", "dark")))
# Other classes, another shape, other features.
DOOR = Config(
    data=DataConfig(wanted_words=("open", "shut", "lock", "bell", "stay"), clip_duration_ms=700),
    features=FeatureConfig(channels=24, hop_ms=10, pcan=False),
)
# Lamp's features, other classes, a shorter clip.
BELL = Config(
    data=DataConfig(wanted_words=("ring",), clip_duration_ms=800), features=CONFIG.features
)
SEEDS = {"lamp": 5, "door": 6, "bell": 7}
CONFIGS = {"lamp": LAMP, "door": DOOR, "bell": BELL}
LANGUAGES = {"c": ("cc", "-std=c11", "main.c"), "c++": ("c++", "-std=c++17", "main.cpp")}

# Reads a clip for each of two models and feeds both by turns.
BOTH = """
#include <stdio.h>
#include "first.h"
#include "second.h"

static int16_t firsts[FIRST_CLIP_SAMPLES];
static int16_t seconds[SECOND_CLIP_SAMPLES];

int main(void)
{
    if (first_start() != FIRST_OK || second_start() != SECOND_OK) {
        return 1;
    }
    while (fread(firsts, sizeof firsts, 1, stdin) == 1 &&
           fread(seconds, sizeof seconds, 1, stdin) == 1) {
        bool first_full = false;
        bool second_full = false;
        for (size_t i = 0; !first_full || !second_full; i += 100) {
            if (!first_full) {
                size_t left = FIRST_CLIP_SAMPLES - i;
                first_full = first_take_samples(firsts + i, left < 100 ? left : 100);
            }
            if (!second_full) {
                size_t left = SECOND_CLIP_SAMPLES - i;
                second_full = second_take_samples(seconds + i, left < 100 ? left : 100);
            }
        }
        first_decision first;
        second_decision second;
        if (first_decide(&first) != FIRST_OK || second_decide(&second) != SECOND_OK) {
            return 1;
        }
        for (int i = 0; i < FIRST_CLASSES; i++) {
            printf("%d ", first.scores[i]);
        }
        printf("%s\\n", first.word);
        for (int i = 0; i < SECOND_CLASSES; i++) {
            printf("%d ", second.scores[i]);
        }
        printf("%s\\n", second.word);
    }
    return 0;
}
"""

# Reads clips of the longer model; both get the frames of the first one's front end.
SHARED = """
#include <stdio.h>
#include "second.h"
#include "first.h"

static int16_t clip[FIRST_CLIP_SAMPLES];

int main(void)
{
    if (first_start() != FIRST_OK || second_start() != SECOND_OK) {
        return 1;
    }
    while (fread(clip, sizeof clip, 1, stdin) == 1) {
        bool first_full = false;
        bool second_full = false;
        first_frontend_reset();
        for (size_t i = 0; !first_full;) {
            uint16_t features[FIRST_CHANNELS];
            bool frame_ready;
            i += first_frontend_process(clip + i, FIRST_CLIP_SAMPLES - i, features, &frame_ready);
            if (frame_ready) {
                first_full = first_take_frame(features);
                second_full = second_take_frame(features);
            }
        }
        first_decision first;
        second_decision second;
        if (!second_full || first_decide(&first) != FIRST_OK ||
            second_decide(&second) != SECOND_OK) {
            return 1;
        }
        for (int i = 0; i < FIRST_CLASSES; i++) {
            printf("%d ", first.scores[i]);
        }
        printf("%s\\n", first.word);
        for (int i = 0; i < SECOND_CLASSES; i++) {
            printf("%d ", second.scores[i]);
        }
        printf("%s\\n", second.word);
    }
    return 0;
}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exports lamp, door and bell (with lamp's front end), and a library of each."""
    root = tmp_path_factory.mktemp("two")
    for name, config in CONFIGS.items():
        run = generated_run(root / "runs" / name, config, seed=SEEDS[name])
        front_end = "lamp" if name == "bell" else ""
        export(run, config, "c-array", root / name, name=name, front_end=front_end)
    for name in CONFIGS:
        archive(root / f"lib{name}.a", [root / name], SANITIZE, beside=[root / "lamp"])
    return root


def answers(
    folder: Path, place: Path, text: str, language: str, libraries: Sequence[str], samples: bytes
) -> list[str]:
    """Compile `text` (first and second stand for the two names) with the headers of all exports,
    link the libraries in that order, give it the samples."""
    compiler, standard, file = LANGUAGES[language]
    main = place / file
    main.write_text(text)
    includes = [f"-I{folder / name / 'src'}" for name in CONFIGS]
    objects = place / "main.o"
    program = place / "program"
    subprocess.run(
        [compiler, standard, *WARNINGS, *SANITIZE, *includes, "-c", main, "-o", objects],
        check=True,
    )
    subprocess.run(
        [compiler, *SANITIZE, objects, *(folder / name for name in libraries), "-o", program],
        check=True,
    )
    done = subprocess.run([program], input=samples, capture_output=True, check=True)
    assert done.stderr == b""
    return done.stdout.decode().splitlines()


def named(text: str, first: str, second: str) -> str:
    for word, name in (("first", first), ("second", second)):
        text = re.sub(rf"\b{word}(?=_(start|decide|decision|take|front)|\.h)", name, text)
        text = re.sub(rf"\b{word.upper()}(?=_)", name.upper(), text)
    return text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("names", [("lamp", "door"), ("door", "lamp")])
def test_each_gives_its_own_answers(
    folder: Path, tmp_path: Path, language: str, names: tuple[str, str]
) -> None:
    clips = [(noise(CONFIGS[names[0]], i), noise(CONFIGS[names[1]], 9 - i)) for i in range(3)]
    samples = b"".join(clip.tobytes() for pair in clips for clip in pair)
    libraries = [f"lib{name}.a" for name in names]
    lines = answers(folder, tmp_path, named(BOTH, *names), language, libraries, samples)
    expected = [
        expected_answer(CONFIGS[name], clip, SEEDS[name])
        for pair in clips
        for name, clip in zip(names, pair, strict=True)
    ]
    assert lines == expected
    assert len({line.split()[-1] for line in expected}) > 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_share_a_front_end(folder: Path, tmp_path: Path, language: str) -> None:
    """All objects in one flat archive; features are computed once."""
    assert not any(
        "fft" in file.name or "samples" in file.name for file in sources(folder / "bell")
    )
    archive(tmp_path / "libboth.a", [folder / "lamp", folder / "bell"], SANITIZE)
    clips = [noise(LAMP, i) for i in range(3)]
    samples = b"".join(clip.tobytes() for clip in clips)
    text = named(SHARED, "lamp", "bell")
    lines = answers(folder, tmp_path, text, language, [str(tmp_path / "libboth.a")], samples)
    expected = []
    for clip in clips:
        expected.append(expected_answer(LAMP, clip, SEEDS["lamp"]))
        expected.append(expected_answer(BELL, clip[: BELL.clip_samples], SEEDS["bell"]))
    assert lines == expected


def compile_error(folders: Sequence[Path], text: str, place: Path) -> str:
    main = place / "main.c"
    main.write_text(text)
    done = subprocess.run(
        ["cc", *C_FLAGS, "-fsyntax-only", *(f"-I{folder / 'src'}" for folder in folders), main],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    return done.stderr


def test_front_end_with_other_features_stops_the_compiler(folder: Path, tmp_path: Path) -> None:
    run = generated_run(tmp_path / "run", DOOR)
    export(run, DOOR, "c-array", tmp_path / "gate", name="gate", front_end="lamp")
    error = compile_error([folder / "lamp", tmp_path / "gate"], '#include "gate.h"\n', tmp_path)
    assert '#error "gate was trained with other [features] than lamp' in error


def test_front_end_of_one_that_has_none_stops_the_compiler(folder: Path, tmp_path: Path) -> None:
    run = generated_run(tmp_path / "run", BELL)
    export(run, BELL, "c-array", tmp_path / "gong", name="gong", front_end="bell")
    folders = [folder / "lamp", folder / "bell", tmp_path / "gong"]
    error = compile_error(folders, '#include "gong.h"\n', tmp_path)
    assert '#error "gong was exported with --front-end bell, but bell has no front end' in error


def symbols(library: Path) -> set[str]:
    """Strong external symbols that a library defines, but for the address sanitizer's."""
    output = subprocess.run(
        ["nm", "-g", "--defined-only", library], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split() for line in output.splitlines() if len(line.split()) == 3]
    return {name for _, kind, name in rows if kind not in "VWu" and "__odr_asan" not in name}


@pytest.mark.parametrize("name", CONFIGS)
def test_every_symbol_has_the_prefix(folder: Path, name: str) -> None:
    found = symbols(folder / f"lib{name}.a")
    assert {f"{name}_start", f"{name}_labels"} <= found
    assert {symbol for symbol in found if not symbol.startswith(f"{name}_")} == set()


def test_every_symbol_of_an_interpreters_export_has_the_prefix(tmp_path: Path) -> None:
    run = generated_run(tmp_path / "run", LAMP)
    export(run, LAMP, "c-array", tmp_path / "lamp", runtime="tflm", name="lamp")
    archive(tmp_path / "lib.a", [tmp_path / "lamp"])
    tree = make_tree(tmp_path / "tree")
    folders = ("", *(f"/{DOWNLOADS}/{name}" for name in ("flatbuffers/include", "gemmlowp", "ruy")))
    (source,) = (tmp_path / "lamp/src").rglob("*.cc")
    subprocess.run(
        ["c++", "-std=c++17", "-fno-exceptions", "-fno-rtti", "-DTF_LITE_STATIC_MEMORY",
         f"-I{tmp_path / 'lamp/src'}", *(f"-I{tree}{f}" for f in folders), "-c", source,
         "-o", tmp_path / "model.o"],
        check=True,
    )  # fmt: skip
    subprocess.run(["ar", "-r", tmp_path / "lib.a", tmp_path / "model.o"], check=True)
    found = symbols(tmp_path / "lib.a")
    assert {"lamp_model_invoke", "lamp_model_data"} <= found
    assert {symbol for symbol in found if not symbol.startswith("lamp_")} == set()


def macros(header: Path, includes: Sequence[Path]) -> set[str]:
    output = subprocess.run(
        ["cc", "-std=c11", "-dM", "-E", *(f"-I{folder}" for folder in includes), header],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return {re.split(r"[ (]", line)[1] for line in output.splitlines()}


@pytest.mark.parametrize("name", CONFIGS)
def test_every_macro_of_the_public_header_has_the_prefix(
    folder: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "std.h").write_text(
        "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n"
    )
    includes = [folder / other / "src" for other in CONFIGS]
    own = macros(folder / name / f"src/{name}.h", includes) - macros(tmp_path / "std.h", [])
    allowed = (f"{name.upper()}_", "LAMP_") if name == "bell" else f"{name.upper()}_"
    assert f"{name.upper()}_CLASSES" in own
    assert {macro for macro in own if not macro.startswith(allowed)} == set()


@pytest.mark.parametrize("name", CONFIGS)
def test_every_file_is_below_its_name_and_no_other_prefix_is_left(folder: Path, name: str) -> None:
    files = [p for p in (folder / name / "src").rglob("*") if p.is_file()]
    for path in files:
        place = path.relative_to(folder / name / "src").as_posix()
        assert place == f"{name}.h" or place.startswith(f"{name}/")
        assert path.suffix == ".h" or path.name.startswith(f"{name}_")
        # A path of this repository in a comment; in strings (assembly) nothing either.
        code = path.read_text().replace("codegen/kws_codegen", "")
        assert not re.search(r"\b(kws|KWS)_", code), path


def test_answers_do_differ() -> None:
    """So that a program that runs one model twice cannot pass."""
    clip = np.resize(noise(LAMP, 1), LAMP.clip_samples)
    assert (
        expected_answer(LAMP, clip, 5).split()[:-1] != expected_answer(LAMP, clip, 6).split()[:-1]
    )
