# SPDX-License-Identifier: Apache-2.0
"""`kws evaluate` from a run folder to its files and exit status, on the x86 firmware."""

import csv
import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from kws.cli import options as cli_options
from kws.cli.main import app
from kws.config.schema import dump_config
from kws.evaluate import device_run
from kws.evaluate.clips import Clips
from kws.evaluate.device_session import Session
from kws.evaluate.options import EvaluationOptions
from kws.evaluate.report import load_report
from kws.evaluate.report_files import write_report
from kws.firmware.cmake import build_firmware
from kws.firmware.launch import host_firmware
from kws.link import exchange
from kws.link.client import Device
from kws.link.errors import ClipLostError
from kws.run.paths import RunPaths
from kws.run.pipeline import Pipeline
from kws_codegen.base.errors import KwsError
from kws_codegen.protocol.messages import ClipKind, ClipResult
from tests.support.evaluation import evaluate
from tests.support.tiny_run import CONFIG, tiny_data, tiny_model, write_model

KEYS = {
    "target", "clips", "accuracy", "labels", "confusion", "parity", "timing", "model", "memory",
}  # fmt: skip


@pytest.fixture(scope="module")
def firmware(run: RunPaths) -> Path:
    return build_firmware(run.generated, run.build("host"))


@pytest.fixture(scope="module")
def url(firmware: Path) -> Iterator[str]:
    with host_firmware(firmware) as address:
        yield address


def kws(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def read(folder: Path, target: str = "host-port") -> dict:
    values: dict = json.loads((folder / f"{target}.json").read_text(encoding="utf-8"))
    return values


def test_evaluate_builds_runs_and_writes_everything(run: RunPaths) -> None:
    result = kws("evaluate", "--run", run.root, "--split", "all")
    assert result.exit_code == 0, result.output
    assert "parity: all 18 clips equal TensorFlow Lite Micro, bit for bit" in result.output
    assert "predicted" in result.output and "_silence_" in result.output
    newest = (run.evaluation / "latest").resolve()
    assert str(newest / "report.md") in result.output.replace("\n", "")

    values = read(run.evaluation, "host")
    assert values.keys() >= KEYS
    assert values["target"] == "host"
    assert values["labels"] == list(CONFIG.data.labels)
    assert values["clips"] == sum(map(sum, values["confusion"])) == 18
    assert values["parity"] == {"clips": 18, "identical": 18, "differences": []}
    assert values["model"] == {
        "sha256": hashlib.sha256(tiny_model()).hexdigest(),
        "tflite_bytes": len(tiny_model()),
    }
    correct = sum(values["confusion"][i][i] for i in range(4))
    assert values["accuracy"] == correct / 18
    low, high = values["accuracy_interval_95"]
    assert low < values["accuracy"] < high
    assert values["verdict"].startswith("18 clips: anything from ")
    assert values["verdict"] in result.output
    assert "host: between " in result.output
    assert values["timing"]["unit"] == "ns"
    for stage in ("front_end", "inference"):
        timing = values["timing"][stage]
        assert 0 < timing["min"] <= timing["median"] <= timing["max"]
    assert values["memory"]["activation_bytes"] > 0
    assert values["link"]["clips_per_second"] > 0

    folder = run.evaluation / "host"
    assert (folder / "confusion.png").read_bytes().startswith(b"\x89PNG")
    assert (folder / "differences.txt").read_text() == ""
    assert (folder / "confusion.txt").read_text() in result.output
    rows = list(csv.reader((folder / "confusion.csv").open(encoding="utf-8")))
    assert [[int(n) for n in row[1:]] for row in rows[1:]] == values["confusion"]
    clips = list(csv.DictReader((folder / "clips.csv").open(encoding="utf-8")))
    assert len(clips) == 18
    assert len({clip["predicted"] for clip in clips}) > 1  # the model tells clips apart
    report = (folder / "report.md").read_text(encoding="utf-8")
    assert "confusion.png" in report and "bit for bit" in report
    assert values["verdict"] in report


def test_features_instead_of_audio_give_the_same_scores(
    run: RunPaths, url: str, tmp_path: Path
) -> None:
    rows = []
    for kind in ("audio", "features"):
        out = tmp_path / kind
        result = kws("evaluate", "--run", run.root, "--port", url, "--input", kind, "--out", out)
        assert result.exit_code == 0, result.output
        clips = csv.DictReader((out / "host-port" / "clips.csv").open(encoding="utf-8"))
        rows.append([{k: v for k, v in row.items() if not k.endswith("_ns")} for row in clips])
    assert rows[0] == rows[1]
    assert read(tmp_path / "features")["timing"]["front_end"] is None


def test_default_split_is_testing_and_limit_spreads(
    run: RunPaths, url: str, tmp_path: Path
) -> None:
    result = kws("evaluate", "--run", run.root, "--port", url, "--limit", 3, "--out", tmp_path)
    assert result.exit_code == 0, result.output
    values = read(tmp_path)
    assert (values["clips"], values["split"], values["input"]) == (3, "testing", "audio")


def test_other_recordings_count_unwanted_words_as_unknown(
    run: RunPaths, url: str, tmp_path: Path
) -> None:
    tiny_data(tmp_path / "data", words=("yes", "dog", "fish"), seed=5)
    out = tmp_path / "out"
    result = kws(
        "evaluate", "--run", run.root, "--port", url, "--data", tmp_path / "data", "--out", out
    )
    assert result.exit_code == 0, result.output
    values = read(out)
    by_label = {word["label"]: word["clips"] for word in values["words"]}
    assert values["split"] == "all"
    assert (by_label["yes"], by_label["no"], by_label["_unknown_"]) == (6, 0, 12)


def test_trace_holds_every_packet(run: RunPaths, url: str, tmp_path: Path) -> None:
    trace = tmp_path / "packets.txt"
    options = EvaluationOptions(ports=(url,), limit=1, trace=trace)
    assert evaluate(run, options).passed
    names = [line.split()[2] for line in trace.read_text().splitlines() if line.split()[1] == ">"]
    begin = names.index("STREAM_BEGIN")  # what listening costs
    assert names[:2] == ["HELLO", "CLIP_BEGIN"] and names[begin - 2 : begin] == ["RESULT", "STATS"]
    assert set(names[begin + 1 :]) == {"STREAM_DATA", "STREAM_STATS"}


def test_a_difference_gives_status_1_and_is_written_down(
    run: RunPaths, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = Device.classify

    def wrong(self: Device, kind: ClipKind, clip: bytes) -> ClipResult:
        result = exact(self, kind, clip)
        return ClipResult(**{**vars(result), "scores": (result.scores[0] ^ 1, *result.scores[1:])})

    monkeypatch.setattr(Device, "classify", wrong)
    result = kws("evaluate", "--run", run.root, "--port", url, "--limit", 2, "--out", tmp_path)
    assert result.exit_code == 1
    assert "parity: 2 of 2 clips differ from TensorFlow Lite Micro" in result.output
    assert "inference: score of class 0: expected" in result.output
    parity = read(tmp_path)["parity"]
    assert (parity["clips"], parity["identical"]) == (2, 0)
    assert parity["differences"][0]["stage"] == "inference"
    assert parity["differences"][0]["position"] == [0]
    assert len((tmp_path / "host-port" / "differences.txt").read_text().splitlines()) == 2


def test_only_the_first_clips_of_a_port_are_timed(
    run: RunPaths, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others go out while the device computes, which costs it time."""
    monkeypatch.setattr(device_run, "TIMED_CLIPS", 2)
    monkeypatch.setattr(exchange, "FIRST_TIMEOUT_S", 300.0)  # a busy machine repeats nothing
    result = kws("evaluate", "--run", run.root, "--port", url, "--limit", 6, "--out", tmp_path)
    assert result.exit_code == 0, result.output
    values = read(tmp_path)
    assert (values["clips"], values["timing"]["clips"]) == (6, 2)
    folder = tmp_path / "host-port"
    rows = list(csv.DictReader((folder / "clips.csv").open(encoding="utf-8")))
    assert [bool(row["inference_ns"]) for row in rows] == [True] * 2 + [False] * 4
    link = values["link"]
    assert link["requests"] > 6 * 3 and link["sent_bytes"] > 6 * 16_000
    assert link["received_bytes"] > 0 and link["line_rate_share"] is None
    assert (link["outages"], link["damaged_frames_here"], link["resends"]) == (0, 0, 0)
    line = f"link: {link['requests']:,} requests, 0 sent again; damaged frames: 0 here, 0 at the"
    assert line in result.output and line in (folder / "report.md").read_text("utf-8")


@pytest.mark.parametrize("answered", [0, 1])
def test_a_device_that_stops_gives_status_1_and_keeps_what_it_said(
    run: RunPaths, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answered: int
) -> None:
    left = [None] * answered
    exact = device_run._classify

    def stop(*arguments: object) -> ClipResult:
        if not left:
            raise KwsError("the device at x stopped answering (RESULT)", "hint")
        left.pop()
        return exact(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(device_run, "_classify", stop)
    result = kws("evaluate", "--run", run.root, "--port", url, "--limit", 3, "--out", tmp_path)
    assert result.exit_code == 1
    assert "stopped answering (RESULT)" in result.output
    values = read(tmp_path)
    assert (values["clips"], values["unanswered"]) == (answered, 3 - answered)
    assert "stopped answering" in values["failure"]
    assert "stopped answering" in (tmp_path / "host-port" / "report.md").read_text()


@pytest.mark.parametrize(("faulty", "answered"), [({1}, 5), ({0, 2, 3}, 3), ({1, 2, 3}, 1)])
def test_clips_that_fault_every_time_are_named_and_the_others_evaluated(
    run: RunPaths,
    url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    faulty: set[int],
    answered: int,
) -> None:
    exact = device_run._classify

    def fault(device: Session, clips: Clips, kind: ClipKind, i: int) -> ClipResult:
        if i in faulty:
            raise ClipLostError()
        return exact(device, clips, kind, i)

    monkeypatch.setattr(device_run, "_classify", fault)
    result = kws("evaluate", "--run", run.root, "--port", url, "--limit", 6, "--out", tmp_path)
    assert result.exit_code == 1
    values = read(tmp_path)
    assert values["clips"] == answered
    rows = list(csv.DictReader((tmp_path / "host-port" / "clips.csv").open(encoding="utf-8")))
    assert len(rows) == answered
    lost = values["faulting_clips"]
    assert len(lost) == len(faulty)
    assert not {row["clip"] for row in rows} & set(lost)
    # Three in a row: nothing will work, so the rest is not tried.
    assert ("restarted in all 3 attempts" in values["failure"]) == (faulty == {1, 2, 3})
    for clip in lost:
        assert f"faults on this clip every time: {clip}" in result.output
        assert clip in (tmp_path / "host-port" / "report.md").read_text()


def test_firmware_of_another_model_is_refused(run: RunPaths, url: str, tmp_path: Path) -> None:
    other = RunPaths(tmp_path / "other")
    shutil.copytree(run.root, other.root, ignore=shutil.ignore_patterns("build"))
    write_model(other, CONFIG, tiny_model(seed=9))
    result = kws("evaluate", "--run", other.root, "--port", url, "--limit", 1)
    assert isinstance(result.exception, KwsError)
    assert "the model: device" in result.exception.message
    assert "front end" not in result.exception.message


def test_run_without_a_model(tmp_path: Path) -> None:
    result = kws("evaluate", "--run", tmp_path)
    assert isinstance(result.exception, KwsError)
    assert result.exception.message == f"{tmp_path} is not a run folder: it has no config.toml"
    (tmp_path / "config.toml").write_text(dump_config(CONFIG), encoding="utf-8")
    result = kws("evaluate", "--run", tmp_path)
    assert isinstance(result.exception, KwsError)
    assert result.exception.message == f"{tmp_path} has no model.tflite"
    assert "kws quantize" in result.exception.hint


def test_no_such_port(run: RunPaths) -> None:
    result = kws("evaluate", "--run", run.root, "--port", "/dev/no-such-port")
    assert isinstance(result.exception, KwsError)
    assert "cannot open /dev/no-such-port" in result.exception.message


def test_trace_that_cannot_be_written(run: RunPaths, url: str, tmp_path: Path) -> None:
    trace = tmp_path / "missing" / "packets.txt"
    result = kws("evaluate", "--run", run.root, "--port", url, "--trace", trace)
    assert isinstance(result.exception, KwsError)
    assert result.exception.message == f"cannot write the trace {trace}: No such file or directory"


def test_unknown_board(run: RunPaths) -> None:
    result = kws("evaluate", "--run", run.root, "--board", "abacus", "--limit", 1)
    assert isinstance(result.exception, KwsError)
    assert "no board is called 'abacus'" in result.exception.message
    assert "host" in result.exception.hint


def test_report_of_the_same_evaluation_is_the_same(run: RunPaths, url: str, tmp_path: Path) -> None:
    evaluation = evaluate(run, EvaluationOptions(ports=(url,), limit=2))
    for name in ("a", "b"):
        write_report(evaluation, tmp_path / name)
    for path in sorted((tmp_path / "a").rglob("*.*")):
        twin = tmp_path / "b" / path.relative_to(tmp_path / "a")
        assert path.read_bytes() == twin.read_bytes()


@pytest.mark.parametrize(
    ("options", "baud"),
    [
        ([], 921_600),
        (["--board", "microbit"], 115_200),
        (["--board", "microbit", "--baud", "9600"], 9600),
    ],
)
def test_speed_of_the_port_is_the_boards_unless_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: list[str], baud: int
) -> None:
    asked: list[EvaluationOptions] = []

    def record(_: Pipeline, options: EvaluationOptions, __: None) -> None:
        asked.append(options)
        raise KwsError("enough")

    monkeypatch.setattr(Pipeline, "evaluate", record)
    (tmp_path / "config.toml").write_text(dump_config(CONFIG), encoding="utf-8")
    kws("evaluate", "--run", tmp_path, "--port", "/dev/ttyACM0", *options)
    assert [options.bauds for options in asked] == [(baud,)]


def test_each_port_is_asked_for_its_speed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[EvaluationOptions] = []

    def record(_: Pipeline, options: EvaluationOptions, __: None) -> None:
        asked.append(options)
        raise KwsError("enough")

    speeds = {"/dev/ttyACM0": 115_200, "/dev/ttyACM1": 921_600}
    monkeypatch.setattr(Pipeline, "evaluate", record)
    monkeypatch.setattr(cli_options, "find_baud", speeds.get)
    (tmp_path / "config.toml").write_text(dump_config(CONFIG), encoding="utf-8")
    ports = [argument for port in speeds for argument in ("--port", port)]
    kws("evaluate", "--run", tmp_path, *ports, "--baud", "auto")
    assert {port: asked[0].baud_of(port) for port in speeds} == speeds
    assert asked[0].baud_of("host") is None


def test_a_speed_without_a_port_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(dump_config(CONFIG), encoding="utf-8")
    for command in ("evaluate", "listen", "stream-eval"):
        refused = kws(command, "--run", tmp_path, "--baud", "auto").exception
        assert isinstance(refused, KwsError) and "--port, and none is named" in refused.message


def test_report_is_read_back_equal_and_a_damaged_one_is_refused(
    run: RunPaths, url: str, tmp_path: Path
) -> None:
    evaluation = evaluate(run, EvaluationOptions(ports=(url,), limit=2))
    path = write_report(evaluation, tmp_path)
    assert load_report(path) == evaluation.report
    path.write_text('{"target": "host"}', encoding="utf-8")
    with pytest.raises(KwsError, match=r"evaluation\.json is damaged") as caught:
        load_report(path)
    assert "kws evaluate" in caught.value.hint
    path.unlink()
    with pytest.raises(KwsError, match=r"no .*evaluation\.json"):
        load_report(path)
