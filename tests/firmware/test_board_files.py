# SPDX-License-Identifier: Apache-2.0
"""board.toml and cores.toml: what is wrong in one is named by file and key, here and in CMake."""

import shutil
import subprocess
from pathlib import Path

import pytest

from kws.firmware import boards as boards_module
from kws.firmware.boards import Board, boards, cores
from kws.source import source_root
from kws_codegen.base.errors import KwsError

GOOD = 'title = "A"\ncore = "cortex-m3"\n'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what describes boards, with one board more, called mine."""
    for name in ("boards", "cores"):
        shutil.copytree(
            source_root() / "firmware" / name,
            tmp_path / "firmware" / name,
            ignore=lambda _, names: [n for n in names if n.endswith((".c", ".h", ".ld"))],
        )
    (tmp_path / "firmware" / "boards" / "mine").mkdir()
    return tmp_path


def read(tree: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Board, ...]:
    (tree / "firmware" / "boards" / "mine" / "board.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(boards_module, "source_root", lambda: tree)
    boards.cache_clear()
    cores.cache_clear()
    try:
        return boards()
    finally:
        boards.cache_clear()
        cores.cache_clear()


def test_a_folder_is_a_board(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (mine,) = (board for board in read(tree, GOOD, monkeypatch) if board.name == "mine")
    assert (mine.title, mine.core.title, mine.compiler) == ("A", "Cortex-M3", "arm-none-eabi-gcc")
    assert mine.baud == 921_600 and mine.memory is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD + "bauds = 9600\n", "bauds: "),
        (GOOD + 'baud = "fast"\n', "baud: "),
        (GOOD + "[memory]\nflash = 0\nflash_kib = 64\nram = 0x2000_0000\n", "memory.ram_kib: "),
        (GOOD + '[qemu]\nmachine = "x"\nicount_shift = 99\n', "qemu.icount_shift: "),
        ('title = "A"\ncore = "z80"\n', "core: there is no 'z80'"),
        ('title = "A"\n', "core: there is no None"),
        ("title\n", "is not valid TOML"),
    ],
)
def test_what_is_wrong_is_named(
    tree: Path, monkeypatch: pytest.MonkeyPatch, text: str, words: str
) -> None:
    with pytest.raises(KwsError) as caught:
        read(tree, text, monkeypatch)
    assert "mine/board.toml" in caught.value.message and words in caught.value.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("clock_hz = 1.5\n", "clock_hz is no string, integer, boolean or list on one line"),
        ("sources = [\n", "sources is no string"),
        ("hello\n", "neither <section> nor key = value: hello"),
    ],
)
def test_cmake_names_what_it_cannot_read(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "board.toml"
    file.write_text(text, encoding="utf-8")
    said = cmake_reads(tmp_path, file)
    assert words in said and str(file) in said


def test_cmake_reads_every_kind_of_value(tmp_path: Path) -> None:
    file = tmp_path / "board.toml"
    file.write_text(
        '# [x] ; a\ntitle = "a # b" # c\nhex = 0x2000_0000\n'
        '[memory]\nlist = ["-b", "c d"]\nok = true\n',
        encoding="utf-8",
    )
    assert "a # b|0x20000000|-b,c d|true|list,ok" in cmake_reads(tmp_path, file)


def cmake_reads(folder: Path, file: Path) -> str:
    """What a CMake project says that reads the file, in one line."""
    (folder / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.22)\nproject(reader LANGUAGES NONE)\n"
        f'include("{source_root()}/cmake/ReadToml.cmake")\n'
        f'kws_read_toml("{file}" b)\n'
        'string(REPLACE ";" "," said "${b.title}|${b.hex}|${b.memory.list}|${b.memory.ok}'
        '|${b.memory.keys}")\nmessage(STATUS "${said}")\n',
        encoding="utf-8",
    )
    done = subprocess.run(
        ["cmake", "-S", folder, "-B", folder / "b"], capture_output=True, text=True, check=False
    )
    return " ".join((done.stdout + done.stderr).split())
