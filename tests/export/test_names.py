# SPDX-License-Identifier: Apache-2.0
"""The names of an export: which are refused, and that C text is renamed without a slip."""

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kws.cli.main import app
from kws.config.schema import ExportConfig, config_from_dict
from kws.export import export
from kws.run.paths import RunPaths
from kws_codegen.base.errors import KwsError
from kws_codegen.prefix import MOST_CHARACTERS, exported_path, name_problem, renamed
from tests.support.tiny_run import CONFIG

REFUSED = {
    "Lamp": "lower-case",
    "2lamp": "begin with a letter",
    "my-lamp": "letters and digits",
    "": "begin with a letter",
    "a b": "lower-case",
    "lamp_model": "letters and digits",
    "lamp_": "letters and digits",
    "lämp": "lower-case",
    "lamp\n": "lower-case",
    "$(shell,touch x)": "lower-case",
    "../lamp": "lower-case",
    "lamp;rm": "lower-case",
    "l" * (MOST_CHARACTERS + 1): f"has {MOST_CHARACTERS + 1} characters",
    "while": "keyword",
    "class": "keyword",
    "string": "string.h would hide",
    "math": "math.h would hide",
    "va": "begin with va_",  # va_start
    "sig": "begin with sig_",  # SIG_ERR
    "atomic": "begin with atomic_",
    "config": "begin with config_",
    "test": "build systems",
    "main": "build systems",
    "debug": "build systems",
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(run: RunPaths, tmp_path: Path, name: str) -> None:
    with pytest.raises(KwsError, match=r"--name .* cannot begin every name") as caught:
        export(run, CONFIG, "c-array", tmp_path / "x", name=name)
    assert REFUSED[name] in caught.value.message
    assert not (tmp_path / "x").exists()
    with pytest.raises(KwsError, match=r"--front-end .* cannot begin every name"):
        export(run, CONFIG, "c-array", tmp_path / "x", front_end=name or "?")
    with pytest.raises(KwsError, match=r"export: .* cannot begin every name"):
        config_from_dict({"export": {"name": name}})


@pytest.mark.parametrize("name", ["kws", "lamp", "yes", "on", "lamp2", "a", "l" * MOST_CHARACTERS])
def test_accepted(name: str) -> None:
    assert name_problem(name) == ""


def test_name_of_the_configuration_and_of_the_command_line(run: RunPaths, tmp_path: Path) -> None:
    config = replace(CONFIG, export=ExportConfig(name="lamp"))
    assert "src/lamp.h" in export(run, config, "c-array", tmp_path / "a")
    assert "src/door.h" in export(run, config, "c-array", tmp_path / "b", name="door")
    arguments = ["export", "--run", str(run.root), "--format", "c-array", "--name", "door"]
    result = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path / "c")])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "c/src/door.h").is_file()


def test_own_front_end_from_elsewhere(run: RunPaths, tmp_path: Path) -> None:
    with pytest.raises(KwsError, match="lamp cannot use its own front end"):
        export(run, CONFIG, "c-array", tmp_path / "x", name="lamp", front_end="lamp")


def test_renamed() -> None:
    text = r"""
#include "kws.h"
# include "frontend/fft.h" /* kws_fft() */
#include "tensorflow/kws_x.h"
// kws_a, KWS_B; codegen/kws_codegen/access.py stays
static const char *t = "kws_a \" KWS_B" "'"; int kws_c = 'k' + KWS_D(my_kws_e, kws_f##x);
/* an apostrophe's "quote */ kws_g("*/ kws_h");
"""
    assert (
        renamed(text, "lamp", {"kws.h": "lamp.h", "frontend/fft.h": "lamp/frontend/fft.h"})
        == r"""
#include "lamp.h"
# include "lamp/frontend/fft.h" /* lamp_fft() */
#include "tensorflow/kws_x.h"
// lamp_a, LAMP_B; codegen/kws_codegen/access.py stays
static const char *t = "kws_a \" KWS_B" "'"; int lamp_c = 'k' + LAMP_D(my_kws_e, lamp_f##x);
/* an apostrophe's "quote */ lamp_g("*/ kws_h");
"""
    )


def test_exported_paths() -> None:
    assert exported_path("kernels/dsp/patches.h", "lamp") == "lamp/kernels/dsp/patches.h"
    assert (
        exported_path("kernels/dsp/patches.c", "lamp")
        == "lamp/kernels/dsp/lamp_kernels_dsp_patches.c"
    )
    assert exported_path("kernels/kws_add_s8.c", "lamp") == "lamp/kernels/lamp_kernels_add_s8.c"
    assert exported_path("labels.c", "lamp") == "lamp/lamp_labels.c"
