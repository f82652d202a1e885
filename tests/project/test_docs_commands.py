# SPDX-License-Identifier: Apache-2.0
"""The documentation's commands run, its reference is that of the code, Sphinx is content."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main
from bench.docs_commands import LEFT_OUT, LEFT_OUT_BLOCK, pages, run_script, script_of
from bench.docs_stand_ins import MADE, RUN, make_what_is_named
from typer.core import TyperGroup

from kws.cli.lazy import COMMANDS
from kws.cli.main import app
from kws.source import source_root
from tests.support.board_tools import require_module
from tests.support.tiny_run import tiny_run

DOCS = source_root() / "docs"
# The first blocks of a page that are quick (None: all); bench.docs_commands runs every block.
QUICK: dict[str, int | None] = {
    "tutorial.md": 4,
    "reference/models.md": None,
    "how-to/two-models.md": None,
}


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


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the pages' runs/demo is here: quick, and untrained."""
    return tiny_run(tmp_path_factory.mktemp("tiny")).root


@pytest.mark.parametrize("name", QUICK)
def test_quick_commands_run(name: str, run: Path, tmp_path: Path) -> None:
    script, _ = script_of(DOCS / name, QUICK[name])
    done = run_script(script, tmp_path, run)
    assert done.returncode == 0, done.stdout


def test_a_script_ends_at_its_first_fault(run: Path, tmp_path: Path) -> None:
    script = "kws init new --wanted-words on,on\necho not reached\n"
    done = run_script(script, tmp_path, run)
    assert done.returncode == 2
    assert "wanted_words names a word twice" in done.stdout
    assert "not reached" not in done.stdout.replace("$ echo", "")


def test_a_port_is_firmware_of_the_run(run: Path, tmp_path: Path) -> None:
    script = "kws ports\nkws evaluate --run runs/demo --port /dev/ttyACM0 --input features\n"
    done = run_script(script, tmp_path, run)
    assert done.returncode == 0, done.stdout
    assert "stand-in: /dev/ttyACM0 is " in done.stdout and "bit for bit" in done.stdout


def test_blocks_in_lists_lines_in_parts_and_what_is_left_out(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "1. so\n\n   ```sh\n   kws runs \\\n     a && cd b\n   pip install x    # y\n   ```\n"
        "```sh\ngit clone it\ncd it\n```\n```sh\nkws doctor\n```\n",
        encoding="utf-8",
    )
    script, left_out = script_of(page)
    assert script == "kws runs a\ncd b\nkws doctor\n"
    assert left_out == [
        "pip install x: needs the network",
        f"git clone it ... : {LEFT_OUT_BLOCK[1]}",
    ]
    assert script_of(page, 1)[0] == "kws runs a\ncd b\n"


def test_what_is_left_out_is_in_the_documents() -> None:
    """A reason for nothing is removed from the list."""
    left_out = [line for page in pages() for line in script_of(page)[1]]
    for _, reason in (*LEFT_OUT, LEFT_OUT_BLOCK):
        assert any(line.endswith(f": {reason}") for line in left_out), reason


def test_long_benches_that_are_left_out_take_what_they_are_given() -> None:
    left_out = [line for page in pages() for line in script_of(page)[1]]
    named = [re.search(r"-m bench\.([\w.]+)([^:]*)", line) for line in left_out]
    assert sum(found is not None for found in named) > 10
    for found in filter(None, named):
        text = _bench_text(found[1])
        for option in re.findall(r"--[\w-]+", found[2]):
            assert f'"{option}"' in text, found[0]


def _bench_text(module: str) -> str:
    """Source of a bench and of those that it imports."""
    bench = DOCS.parent / "bench"
    text = (bench / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")
    imported = re.findall(r"^from bench\.(\w+) import", text, re.MULTILINE)
    return text + "".join((bench / f"{name}.py").read_text(encoding="utf-8") for name in imported)


def test_stand_ins_are_made_when_named_but_not_what_the_command_writes(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(RUN, str(run))
    monkeypatch.setenv(MADE, str(tmp_path))
    make_what_is_named(["generate", "--model", "model.tflite", "--out", "runs/demo"])
    assert capsys.readouterr().out == "stand-in: model.tflite is made\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.tflite"]
    make_what_is_named(["compare", "--a", "runs/one/evaluation/host.json", "--b", "model.tflite"])
    assert capsys.readouterr().out == "stand-in: runs/one is made\n"


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
