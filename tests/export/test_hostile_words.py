# SPDX-License-Identifier: Apache-2.0
"""Class names and folder names of any kind: build files do not know them, and the C code gives
back exactly their bytes."""

import subprocess
from pathlib import Path

import pytest

from kws.config.schema import Config, DataConfig
from kws.export import ExportFormat, ExportRuntime, export
from kws_codegen.base.labels import SILENCE_LABEL, UNKNOWN_LABEL
from tests.export.formats import OWN_FILES, VARIANTS
from tests.support.exports import C_FLAGS, generated_run
from tests.support.tiny_run import CONFIG

HOSTILE = (
    "$(shell,touch x)",
    "$(touch x)${HOME}$ENV{HOME}",
    '"; rm -rf x; "',
    "*/ int x; /*",
    "// \\",
    "??/",
    "??)",
    "\\n",
    "line\nbreak\r\tand tab",
    "%s%n",
    "#{x}",
    "#endif",
    "{{ name }}{% if x %}",
    "`touch x`",
    "'",
    "\\",
    "\\x41\\",
    "int",
    "kws_start",
    "KWS_OK",
    "[x](y) <b> |",
    "```",
    "grün 你好",
    "\N{GRINNING FACE}\N{FAMILY}",
    "\u202eright to left",
    "\x7f\x1b[31m",
    "9",
    "\N{LATIN SMALL LETTER E WITH ACUTE}7",
    "x" * 300,
    "ü" * 300,
    " ",
)
LABELS = (SILENCE_LABEL, UNKNOWN_LABEL, *HOSTILE)
PLAIN = tuple(f"word{number}" for number in range(len(HOSTILE)))
MANY = Config(data=DataConfig(wanted_words=PLAIN), features=CONFIG.features)

PRINT_LABELS = """
#include <stdio.h>
#include <lamp.h>
int main(void)
{
    for (int i = 0; i < LAMP_LABELS; i++) {
        fputs(lamp_labels[i], stdout);
        putchar(0);
    }
    return 0;
}
"""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Exports of all formats with plain and with hostile class names."""
    root = tmp_path_factory.mktemp("words")
    runs = {"plain": generated_run(root / "run plain", MANY)}
    runs["hostile"] = generated_run(root / "run hostile", MANY, LABELS)
    for kind, run in runs.items():
        for format, runtime in VARIANTS:
            export(run, MANY, format, root / kind / f"{format}-{runtime}", runtime, "lamp")
    return root / "plain", root / "hostile"


@pytest.mark.parametrize(("format", "runtime"), VARIANTS)
def test_build_files_and_examples_do_not_know_the_words(
    folders: tuple[Path, Path], format: ExportFormat, runtime: ExportRuntime
) -> None:
    plain, hostile = (folder / f"{format}-{runtime}" for folder in folders)
    for name in OWN_FILES[format]:
        assert (hostile / name).read_bytes() == (plain / name).read_bytes(), name
    others = {path.relative_to(hostile) for path in hostile.rglob("*") if path.is_file()}
    assert others == {path.relative_to(plain) for path in plain.rglob("*") if path.is_file()}
    differ = {n.name for n in others if (hostile / n).read_bytes() != (plain / n).read_bytes()}
    # Elsewhere it is the hash of the labels that differs.
    assert {"README.md", "lamp_labels.c"} <= differ
    for name in differ - {"README.md", "lamp_labels.c"}:
        path = next(hostile.rglob(name))
        other = plain / path.relative_to(hostile)
        pairs = zip(path.read_text().splitlines(), other.read_text().splitlines(), strict=True)
        for ours, theirs in pairs:
            assert ours == theirs or "Labels:" in ours or "LABELS_HASH" in ours


@pytest.mark.parametrize(("format", "runtime"), VARIANTS)
@pytest.mark.parametrize("language", ["c", "c++"])
def test_c_gives_back_their_bytes(
    folders: tuple[Path, Path],
    tmp_path: Path,
    format: ExportFormat,
    runtime: ExportRuntime,
    language: str,
) -> None:
    folder = folders[1] / f"{format}-{runtime}"
    main = tmp_path / ("main.c" if language == "c" else "main.cpp")
    main.write_text(PRINT_LABELS)
    standard = ("-std=c11",) if language == "c" else ("-std=c++17",)
    flags = ("-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{folder / 'src'}")
    labels = folder / "src/lamp/lamp_labels.c"
    steps = [
        ("cc", *C_FLAGS, "-trigraphs", *flags, "-c", labels, "-o", tmp_path / "labels.o"),
        ("cc" if language == "c" else "c++", *standard, *flags, main, tmp_path / "labels.o",
         "-o", tmp_path / "program"),
    ]  # fmt: skip
    for step in steps:
        subprocess.run(step, check=True)
    done = subprocess.run([tmp_path / "program"], capture_output=True, check=True)
    assert done.stdout.split(b"\0")[:-1] == [label.encode() for label in LABELS]


def test_readme_keeps_each_word_on_its_line(folders: tuple[Path, Path]) -> None:
    texts = [(folder / "c-array-static/README.md").read_text() for folder in folders]
    assert all(char.isprintable() or char == "\n" for char in texts[1])
    lines, plain = texts[1].split("\n"), texts[0].split("\n")
    assert len(lines) == len(plain)
    differ = [line for line, other in zip(lines, plain, strict=True) if line != other]
    assert len(differ) == len(HOSTILE)
    assert all(line.startswith('    "') and line.endswith('"') for line in differ)


@pytest.mark.parametrize("format", OWN_FILES)
def test_the_folder_name_is_in_no_file(
    folders: tuple[Path, Path], tmp_path: Path, format: ExportFormat
) -> None:
    run = generated_run(tmp_path / "run", MANY)
    out = tmp_path / 'a "$(touch x)" ;`#\\'
    for name in export(run, MANY, format, out, name="lamp"):
        plain = folders[0] / f"{format}-static" / name
        assert (out / name).read_bytes() == plain.read_bytes()
