# SPDX-License-Identifier: Apache-2.0
"""The documentation's commands run, its reference is that of the code, Sphinx is content."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main
from bench.docs_commands import pages, run_script, script_of
from typer.core import TyperGroup

from kws.cli.lazy import COMMANDS
from kws.cli.main import app
from kws.source import source_root
from tests.support.board_tools import require_module

DOCS = source_root() / "docs"
QUICK = [page for page in pages() if script_of(page, long=False)]


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages that are made from the code."""
    spec = importlib.util.spec_from_file_location("reference_pages", DOCS / "reference_pages.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder = tmp_path_factory.mktemp("reference")
    module.write(folder)
    return folder


@pytest.mark.parametrize("page", QUICK, ids=[page.stem for page in QUICK])
def test_quick_commands_run(page: Path, tmp_path: Path) -> None:
    done = run_script(script_of(page, long=False), tmp_path)
    assert done.returncode == 0, done.stdout


def test_a_script_ends_at_its_first_fault(tmp_path: Path) -> None:
    done = run_script("kws init new --wanted-words on,on\necho not reached\n", tmp_path)
    assert done.returncode == 2
    assert "wanted_words names a word twice" in done.stdout and "not reached" not in done.stdout


def test_every_command_and_option_is_in_the_reference(reference: Path) -> None:
    text = (reference / "cli.md").read_text(encoding="utf-8")
    group = typer.main.get_command(app)
    context = group.make_context("kws", [], resilient_parsing=True)
    for name in COMMANDS:
        command = group.get_command(context, name)  # type: ignore[attr-defined]
        inner = command.commands if isinstance(command, TyperGroup) else {"": command}
        for part, one in inner.items():
            _, _, section = text.partition(f"\n## kws {name} {part}".rstrip() + "\n")
            section = section.partition("\n## ")[0]
            assert section, f"{name} {part}"
            for parameter in one.params:
                for option in parameter.opts:
                    assert option == "--help" or option.lower() in section.lower(), option


def test_ranges_and_units_are_in_the_reference(reference: Path) -> None:
    text = (reference / "configuration.md").read_text(encoding="utf-8")
    assert "| `window_ms` | whole number, 2 to 128 | ms | `30` |" in text
    assert '| `schedule` | `"cosine"` or `"constant"` |  | `"cosine"` |' in text
    assert "| `gate_dbfs` | number, -120 to 0 | dBFS | `0.0` |" in text
    assert "# From one word to the next, at least." in text


def test_the_c_api_is_that_of_the_headers(reference: Path) -> None:
    text = (reference / "c-api.md").read_text(encoding="utf-8")
    for declaration in ("size_t kws_listen(const int16_t", "kws_status kws_start(void);"):
        assert declaration in text
    assert "#ifndef" not in text and "extern" not in text


def test_sphinx_has_no_complaint(tmp_path: Path) -> None:
    for needed in ("sphinx", "myst_parser", "furo"):
        require_module(needed)
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", DOCS, tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "reference" / "cli.html").is_file()
