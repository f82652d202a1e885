# SPDX-License-Identifier: Apache-2.0
"""A device that listens: every decision equals the host's, on good lines and bad ones."""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from kws.firmware.cmake import build_firmware
from kws.firmware.launch import host_firmware
from kws.link.client import Device
from kws.link.connect import connect
from kws.link.handshake import Expected
from kws_codegen.base.detect_config import DetectConfig
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import config_hash
from kws_codegen.generate import generate
from kws_codegen.protocol.messages import ClipKind, GetDecision, StreamData
from tests.support.bad_line import BadLine, Faults
from tests.support.heard import babble, expected_decisions, plain
from tests.support.tiny_run import CONFIG, tiny_model

DETECT = DetectConfig(
    interval_ms=60, smoothing=2, threshold=0.3, thresholds={"no": 0.35}, refractory_ms=300
)
LISTENING = replace(CONFIG, detect=DETECT)
GATED = replace(CONFIG, detect=replace(DETECT, gate_dbfs=-50.0))
HASH = config_hash(DETECT)


def build(folder: Path, detect: DetectConfig) -> Path:
    generate(CONFIG.interface, tiny_model(), folder / "generated", "kws generate", detect)
    return build_firmware(folder / "generated", folder / "build", sanitize=True)


@pytest.fixture(scope="module")
def listener(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("listener"), DETECT)


@pytest.fixture
def device(listener: Path) -> Iterator[Device]:
    with host_firmware(listener) as url, connect(url) as opened:
        opened.handshake()
        yield opened


def test_decisions_are_those_of_the_host(device: Device) -> None:
    samples = babble(LISTENING, 8, seed=1)
    expected = expected_decisions(LISTENING, tiny_model(), samples)
    heard = [plain(decision) for decision in device.listen(samples)]
    assert heard == expected
    assert sum(event is not None for _, _, event in expected) > 5
    assert len({event.word for _, _, event in expected if event is not None}) == 2


def test_any_portions(device: Device) -> None:
    samples = babble(LISTENING, 3, seed=2)
    expected = expected_decisions(LISTENING, tiny_model(), samples)
    random = np.random.default_rng(3)
    for largest in (7, 300, 5000):
        stream = device.begin_stream()
        heard, start = [], 0
        while start < len(samples):
            end = start + int(random.integers(1, largest))
            heard += [plain(decision) for decision in stream.hear(samples[start:end])]
            start = end
        assert heard == expected


def test_a_gate_keeps_the_model_waiting(tmp_path: Path) -> None:
    samples = babble(GATED, 5, seed=4, quiet_s=4)
    expected = expected_decisions(GATED, tiny_model(), samples)
    with host_firmware(build(tmp_path, GATED.detect)) as url, connect(url) as device:
        device.handshake()
        heard = [plain(decision) for decision in device.listen(samples)]
        cost = device.stream_stats()
    assert heard == expected
    gaps = np.diff([samples for samples, _, _ in heard])
    assert gaps.max() > 2 * CONFIG.features.sample_rate_hz
    assert cost.frames == CONFIG.features.frames(len(samples))


def test_clips_and_streams_do_not_disturb_each_other(device: Device) -> None:
    clip = babble(LISTENING, 1, seed=5).astype("<i2").tobytes()
    samples = babble(LISTENING, 2, seed=6)
    expected = [plain(decision) for decision in device.listen(samples)]
    alone = device.classify(ClipKind.AUDIO, clip).scores
    assert [plain(decision) for decision in device.listen(samples)] == expected
    assert device.classify(ClipKind.AUDIO, clip).scores == alone


def test_a_clip_ends_the_stream(device: Device) -> None:
    stream = device.begin_stream()
    list(stream.hear(np.zeros(500, np.int16)))
    device.classify(ClipKind.AUDIO, bytes(2 * CONFIG.clip_samples))
    with pytest.raises(KwsError, match="STREAM_DATA: the command does not fit the state"):
        list(stream.hear(np.zeros(500, np.int16)))


def test_requests_that_do_not_fit(device: Device) -> None:
    with pytest.raises(KwsError, match="does not fit the state"):
        device._ask(StreamData(0, bytes(2)))
    device.begin_stream()
    for request, words in {
        StreamData(2, bytes(2)): "does not fit the state",
        StreamData(0, b""): "has not the length",
        StreamData(0, bytes(3)): "has not the length",
        GetDecision(0): "does not fit the state",
    }.items():
        with pytest.raises(KwsError, match=words):
            device._ask(request)


def test_only_the_last_decisions_are_kept(device: Device) -> None:
    samples = babble(LISTENING, 3, seed=7)
    expected = [plain(decision) for decision in device.listen(samples)]
    kept = device.begin_stream().info.kept
    list(device.listen(samples))
    for number in range(len(expected) - kept, len(expected)):
        decision = device._ask(GetDecision(number))
        assert (decision.samples, list(decision.scores)) == expected[number][:2]
    for number in (len(expected) - kept - 1, len(expected), (1 << 32) - 1):
        with pytest.raises(KwsError, match="does not fit the state"):
            device._ask(GetDecision(number))


def test_another_detector_is_refused(device: Device) -> None:
    other = config_hash(replace(DETECT, threshold=0.31))
    interface = CONFIG.interface
    expected = Expected(
        config_hash(interface.features), sha256(tiny_model()).hexdigest(), interface.labels, HASH
    )
    device.handshake(expected)
    samples = babble(LISTENING, 1.5, seed=0)
    assert list(device.listen(samples))
    device.handshake(replace(expected, detect_hash=other))
    device.classify(ClipKind.AUDIO, bytes(2 * CONFIG.clip_samples))
    with pytest.raises(KwsError, match=r"another \[detect\] than this run: device ") as caught:
        list(device.listen(samples))
    assert HASH[:12] in caught.value.message and other[:12] in caught.value.message
    assert "kws generate, kws build" in caught.value.hint


def test_cost(device: Device) -> None:
    samples = babble(LISTENING, 3, seed=8)
    list(device.listen(samples))
    cost = device.stream_stats()
    assert cost.frames == CONFIG.features.frames(len(samples))
    assert cost.time / cost.frames <= cost.longest < cost.time


FAULTS = {
    "flips": Faults(flip=1e-3),
    "everything": Faults(flip=5e-4, drop=5e-4, double=5e-4, insert=5e-4, cut=0.01, lose=0.01),
    "lost": Faults(lose=0.05),
    "burst": Faults(burst_bytes=1 << 14, at_frame=10),
    "stall": Faults(stall_s=1.5, at_frame=10),
    "outages": Faults(outage_s=0.6, outages=2, at_frame=10),
}


@pytest.mark.parametrize("name", FAULTS)
def test_no_decision_is_lost_and_none_is_wrong(listener: Path, name: str) -> None:
    samples = babble(LISTENING, 6, seed=9)
    expected = expected_decisions(LISTENING, tiny_model(), samples)
    with (
        host_firmware(listener, "--tcp", "0") as url,
        BadLine(url, FAULTS[name], 3) as line,
        connect(line.url, returns=True) as device,
    ):
        device.handshake()
        heard = [plain(decision) for decision in device.listen(samples)]
        assert heard == expected
        assert device.restarts == 0 and device.outages == line.done["outages"]
    assert sum(line.done.values()) > line.done["frames"]  # something did go wrong


def test_a_device_that_restarts_hears_it_all_again(device: Device) -> None:
    samples = babble(LISTENING, 2, seed=10)
    expected = expected_decisions(LISTENING, tiny_model(), samples)
    heard = []
    for decision in device.listen(samples):
        heard.append(plain(decision))
        if len(heard) == 5 and not device.restarts:
            device._exchange.flight.clear()
            device._exchange.sync(1)
            device.reset()
    assert heard == expected and device.restarts == 1
