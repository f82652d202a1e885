# SPDX-License-Identifier: Apache-2.0
"""`kws generate --model`: the C files of a model from elsewhere, without a run."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from kws.cli.main import app
from kws.source import source_root
from kws_codegen.base.errors import KwsError
from kws_codegen.generate import generate_model
from tests.support.static_model_check import RELU, Chain

FILES = {
    "model_data.c", "model_data.h", "model_info.h", "op_resolver.h", "static_model.c",
    "static_model.h",
}  # fmt: skip


def model() -> bytes:
    c = Chain(np.random.default_rng(5), (1, 6, 5, 1), float(np.float32(0.05)), 3)
    c.conv_2d(4, (3, 3), activation=RELU, zero_point=-128)
    c.reshape((1, 120))
    c.fully_connected(3)
    return c.build()


def test_files_compile(tmp_path: Path) -> None:
    path, out = tmp_path / "model.tflite", tmp_path / "out"
    path.write_bytes(model())
    result = CliRunner().invoke(app, ["generate", "--model", str(path), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert {file.name for file in out.iterdir()} == {*FILES, "manifest.json"}
    manifest = json.loads((out / "manifest.json").read_text())
    assert set(manifest["files"]) == FILES
    assert (manifest["labels"], manifest["feature_hash"]) == ([], "")
    info = (out / "model_info.h").read_text()
    assert "#define KWS_INPUT_BYTES 30" in info
    assert "#define KWS_OUTPUT_BYTES 3" in info
    assert "KWS_CLIP_SAMPLES" not in info
    assert "Command:   kws generate --model MODEL --out DIR" in info
    program = tmp_path / "all.c"
    program.write_text(
        "".join(f'#include "{name}"\n' for name in sorted(FILES) if name.endswith(".h"))
        + "int main(void) { return 0; }\n"
    )
    for source in (program, out / "static_model.c", out / "model_data.c"):
        subprocess.run(
            ["cc", "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-c", f"-I{out}",
             f"-I{source_root() / 'firmware'}", str(source), "-o", str(tmp_path / "object.o")],
            check=True,
        )  # fmt: skip


def test_nothing_is_written_for_a_model_that_is_not_supported(tmp_path: Path) -> None:
    with pytest.raises(KwsError, match=r"not a \.tflite model"):
        generate_model(b"RIFF....", tmp_path / "out", "kws generate")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "give either --run or --model"),
        (("--run", "r", "--model", "m"), "give either --run or --model"),
        (("--model", "m"), "--model needs --out"),
        (("--model", "missing", "--out", "o"), "no model missing"),
        (("--run", "r", "--out", "o"), "--out goes with --model"),
    ],
)
def test_options_that_do_not_fit(arguments: tuple[str, ...], message: str) -> None:
    result = CliRunner().invoke(app, ["generate", *arguments])
    assert isinstance(result.exception, KwsError)
    assert message in str(result.exception)
