# SPDX-License-Identifier: Apache-2.0
"""A device that answers whatever it likes: no traceback, no path, nothing outside the run."""

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kws.evaluate import device_session, evaluation
from kws.evaluate.clips import load_model
from kws.evaluate.options import EvaluationOptions
from kws.evaluate.report_files import write_report
from kws.link.client import Device
from kws.link.framing import decode_frame, encode_frame
from kws.run.paths import RunPaths
from kws_codegen import FORMAT_VERSION
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import labels_hash
from kws_codegen.protocol.messages import ClipKind, Command, DeviceLabels, Status
from kws_codegen.protocol.wire import MessageError
from tests.support.fake_device import EXPECTED, LABELS, RESULT, FakeDevice
from tests.support.protocol_examples import hello_payload
from tests.support.tiny_run import CONFIG, tiny_run

pytestmark = pytest.mark.usefixtures("impatient", "gives_up_soon")

HELLO = hello_payload(labels_hash=labels_hash(LABELS))
TIMES = struct.pack("<3I", 1, 2, 3)
CLIP = bytes(2 * 16_000)


def session(device: FakeDevice) -> None:
    """All that a host asks a device."""
    wire = Device(device)
    wire.handshake(EXPECTED)
    wire.classify(ClipKind.AUDIO, CLIP)
    wire.features(ClipKind.AUDIO, CLIP)
    wire.profile()
    wire.fault()
    wire.stats()
    wire.reset()


def good_device() -> FakeDevice:
    device = FakeDevice()
    device.payloads[Command.HELLO] = HELLO
    device.payloads[Command.PROFILE] = b""
    return device


def malformed(payload: bytes) -> Iterator[bytes]:
    """Cut everywhere, lengthened, and every byte at its extremes."""
    yield from (payload[:length] for length in range(len(payload)))
    yield from (payload + bytes(count) for count in (1, 100, 400))
    for i in range(len(payload)):
        for value in (0, 0xFF, ord("/"), 0x1B):
            yield payload[:i] + bytes([value]) + payload[i + 1 :]


@pytest.mark.parametrize(
    ("command", "payload"),
    [
        (Command.HELLO, HELLO),
        (Command.CLIP_BEGIN, b""),
        (Command.CLIP_DATA, bytes(4)),
        (Command.GET_FEATURES, bytes(8)),
        (Command.RESULT, RESULT),
        (Command.STATS, bytes(24)),
        (Command.RESET, b""),
        (Command.FAULT, bytes(25)),
        (Command.PROFILE, TIMES),
    ],
)
def test_malformed_answers_are_no_traceback(command: Command, payload: bytes) -> None:
    for answer in malformed(payload):
        device = good_device()
        device.payloads[command] = answer
        try:
            session(device)
        except KwsError as error:
            assert "\x1b" not in error.message


@given(st.sampled_from([c for c in Command if c != Command.GET_LABELS]), st.binary(max_size=600))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_payload_is_no_traceback(command: Command, payload: bytes) -> None:
    device = good_device()
    device.payloads[command] = payload
    with suppress(KwsError):
        session(device)


@pytest.mark.parametrize("status", range(256))
def test_any_status_is_no_traceback(status: int) -> None:
    def tamper(frame: bytes) -> bytes:
        packet = decode_frame(frame.strip(b"\0"))
        assert packet is not None
        return encode_frame(packet[:2] + bytes([status]) + packet[3:])

    device = good_device()
    device.tamper = tamper
    if status == Status.OK:
        device.payloads[Command.GET_FEATURES] = b""
    with pytest.raises(KwsError):
        session(device)


NUMBERS = ("classes", "channels", "frames", "max_chunk_bytes", "clip_samples", "sample_rate_hz")


@pytest.mark.parametrize(("place", "name"), list(zip((2, 3, 4, 6, 8, 12), NUMBERS, strict=True)))
def test_counts_of_zero_are_refused(place: int, name: str) -> None:
    size = 1 if place < 4 else 2 if place < 8 else 4
    device = good_device()
    device.payloads[Command.HELLO] = HELLO[:place] + bytes(size) + HELLO[place + size :]
    with pytest.raises(MessageError, match=name):
        Device(device).handshake()


def hello_named(position: int, name: str) -> bytes:
    names = [b"0.1.0", b"host", b"static", b"ns"]
    names[position] = name.encode()
    return HELLO[:124] + b"".join(bytes([len(n)]) + n for n in names)


@pytest.mark.parametrize("position", range(4))
@pytest.mark.parametrize("name", ["../../x", "/etc/x", "..", "", "a\x1b[31m", "a\nb", "a b", "\0"])
def test_names_that_are_none_are_refused(position: int, name: str) -> None:
    device = good_device()
    device.payloads[Command.HELLO] = hello_named(position, name)
    with pytest.raises(MessageError) as error:
        Device(device).handshake()
    assert repr(name) in error.value.message


def test_more_operators_than_there_can_be() -> None:
    device = good_device()
    device.payloads[Command.PROFILE] = TIMES
    with pytest.raises(MessageError, match="more than 255 operators"):
        session(device)


def test_features_that_are_too_few() -> None:
    device = good_device()
    device.payloads[Command.GET_FEATURES] = bytes(3)
    with pytest.raises(MessageError, match="3 bytes of features for 512"):
        session(device)


def test_more_labels_than_classes() -> None:
    device = good_device()
    device.payloads[Command.HELLO] = hello_payload()
    device.payloads[Command.GET_LABELS] = DeviceLabels(("a",) * 13).encode()
    with pytest.raises(MessageError, match="13 labels for 12 classes"):
        Device(device).handshake(EXPECTED)


def test_another_number_of_classes() -> None:
    device = good_device()
    device.payloads[Command.HELLO] = HELLO[:2] + b"\x63" + HELLO[3:]
    with pytest.raises(KwsError, match="99 classes with the labels of 12"):
        Device(device).handshake(EXPECTED)


def test_another_device_after_a_restart() -> None:
    device = good_device()
    wire = Device(device)
    wire.handshake(EXPECTED)
    device.payloads[Command.HELLO] = HELLO[:2] + b"\x63" + HELLO[3:]
    device.payloads[Command.CLIP_BEGIN] = Status.BAD_SEQUENCE
    with pytest.raises(KwsError, match="another device answers than before"):
        wire.classify(ClipKind.AUDIO, CLIP)


@pytest.fixture
def evaluated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[FakeDevice], RunPaths]:
    """Evaluates a tiny run on a device; its files are the only ones that appear."""
    run = tiny_run(tmp_path)

    def call(device: FakeDevice) -> RunPaths:
        @contextmanager
        def opened(firmware: None, *options: object) -> Iterator[Device]:
            assert firmware is None and "fake" in options
            yield Device(device)

        monkeypatch.setattr(device_session, "open_device", opened)
        result = evaluation.evaluate(run, EvaluationOptions(ports=("fake",)), None)
        write_report(result, run.evaluation)
        return run

    return call


def device_of(run_folder: Path) -> FakeDevice:
    """One whose hashes are those of the tiny run, and whose features are wrong."""
    expected = load_model(RunPaths(run_folder / "run")).expected
    shape = (len(CONFIG.data.labels), CONFIG.features.channels, CONFIG.frames, 512)
    numbers = struct.pack(
        "<BBBBHHIIIII", 1, FORMAT_VERSION, *shape, CONFIG.clip_samples, 8000, 5, 6, 7
    )
    hashes = (expected.features_hash, expected.model_hash, labels_hash(expected.labels))
    names = hello_named(1, "host")[124:]
    device = good_device()
    device.payloads[Command.HELLO] = numbers + bytes.fromhex("".join(hashes)) + names
    result = struct.pack("<BBHQQI4b", 3, 4, 49, 2**64 - 1, 2**64 - 1, 0, *range(4))
    device.payloads[Command.RESULT] = result
    return device


def test_evaluation_of_a_device_that_lies(
    tmp_path: Path, evaluated: Callable[[FakeDevice], RunPaths]
) -> None:
    before = set(tmp_path.rglob("*"))
    run = evaluated(device_of(tmp_path))
    new = {path for path in tmp_path.rglob("*") if path not in before}
    assert (run.evaluation / "host-port.json").is_file()
    assert all(path.is_relative_to(run.evaluation) for path in new)


def test_board_that_is_a_path_writes_nothing(
    tmp_path: Path, evaluated: Callable[[FakeDevice], RunPaths]
) -> None:
    device = device_of(tmp_path)
    hello = device.payloads[Command.HELLO]
    assert isinstance(hello, bytes)
    device.payloads[Command.HELLO] = hello[:124] + hello_named(1, "../../x")[124:]
    before = set(tmp_path.rglob("*"))
    with pytest.raises(MessageError, match=r"\.\./\.\./x"):
        evaluated(device)
    assert set(tmp_path.rglob("*")) == before
