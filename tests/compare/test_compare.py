# SPDX-License-Identifier: Apache-2.0
"""`kws compare` from its options to its exit status; capture files; a line that damages bytes."""

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from kws.cli.main import app
from kws.compare.device import TracingDevice
from kws.compare.sides import TracedClip, debug_firmware, find_clip, side_trace
from kws.compare.trace import load_trace
from kws.evaluate.clips import TrainedModel, load_model
from kws.firmware.boards import find_board
from kws.firmware.launch import host_firmware
from kws.link.connect import SerialTransport
from kws.run.paths import RunPaths
from kws.source import source_root
from kws_codegen.base.errors import KwsError
from tests.support.traced_run import planted

CLIP = "yes/c"


@pytest.fixture(scope="module")
def model(run: RunPaths) -> TrainedModel:
    return load_model(run)


@pytest.fixture(scope="module")
def clip(run: RunPaths, model: TrainedModel) -> TracedClip:
    return find_clip(run, model, CLIP, "testing")


def kws(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["compare", *map(str, arguments)])


def test_equal_sides_exit_0(run: RunPaths, tmp_path: Path) -> None:
    result = kws("--run", run.root, "--b", "host", "--clip", CLIP, "--json", tmp_path / "c.json")
    assert result.exit_code == 0, result.output
    assert "identical: tflite_micro = host, every value of every stage" in result.output
    assert "by rows; compared were whole windows" in " ".join(result.output.split())
    assert max(map(len, result.output.splitlines())) <= 80
    content = json.loads((tmp_path / "c.json").read_text())
    assert (content["a"], content["b"], content["identical"]) == ("tflite_micro", "host", True)
    assert content["clip"] == "yes/c0000000_nohash_0.wav"
    assert content["first"] is None
    stages = {stage["stage"]: stage for stage in content["stages"]}
    assert stages["operator 0"]["kind"] == "CONV_2D"
    assert stages["pcm"] == {"stage": "pcm", "kind": "", "values": 8000, "differing": 0}


def test_capture_of_a_faulty_device_exits_1(run: RunPaths, tmp_path: Path) -> None:
    """What a device gave is kept, and compared later, when the fault is no longer there."""
    capture, out = tmp_path / "device.capture", tmp_path / "c.json"
    header = run.generated / "model_info.h"
    with planted(header, "ZERO_POINT (-128)", "ZERO_POINT (-127)"):
        result = kws("--run", run.root, "--a", "host", "--clip", CLIP, "--save", capture)
    assert result.exit_code == 0, result.output
    result = kws("--run", run.root, "--a", "host", "--b", capture, "--json", out)
    assert result.exit_code == 1, result.output
    assert "different from stage int8_input on: 980 of 980 values" in result.output
    first = json.loads(out.read_text())["first"]
    assert (first["frame"], first["index"]) == (0, 0)
    assert first["actual"] == first["expected"] + 1
    assert (
        f"first at frame 0, channel 0: host has {first['expected']}, device.capture "
        f"{first['actual']}" in result.output
    )


def test_clip_of_a_capture_is_sent(
    run: RunPaths, model: TrainedModel, clip: TracedClip, tmp_path: Path
) -> None:
    capture = tmp_path / "other.npz"
    kws("--run", run.root, "--a", "host", "--clip", "no/f", "--save", capture)
    trace = load_trace(capture)
    assert trace.clip != clip.name
    assert np.array_equal(trace.values["pcm"], find_clip(run, model, "no/f", "testing").samples)
    assert kws("--run", run.root, "--a", capture, "--b", "host").exit_code == 0


def test_debug_firmware_at_a_port(run: RunPaths) -> None:
    result = kws("--run", run.root, "--build", "host")
    assert result.exit_code == 0, result.output
    firmware = Path(result.output.strip())
    assert firmware.is_file()
    with host_firmware(firmware, "--tcp", "0") as url:
        assert kws("--run", run.root, "--a", "host", "--b", url, "--clip", CLIP).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (("--b", "nano"), "no side is called 'nano'", "tflite_micro"),
        (("--b", "pico_w"), "no side is called 'pico_w'", "mps2_an386"),
        ((), "nothing to compare with", "--b"),
        (("--b", "host", "--clip", "dog"), "testing split has no clip 'dog'", "0 to 5"),
        (("--b", "host", "--clip", "6"), "testing split has no clip '6'", "0 to 5"),
        (("--b", "host", "--clip", "nohash"), "5 clips of the testing split", "give its number"),
        (("--build", "nano"), "no board is called 'nano'", "Boards:"),
        (("--build", "mps2_an386", "--flash"), "there is nothing to flash", "stm32f405"),
    ],
)
def test_bad_input(run: RunPaths, arguments: tuple[str, ...], message: str, hint: str) -> None:
    result = kws("--run", run.root, *arguments)
    assert isinstance(result.exception, KwsError)
    assert message in result.exception.message
    assert hint in result.exception.hint


def test_no_run_and_no_generated_code(tmp_path: Path) -> None:
    result = kws("--run", tmp_path, "--b", "host")
    assert isinstance(result.exception, KwsError) and "config.toml" in str(result.exception)
    bare = RunPaths(tmp_path / "bare")
    bare.root.mkdir()
    with pytest.raises(KwsError, match="holds no generated code"):
        debug_firmware(bare, find_board("host"))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"text"])
def test_what_is_no_capture(run: RunPaths, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "capture.npz"
    file.write_bytes(content)
    result = kws("--run", run.root, "--b", file)
    assert isinstance(result.exception, KwsError)
    assert "is no capture file" in result.exception.message
    np.savez(file, clip="x", pcm=np.zeros(3))  # not int16
    with pytest.raises(KwsError, match="is no capture file"):
        load_trace(file)


class DamagingTransport(SerialTransport):
    """Flips a bit of one byte that the device sent, `times` times."""

    times = 0

    def read(self, timeout_s: float) -> bytes:
        data = bytearray(super().read(timeout_s))
        if self.times and len(data) > 100:
            self.times -= 1
            data[50] ^= 4
        return bytes(data)


@pytest.mark.parametrize("times", [0, 2])
def test_damaged_clip_is_sent_again(
    times: int, run: RunPaths, model: TrainedModel, clip: TracedClip
) -> None:
    expected = side_trace("host", run, model, clip)
    with host_firmware(debug_firmware(run, find_board("host"))) as url:
        transport = DamagingTransport(url)
        transport.times = times
        actual = TracingDevice(transport).trace("damaged", clip.name, clip.samples)
        transport.close()
    assert transport.times == 0
    assert actual.values.keys() == expected.values.keys()
    assert all(np.array_equal(actual.values[k], expected.values[k]) for k in expected.values)


def test_line_that_always_damages(run: RunPaths, clip: TracedClip) -> None:
    with host_firmware(debug_firmware(run, find_board("host"))) as url:
        transport = DamagingTransport(url)
        transport.times = 1000
        with pytest.raises(KwsError, match="damages what it carries"):
            TracingDevice(transport).trace("damaged", clip.name, clip.samples)
        transport.close()


def test_normal_build_pays_nothing(run: RunPaths, tmp_path: Path) -> None:
    """Object code of the front end is the same as without any word of the debug build."""
    source = source_root() / "firmware" / "frontend" / "frontend.c"
    text = source.read_text(encoding="utf-8")
    bare = re.sub(r"^ *STAGE_DONE\(.*\);\n", "", text, flags=re.MULTILINE)
    assert bare.count("STAGE_DONE") == 2 < text.count("STAGE_DONE")
    codes = []
    for number, content in enumerate((text, bare)):
        file = tmp_path / str(number) / "frontend.c"
        file.parent.mkdir()
        file.write_text(content, encoding="utf-8")
        folders = (f"-I{source_root() / 'firmware'}", f"-I{run.generated}")
        subprocess.run(
            ["cc", "-std=c11", "-O2", *folders, "-c", "frontend.c"], cwd=file.parent, check=True
        )
        codes.append((file.parent / "frontend.o").read_bytes())
    assert codes[0] == codes[1]
