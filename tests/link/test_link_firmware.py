# SPDX-License-Identifier: Apache-2.0
"""The x86 firmware, sanitizers on, at the other end of a real wire: pseudo-terminal and TCP."""

import os
import signal
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kws.evaluate.clips import load_clips, load_model
from kws.features import FrontEnd, quantize
from kws.firmware.cmake import build_firmware
from kws.firmware.launch import host_firmware
from kws.inference.golden import Golden
from kws.link import connect as connect_module
from kws.link.connect import SerialTransport, connect
from kws.run.paths import RunPaths
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import config_hash, labels_hash
from kws_codegen.generate import generate
from kws_codegen.protocol.messages import ClipBegin, ClipData, ClipKind
from tests.support.processes import alive, gone
from tests.support.tiny_run import CONFIG, tiny_model


@pytest.fixture(params=["pseudo-terminal", "TCP"])
def url(request: pytest.FixtureRequest, firmware: Path) -> Iterator[str]:
    arguments = ("--tcp", "0") if request.param == "TCP" else ()
    with host_firmware(firmware, *arguments) as address:
        yield address


@pytest.fixture
def tcp_url(firmware: Path) -> Iterator[str]:
    with host_firmware(firmware, "--tcp", "0") as address:
        yield address


def noise_clip(seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.integers(-20000, 20000, CONFIG.clip_samples).astype("<i2")


def expected_features(clip: np.ndarray, golden: Golden) -> np.ndarray:
    features = FrontEnd(CONFIG.features).clip(clip)
    scale = CONFIG.features.output_scale
    return quantize(features, golden.input_scale, golden.input_zero_point, scale)


def test_handshake_tells_what_the_firmware_is(url: str) -> None:
    with connect(url) as device:
        info = device.handshake()
    assert (info.board, info.runtime, info.time_unit) == ("host", "static", "ns")
    assert (info.clip_samples, info.frames, info.channels) == (8000, CONFIG.frames, 20)
    assert info.classes == len(CONFIG.data.labels)
    assert info.features_hash == config_hash(CONFIG.features)
    assert info.labels_hash == labels_hash(CONFIG.data.labels)
    assert info.tflite_bytes == len(tiny_model())
    assert info.activation_bytes > 8 * 20  # rows of the first kernel, by rows


def test_refusal_names_the_words(url: str, run: RunPaths) -> None:
    expected = replace(load_model(run).expected, labels=("_silence_", "_unknown_", "yes", "nein"))
    with connect(url) as device, pytest.raises(KwsError) as caught:
        device.handshake(expected)
    assert caught.value.message.splitlines()[2:] == [
        "    only the device knows: 'no'",
        "    only this run expects: 'nein'",
    ]


def test_many_and_long_labels(tmp_path: Path) -> None:
    """More than an answer holds, and words that are longer than a name can be."""
    smile = "\N{SLIGHTLY SMILING FACE}"
    words = ("\N{GREEK SMALL LETTER ALPHA}" * 200, "x" * 254 + smile, '$(shell)\n"', *"abcdefgh")
    config = replace(CONFIG, data=replace(CONFIG.data, wanted_words=words))
    generated = tmp_path / "generated"
    generate(config.interface, tiny_model(config), generated, "kws generate --run RUN")
    firmware = build_firmware(generated, tmp_path / "build", sanitize=True)
    with host_firmware(firmware, "--tcp", "0") as address, connect(address) as device:
        labels = device._labels(device.handshake())
        assert labels[2:] == ("\N{GREEK SMALL LETTER ALPHA}" * 127, "x" * 254, *words[2:])
        packets = device.stats().packets
    assert packets == 3  # HELLO and two pages of labels


def test_answers_are_those_of_the_host_and_of_tflite_micro(url: str) -> None:
    golden = Golden(tiny_model())
    with connect(url) as device:
        device.handshake()
        for seed in range(3):
            clip = noise_clip(seed)
            features = expected_features(clip, golden)
            by_audio = device.classify(ClipKind.AUDIO, clip.tobytes())
            by_features = device.classify(ClipKind.FEATURES, features.tobytes())
            assert device.features(ClipKind.AUDIO, clip.tobytes()) == features.tobytes()
            assert by_audio.scores == by_features.scores == tuple(golden.invoke(features).tolist())
            assert by_audio.features_crc == zlib.crc32(features.tobytes())
            assert (by_audio.frames, by_features.frames) == (CONFIG.frames, 0)
            assert by_audio.front_end_time > 0 and by_audio.inference_time > 0
            assert by_features.front_end_time == 0


def test_reset_starts_afresh(url: str) -> None:
    with connect(url) as device:
        device.handshake()
        device.classify(ClipKind.AUDIO, noise_clip(0).tobytes())
        assert device.stats().clips == 1
        device.reset()
        device.handshake()
        assert device.stats().clips == 0


def test_hosts_come_and_go(url: str) -> None:
    answers = set()
    for _ in range(3):
        with connect(url) as device:  # vanishes in the middle of a clip and of a frame
            device.handshake()
            device._ask(ClipBegin(ClipKind.AUDIO, 2 * CONFIG.clip_samples))
            device._ask(ClipData(0, bytes(500)))
            device._transport.write(b"\0\x05\x03\x04\x05")
        with connect(url) as device:
            device.handshake()
            answers.add(device.classify(ClipKind.AUDIO, noise_clip(1).tobytes()).scores)
    assert len(answers) == 1


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_exits_cleanly_on_a_signal(firmware: Path, stop: signal.Signals) -> None:
    with subprocess.Popen([firmware], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"/dev/")
        process.send_signal(stop)
        assert process.wait(60) == 0


def test_tcp_port_can_be_chosen(firmware: Path, tcp_url: str) -> None:
    port = tcp_url.rsplit(":", 1)[1]
    done = subprocess.run([firmware, "--tcp", port], capture_output=True, check=False)
    assert done.returncode == 1
    assert b"cannot listen on TCP: Address already in use" in done.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["--tcp"], ["--tcp", "65536"], ["--tcp", "x"]])
def test_usage(firmware: Path, arguments: list[str]) -> None:
    done = subprocess.run([firmware, *arguments], capture_output=True, check=False)
    assert done.returncode == 2 and b"usage:" in done.stderr


def test_firmware_that_does_not_start(tmp_path: Path) -> None:
    program = tmp_path / "kws_firmware"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    with pytest.raises(KwsError, match="ended with status 3"), host_firmware(program):
        pass


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_no_stray_process(firmware: Path, end: signal.Signals) -> None:
    script = (
        "import subprocess, sys, time\n"
        "from pathlib import Path\n"
        "from kws.firmware.child_process import child_process\n"
        f"with child_process([{str(firmware)!r}]) as p:\n"
        "    print(p.pid, p.stdout.readline(), flush=True)\n"
        "    time.sleep(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as host:
        assert host.stdout is not None
        pid = int(host.stdout.readline().split()[0])
        assert alive(pid)
        host.send_signal(end)
        host.wait(60)
    try:
        assert gone([pid]), f"the firmware outlived a host that got {end.name}"
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def test_a_firmware_that_dies_is_reported(firmware: Path) -> None:
    with host_firmware(firmware, "--tcp", "0") as url, connect(url) as device:
        device.handshake()
        pid = int(subprocess.check_output(["pgrep", "-nf", str(firmware)]))
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(KwsError, match="lost the connection to socket://"):
            device.classify(ClipKind.AUDIO, noise_clip(0).tobytes())


@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("/dev/no-such-port", "Serial ports of this machine"),
        ("socket://127.0.0.1:1", "Is the program that listens there running"),
        ("carrier-pigeon://x", "The form is socket://HOST:PORT"),
        ("/dev/null", "Is it a serial port"),
    ],
)
def test_ports_that_do_not_open(address: str, hint: str) -> None:
    with pytest.raises(KwsError, match="cannot open") as caught:
        SerialTransport(address)
    assert hint in caught.value.hint


def test_tcp_waits_no_longer_than_a_terminal(tcp_url: str) -> None:
    transport = SerialTransport(tcp_url, returns=True)
    assert transport.transfer_s(1100) == 0
    transport.close()
    emulator = SerialTransport(tcp_url)  # loses nothing: patience costs nothing there
    assert emulator.transfer_s(1100) > 5
    emulator.close()


def test_a_line_that_does_not_move_swallows_what_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect_module, "WRITE_TIMEOUT_S", 0.1)
    master, slave = os.openpty()
    transport = SerialTransport(os.ttyname(slave), returns=True)
    transport.write(bytes(1 << 20))
    assert transport.read(0.01) == b""
    transport.close()
    os.close(slave)
    os.close(master)


def test_clips_of_an_evaluation_are_what_the_device_must_answer(run: RunPaths, url: str) -> None:
    clips = load_clips(run, load_model(run), None, "testing", 3)
    with connect(url) as device:
        device.handshake(load_model(run).expected)
        for audio, scores in zip(clips.audio, clips.scores, strict=True):
            result = device.classify(ClipKind.AUDIO, audio.astype("<i2").tobytes())
            assert result.scores == tuple(scores.tolist())
