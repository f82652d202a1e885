# SPDX-License-Identifier: Apache-2.0
"""The firmware around the interpreter, with a stand-in for TensorFlow Lite Micro on the host.

The stand-in copies the first input values to the output, so what travels is known.
"""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from kws.features import FrontEnd, quantize
from kws.firmware.cmake import build_firmware
from kws.firmware.launch import host_firmware
from kws.firmware.runtime import ModelRuntime
from kws.inference.golden import Golden
from kws.link.connect import connect
from kws.link.errors import DeviceError
from kws.run.paths import RunPaths
from kws.source import source_root
from kws_codegen.base.errors import KwsError
from kws_codegen.generate import load_manifest
from kws_codegen.protocol.messages import ClipKind, Status
from kws_codegen.tflm.arena import arena_size
from tests.support.heard import babble
from tests.support.tflm_tree import DOWNLOADS, STUB, add_library, make_tree
from tests.support.tiny_run import CONFIG, tiny_model

FEATURES = np.random.default_rng(3).integers(-128, 128, 980).astype(np.int8)
PLANNED_BYTES = arena_size(tiny_model()).wide_total
WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsanitize=address,undefined")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_tree(tmp_path_factory.mktemp("tflm") / "tree")
    add_library(root)
    return root


def started(run: RunPaths, tree: Path, folder: Path, *flags: str) -> list[int]:
    """What the runtime alone prints (tests/tflm/stub/main.c), built with `flags`."""
    folders = [
        f"-I{source_root()}/firmware",
        f"-I{run.generated}",
        *(f"-isystem{tree / name}" for name in ("", f"{DOWNLOADS}/flatbuffers/include")),
        *(f"-isystem{tree / DOWNLOADS / name}" for name in ("gemmlowp", "ruy")),
    ]
    sources = {
        f"{source_root()}/firmware/runtime/model_tflm.cc": ("c++", "-std=c++17"),
        f"{run.generated}/model_data.c": ("cc", "-std=c11"),
        f"{STUB}/main.c": ("cc", "-std=c11"),
        f"{STUB}/stub.c": ("cc", "-std=c11"),
    }
    objects = []
    for source, compiler in sources.items():
        objects.append(str(folder / f"{Path(source).stem}.o"))
        command = [*compiler, *WARNINGS, *folders, *flags, "-DTF_LITE_STATIC_MEMORY"]
        if source.endswith(".cc"):
            command += ["-fno-exceptions", "-fno-rtti"]
        subprocess.run([*command, "-c", source, "-o", objects[-1]], check=True)
    subprocess.run(["c++", WARNINGS[-1], *objects, "-o", folder / "program"], check=True)
    output = subprocess.run([folder / "program"], capture_output=True, text=True, check=True)
    return [int(word) for word in output.stdout.split()]


@pytest.mark.parametrize("namespace", ["tflite", "tflite::micro"])
@pytest.mark.parametrize("hook", [False, True])
def test_both_namespaces(
    run: RunPaths, tree: Path, tmp_path: Path, namespace: str, hook: bool
) -> None:
    flags = ["-DSTUB_MICRO"] * (namespace != "tflite")
    flags += ["-DKWS_OP_HOOK=count_operator"] * hook
    operators = 2 if hook else 0  # of the second inference
    assert started(run, tree, tmp_path, *flags) == [0, 2000, -2, -1, 0, 1, operators]


@pytest.mark.parametrize(
    ("flag", "status", "used"),
    [
        ("-DSTUB_SCHEMA=4", Status.MODEL_SCHEMA, 0),
        ("-DSTUB_ARENA=100000", Status.MODEL_ARENA, PLANNED_BYTES),
        ("-DKWS_ARENA_BYTES=1984", Status.MODEL_ARENA, PLANNED_BYTES),
        ("-DSTUB_REFUSES_OPERATORS", Status.MODEL, 0),
        ("-DSTUB_OUTPUTS=5", Status.MODEL_SHAPE, 2000),
        ("-DSTUB_FLOAT=1", Status.MODEL_SHAPE, 2000),
    ],
)
def test_each_fault_at_start_has_its_status(
    run: RunPaths, tree: Path, tmp_path: Path, flag: str, status: Status, used: int
) -> None:
    assert started(run, tree, tmp_path, flag) == [status, used]


def test_an_arena_takes_whole_steps(run: RunPaths, tree: Path, tmp_path: Path) -> None:
    """The bytes that are said to be used are enough, whatever they are a multiple of."""
    assert started(run, tree, tmp_path, "-DKWS_ARENA_BYTES=1985")[:2] == [0, 2000]


def test_firmware_on_the_wire(
    run: RunPaths, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The handshake, a clip, the profile; then too small an arena, refused with a proposal."""
    monkeypatch.setenv("TFLM_ROOT", str(tree))
    runtime = ModelRuntime("tflm")
    firmware = build_firmware(run.generated, tmp_path, runtime=runtime, profile=True)
    with host_firmware(firmware) as url, connect(url) as device:
        info = device.handshake()
        assert info.runtime == "tflm-reference"
        assert info.weights_bytes == info.tflite_bytes == len(tiny_model())
        result = device.classify(ClipKind.FEATURES, FEATURES.tobytes())
        assert result.scores == tuple(FEATURES[:4])
        assert device.stats().model_used_bytes == 2000 < info.activation_bytes
        assert len(device.profile()) == 2

    runtime = ModelRuntime("tflm", arena_bytes=1984)
    firmware = build_firmware(run.generated, tmp_path, runtime=runtime)
    with host_firmware(firmware) as url, connect(url) as device:
        assert device.handshake().activation_bytes == 1984
        for kind in ClipKind:
            clip = bytes(len(FEATURES) if kind == ClipKind.FEATURES else 16000)
            with pytest.raises(DeviceError, match="arena is too small") as caught:
                device.classify(kind, clip)
        assert f"It has 1984 bytes, and needs {PLANNED_BYTES}:" in caught.value.hint
        assert f"say --arena-bytes {PLANNED_BYTES} (" in caught.value.hint
        assert device.stats().clips == 0

    runtime = ModelRuntime("tflm", arena_bytes=PLANNED_BYTES)
    firmware = build_firmware(run.generated, tmp_path, runtime=runtime)
    with host_firmware(firmware) as url, connect(url) as device:
        device.handshake()
        device.classify(ClipKind.FEATURES, FEATURES.tobytes())


def test_a_stream_is_heard_by_windows(
    run: RunPaths, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a model that generated C takes row by row, the interpreter gets the last window each time:
    the stand-in's scores are the first values of its first row."""
    monkeypatch.setenv("TFLM_ROOT", str(tree))
    assert load_manifest(run.generated).form == "rows"
    features, golden = CONFIG.features, Golden(tiny_model())
    samples = babble(CONFIG, 3, seed=1)
    rows = quantize(
        FrontEnd(features).process(samples),
        golden.input_scale, golden.input_zero_point, features.output_scale,
    )  # fmt: skip
    every = CONFIG.detect.decision_frames(features.hop_ms)
    firsts = range(0, len(rows) - CONFIG.frames + 1, every)
    firmware = build_firmware(run.generated, tmp_path, runtime=ModelRuntime("tflm"))
    with host_firmware(firmware) as url, connect(url) as device:
        assert device.handshake().runtime == "tflm-reference"
        heard = [decision.scores.tolist() for decision in device.listen(samples)]
    assert heard == [rows[first, :4].tolist() for first in firsts] and len(heard) > 20
    assert len({tuple(scores) for scores in heard}) > 10


@pytest.mark.parametrize(
    ("has_tree", "used", "line"),
    [
        (True, "tflm-reference", "Model runtime: tflm, reference kernels, "),
        (False, "static", "Model runtime: static, for TensorFlow Lite Micro was not found"),
    ],
)
def test_auto_takes_what_is_there_and_says_so(
    run: RunPaths,
    tree: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    has_tree: bool,
    used: str,
    line: str,
) -> None:
    monkeypatch.setenv("TFLM_ROOT", str(tree) if has_tree else "")
    firmware = build_firmware(run.generated, tmp_path, runtime=ModelRuntime("auto"))
    assert line in capsys.readouterr().err
    with host_firmware(firmware) as url, connect(url) as device:
        assert device.handshake().runtime == used


def test_no_tree(run: RunPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TFLM_ROOT", raising=False)
    with pytest.raises(KwsError, match="TensorFlow Lite Micro was not found") as caught:
        build_firmware(run.generated, tmp_path / "b", runtime=ModelRuntime("tflm"))
    assert "TFLM_ROOT is not set" in caught.value.message


def test_each_choice_has_its_own_build_folder() -> None:
    assert ModelRuntime().build_name("host") == "host"
    assert ModelRuntime("tflm").build_name("host") == "host-tflm"
    assert ModelRuntime("tflm", "cmsis_nn").build_name("rv32") == "rv32-tflm-cmsis_nn"
    assert ModelRuntime("auto").build_name("host") == "host-auto"
