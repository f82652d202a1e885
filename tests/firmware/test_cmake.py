# SPDX-License-Identifier: Apache-2.0
"""kws build: what it makes, what it says when something is missing or does not compile."""

import shutil
import subprocess
from pathlib import Path

import pytest

from kws import toolchain
from kws.firmware.boards import boards
from kws.firmware.cmake import build_firmware
from kws.run.paths import RunPaths
from kws.source import source_root
from kws_codegen import FORMAT_VERSION
from kws_codegen.base.errors import KwsError


def broken_copy(run: RunPaths, folder: Path, name: str, old: str, new: str) -> Path:
    """generated/ with one text replaced."""
    shutil.copytree(run.generated, folder)
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    return folder


def test_second_build_compiles_nothing_and_a_moved_one_starts_afresh(
    run: RunPaths, tmp_path: Path
) -> None:
    firmware = build_firmware(run.generated, tmp_path / "a")
    made = firmware.stat().st_mtime_ns
    assert build_firmware(run.generated, tmp_path / "a").stat().st_mtime_ns == made
    (tmp_path / "a").rename(tmp_path / "b")
    assert build_firmware(run.generated, tmp_path / "b") == tmp_path / "b" / "kws_firmware"
    with (tmp_path / "b" / "CMakeCache.txt").open("a", encoding="utf-8") as cache:
        cache.write(f"CMAKE_TOOLCHAIN_FILE:FILEPATH={tmp_path}/gone.cmake\n")
    assert build_firmware(run.generated, tmp_path / "b").is_file()


def test_build_folder_whose_toolchain_file_is_gone_starts_afresh(
    run: RunPaths, tmp_path: Path
) -> None:
    build_firmware(run.generated, tmp_path)
    with (tmp_path / "CMakeCache.txt").open("a", encoding="utf-8") as cache:
        cache.write(f"CMAKE_TOOLCHAIN_FILE:FILEPATH={tmp_path}/gone.cmake\n")
    build_firmware(run.generated, tmp_path)
    assert "gone.cmake" not in (tmp_path / "CMakeCache.txt").read_text(encoding="utf-8")


def test_generator_of_several_configurations(
    run: RunPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CMAKE_GENERATOR", "Ninja Multi-Config")
    for _ in range(2):
        assert build_firmware(run.generated, tmp_path).is_file()
    cache = tmp_path / "CMakeCache.txt"
    text = cache.read_text(encoding="utf-8")
    assert "CMAKE_GENERATOR:INTERNAL=Unix Makefiles\n" in text
    several = text.replace("INTERNAL=Unix Makefiles\n", "INTERNAL=Ninja Multi-Config\n")
    cache.write_text(several, encoding="utf-8")  # of an earlier kws
    assert build_firmware(run.generated, tmp_path).is_file()


def test_nothing_generated(tmp_path: Path) -> None:
    with pytest.raises(KwsError, match="holds no generated code") as caught:
        build_firmware(tmp_path, tmp_path / "build")
    assert "kws generate" in caught.value.hint


def test_files_of_another_format_do_not_compile(run: RunPaths, tmp_path: Path) -> None:
    guard = "KWS_FORMAT_VERSION !="
    ours, theirs = (f"{guard} {FORMAT_VERSION + more}" for more in (0, 1))
    generated = broken_copy(run, tmp_path / "g", "model_info.h", ours, theirs)
    with pytest.raises(KwsError, match="compiling the firmware failed") as caught:
        build_firmware(generated, tmp_path / "build")
    assert "kws generate" in caught.value.message  # the #error says how to make it again
    assert "kws generate" in caught.value.hint


def test_files_that_do_not_belong_together_do_not_compile(run: RunPaths, tmp_path: Path) -> None:
    generated = broken_copy(
        run, tmp_path / "g", "model_info.h", "#define KWS_FRAMES 49", "#define KWS_FRAMES 48"
    )
    with pytest.raises(KwsError, match=r"model_info\.h and \w+\.h disagree"):
        build_firmware(generated, tmp_path / "build")


@pytest.mark.parametrize(
    ("missing", "packages"),
    [(("cmake",), "cmake"), (("cc", "gcc", "clang"), "gcc libc6-dev"), (("make", "ninja"), "make")],
)
def test_missing_tool(
    run: RunPaths,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    missing: tuple[str, ...],
    packages: str,
) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr(
        toolchain.shutil, "which", lambda name: None if name in missing else f"/bin/{name}"
    )
    with pytest.raises(KwsError, match=f"{missing[0]} is not installed") as caught:
        build_firmware(run.generated, tmp_path / "build")
    assert caught.value.hint.endswith(f"apt-get install --no-install-recommends {packages}")


def test_sanitizers_are_for_this_computer(run: RunPaths, tmp_path: Path) -> None:
    with pytest.raises(KwsError, match="sanitizers do not run on mps2_an386") as caught:
        build_firmware(run.generated, tmp_path / "build", board="mps2_an386", sanitize=True)
    assert "host" in caught.value.hint


def test_unknown_board_names_those_there_are(tmp_path: Path) -> None:
    command = ["cmake", "-S", source_root(), "-B", tmp_path / "b", "-DKWS_BOARD=arduino"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "no board is called so" in done.stderr
    assert all(board.name in done.stderr for board in boards())


def test_configuring_without_generated_code_says_how_to_make_it(tmp_path: Path) -> None:
    done = subprocess.run(
        ["cmake", "-S", source_root(), "-B", tmp_path / "b", f"-DKWS_GENERATED_DIR={tmp_path}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0 and "kws generate" in done.stderr
