# SPDX-License-Identifier: Apache-2.0
"""The wheel is complete: outside the checkout it starts a project and configures firmware."""

import subprocess
import sys
import zipfile
from importlib.metadata import distributions
from pathlib import Path

import pytest

from kws.source import source_root
from tests.support.board_tools import require_module

ROOT = source_root()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from this checkout by its backend, in this environment."""
    require_module("hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


def test_it_has_every_file_that_git_has(wheel: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "host/kws", "codegen/kws_codegen", "firmware", "cmake", "configs"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    for name in listed:
        inside = name.removeprefix("host/").removeprefix("codegen/")
        if not name.startswith(("host/", "codegen/")):
            inside = f"kws/_source/{name}"
        assert inside in packed or not (ROOT / name).is_file(), name
    # A user's environment gets these two packages and nothing beside them.
    assert {name.split("/")[0].split("-")[0] for name in packed} == {
        "kws",
        "kws_codegen",
        "mcu_kws",
    }


def test_it_works_in_a_new_environment(wheel: Path, tmp_path: Path) -> None:
    """Its packages are those of this environment (by a .pth file): no registry is asked."""
    env = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", env], check=True)
    (site,) = env.glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    for distribution in distributions(name="numpy"):
        (site / "others.pth").write_text(f"{distribution.locate_file('')}\n")
    code = (
        "import kws, kws.source; from kws.cli.main import main\n"
        f"assert kws.__file__.startswith({str(site)!r}), kws.__file__\n"
        f"assert str(kws.source.source_root()).startswith({str(site)!r})\n"
        "main()\n"
    )
    for arguments in (["--help"], ["init", "lamp", "--wanted-words", "on,off"], ["boards"]):
        done = subprocess.run(
            [env / "bin/python", "-P" if sys.version_info >= (3, 11) else "-I", "-c", code,
             *arguments],
            cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "lamp" / "kws.toml").is_file()
    assert "stm32f405" in done.stdout
