# SPDX-License-Identifier: Apache-2.0
"""A session with devices that misbehave: silence, NAKs, half frames, restarts, wrong builds."""

import io
import re
import struct
from dataclasses import replace

import pytest

from kws.link import client
from kws.link.client import Device
from kws.link.errors import CLIP_ATTEMPTS, ClipLostError, ConnectionLostError, DeviceError
from kws.link.framing import encode_frame
from kws.link.handshake import Expected
from kws.link.trace import Trace
from kws_codegen import FORMAT_VERSION
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import labels_hash
from kws_codegen.protocol.messages import ClipKind, ClipResult, Command, DeviceLabels, Status
from kws_codegen.protocol.wire import MessageError
from tests.support.fake_device import EXPECTED, LABELS, RESULT, EveryOther, FakeDevice, opened
from tests.support.protocol_examples import hello_payload

pytestmark = pytest.mark.usefixtures("impatient")


def test_clip_goes_out_in_chunks_that_the_device_takes() -> None:
    fake = FakeDevice()
    clip = bytes(range(256)) * 5
    assert opened(fake).classify(ClipKind.AUDIO, clip) == ClipResult.decode(RESULT)
    commands = [request[0] for request in fake.carried_out]
    assert commands == [Command.HELLO, Command.CLIP_BEGIN, *[Command.CLIP_DATA] * 3, Command.RESULT]
    assert b"".join(r[6:] for r in fake.carried_out if r[0] == Command.CLIP_DATA) == clip
    assert [request[1] for request in fake.carried_out] == [1, 2, 3, 4, 5, 6]


def test_features_are_read_in_chunks() -> None:
    fake = FakeDevice()
    session = opened(fake)
    session.features(ClipKind.AUDIO, b"ab")
    asked = [struct.unpack("<IH", r[2:]) for r in fake.carried_out if r[0] == Command.GET_FEATURES]
    assert asked == [(0, 512), (512, 512), (1024, 512), (1536, 424)]


def test_sequence_numbers_wrap() -> None:
    fake = FakeDevice()
    session = opened(fake)
    for _ in range(300):
        session.stats()
    numbers = [request[1] for request in fake.carried_out]
    assert numbers == [(i + 1) % 256 for i in range(301)]


@pytest.mark.parametrize(
    ("stats", "advice"),
    [
        (struct.pack("<6I", 0, 0, 0, 0, 0, 70000), "needs 70000: .* say --arena-bytes 70000 "),
        (struct.pack("<6I", 0, 0, 0, 0, 0, 7), "kernels need more. Try --arena-bytes {twice} "),
        (Status.MODEL_ARENA, "kernels need more. Try --arena-bytes {twice} "),
        (b"", "kernels need more. Try --arena-bytes {twice} "),
    ],
)
def test_too_small_an_arena_is_answered_with_a_size_that_works(
    stats: bytes | Status, advice: str
) -> None:
    fake = FakeDevice()
    session = opened(fake)
    reserved = session.handshake().activation_bytes
    fake.payloads[Command.CLIP_BEGIN] = Status.MODEL_ARENA
    fake.payloads[Command.STATS] = stats
    with pytest.raises(DeviceError) as caught:
        session.classify(ClipKind.AUDIO, bytes(2))
    hint = caught.value.hint
    assert f"It has {reserved} bytes" in hint
    assert re.search(advice.format(twice=2 * reserved), hint)


def test_a_refusal_names_the_command_and_the_reason() -> None:
    fake = FakeDevice()
    session = opened(fake)
    fake.payloads[Command.CLIP_BEGIN] = Status.BAD_INPUT
    with pytest.raises(DeviceError, match="refused CLIP_BEGIN: the clip's length or kind"):
        session.classify(ClipKind.AUDIO, bytes(2))


def test_a_restart_in_the_middle_of_a_clip_is_survived_and_its_fault_kept() -> None:
    class Restarting(FakeDevice):
        crashed = False

        def answer(self, request: bytes) -> bytes:
            if request[0] == Command.RESULT and not self.crashed:
                self.crashed = True
                self.payloads[Command.FAULT] = struct.pack("<B6I", 1, 0x1234, 0, 0, 0, 0, 0)
                return encode_frame(bytes([0x85, request[1], Status.BAD_SEQUENCE]))
            return super().answer(request)

    session = opened(Restarting())
    assert session.classify(ClipKind.AUDIO, bytes(2)).best == 3
    assert session.restarts == 1
    assert [fault.pc for fault in session.faults] == [0x1234]


def test_a_device_that_restarts_on_a_clip_for_ever_is_ready_for_the_next() -> None:
    fake = FakeDevice()
    session = opened(fake)
    good = fake.payloads[Command.RESULT]
    fake.payloads[Command.RESULT] = Status.BAD_SEQUENCE
    with pytest.raises(ClipLostError, match="restarted in all 3 attempts"):
        session.classify(ClipKind.AUDIO, bytes(2))
    assert session.restarts == CLIP_ATTEMPTS
    fake.payloads[Command.RESULT] = good
    assert session.classify(ClipKind.AUDIO, bytes(2)).best == 3


class Unplugged(FakeDevice):
    """Its port goes at each RESULT, `outages` times, and is back at once."""

    returns = True

    def __init__(self, outages: int) -> None:
        super().__init__()
        self.outages = outages
        self.payloads[Command.FAULT] = bytes(25)

    def write(self, data: bytes) -> None:
        super().write(data)
        if self.requests[-1][0] == Command.RESULT and self.outages:
            self.outages -= 1
            raise ConnectionLostError(self.name, "unplugged")

    def reopen(self, _: float) -> None:
        self._wire.clear()


def test_a_clip_is_sent_again_after_an_outage() -> None:
    fake = Unplugged(1)
    session = opened(fake)
    assert session.classify(ClipKind.AUDIO, bytes(2)).best == 3
    assert (session.outages, session.restarts) == (1, 0)
    clip = [Command.CLIP_BEGIN, Command.CLIP_DATA, Command.RESULT]
    again = [Command.HELLO, Command.FAULT, *clip]
    assert [request[0] for request in fake.carried_out] == [Command.HELLO, *clip, *again]


def test_an_outage_before_the_session_is_open_again_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_OUTAGE_PAUSE_S", 0)

    class Twice(Unplugged):
        again = True

        def write(self, data: bytes) -> None:
            super().write(data)
            if self.again and self.requests[-1][0] == Command.FAULT:
                self.again = False
                raise ConnectionLostError(self.name, "unplugged again")

    session = opened(Twice(1))
    assert session.classify(ClipKind.AUDIO, bytes(2)).best == 3
    assert session.outages == 2


def test_a_port_that_goes_with_each_attempt_ends_the_session() -> None:
    session = opened(Unplugged(1000))
    with pytest.raises(ConnectionLostError, match="lost the connection to fake: unplugged"):
        session.classify(ClipKind.AUDIO, bytes(2))
    assert session.outages == client.CLIP_OUTAGES - 1


def test_a_device_with_other_firmware_after_an_outage_is_refused() -> None:
    fake = Unplugged(1)
    session = opened(fake)
    other = bytes(range(1, 33)).hex()
    fake.payloads[Command.HELLO] = hello_payload(labels_hash=other)
    with pytest.raises(KwsError, match="another device answers than before: host"):
        session.classify(ClipKind.AUDIO, bytes(2))


def test_a_result_for_other_classes() -> None:
    fake = FakeDevice()
    fake.payloads[Command.RESULT] = struct.pack("<BBHQQI3b", 1, 3, 49, 10, 20, 1, 1, 2, 3)
    with pytest.raises(MessageError, match="3 scores for 12 classes"):
        opened(fake).classify(ClipKind.AUDIO, bytes(2))


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("features_hash", "the front end's configuration"),
        ("model_hash", "the model: device 202122"),
        ("labels", "the list of labels"),
    ],
)
def test_handshake_refuses_another_build_and_says_what_differs(part: str, words: str) -> None:
    other = replace(EXPECTED, **{part: ("other",) if part == "labels" else "ff" * 32})
    with pytest.raises(KwsError, match="built from something else") as caught:
        Device(FakeDevice()).handshake(other)
    assert words in caught.value.message
    assert caught.value.message.count("device ") == 1
    assert "kws build" in caught.value.hint


class Labelled(FakeDevice):
    """A device that answers GET_LABELS, at most `page` names at a time."""

    def __init__(self, labels: tuple[str, ...], page: int = 3) -> None:
        super().__init__()
        self.labels = labels
        self.page = page
        self.payloads[Command.HELLO] = hello_payload(labels_hash=labels_hash(labels))

    def answer(self, request: bytes) -> bytes:
        if request[0] == Command.GET_LABELS:
            labels = self.labels[request[2] : request[2] + self.page]
            self.payloads[Command.GET_LABELS] = DeviceLabels(labels).encode()
        return super().answer(request)


def refusal(device: FakeDevice, expected: Expected = EXPECTED) -> list[str]:
    with pytest.raises(KwsError, match="built from something else") as caught:
        Device(device).handshake(expected)
    return caught.value.message.splitlines()[1:]


def test_a_refusal_says_which_words_differ() -> None:
    fake = Labelled((*LABELS[:10], "cat", "d\N{LATIN SMALL LETTER O WITH DIAERESIS}g"))
    lines = refusal(fake)
    assert lines[0].startswith("  the list of labels: device ")
    assert lines[1:] == [
        "    only the device knows: 'cat', 'd\N{LATIN SMALL LETTER O WITH DIAERESIS}g'",
        "    only this run expects: 'word10', 'word11'",
    ]
    asked = [request[2] for request in fake.carried_out if request[0] == Command.GET_LABELS]
    assert asked == [0, 3, 6, 9]


def test_a_refusal_lists_few_words_and_short_ones() -> None:
    fake = Labelled(tuple(f"{i}\n" + "x" * 60 for i in range(12)), page=12)
    lines = refusal(fake)
    assert lines[1].startswith("    only the device knows: '0\\nxxxx")
    assert lines[1].endswith("xxx...' and 7 more") and len(lines[1]) < 300
    assert lines[2].startswith("    only this run expects: 'word0', 'word1', 'word2', 'word3', ")


def test_a_refusal_says_where_the_order_differs() -> None:
    lines = refusal(Labelled((*LABELS[:10], LABELS[11], LABELS[10])))
    assert lines[1:] == ["    class 10 is 'word11' on the device, 'word10' here"]


def test_a_refusal_compares_long_labels_as_they_are_sent() -> None:
    long = ("y" * 254 + "\N{EURO SIGN}",)
    lines = refusal(Labelled(LABELS[:11] + long), replace(EXPECTED, labels=("other", *long)))
    assert "yyy" not in lines[2] and lines[2].endswith("expects: 'other'")


def test_a_refusal_of_more_labels_than_were_sent() -> None:
    fake = Labelled(LABELS[:2])
    assert refusal(fake)[1].startswith("    only this run expects: 'word2', ")
    asked = [request[2] for request in fake.carried_out if request[0] == Command.GET_LABELS]
    assert asked == [0, 2]


def test_firmware_that_does_not_know_get_labels_is_refused_as_before() -> None:
    lines = refusal(FakeDevice(), replace(EXPECTED, labels=("other",)))
    assert len(lines) == 1 and lines[0].startswith("  the list of labels: device ")


def test_the_right_labels_are_not_asked_for() -> None:
    fake = FakeDevice()
    opened(fake)
    assert [request[0] for request in fake.carried_out] == [Command.HELLO]


def test_handshake_refuses_another_protocol() -> None:
    fake = FakeDevice()
    fake.payloads[Command.HELLO] = hello_payload(version=9)
    with pytest.raises(KwsError, match="speaks version 9 of the serial protocol") as caught:
        Device(fake).handshake(EXPECTED)
    assert "kws build" in caught.value.hint


def test_handshake_refuses_another_format() -> None:
    fake = FakeDevice()
    fake.payloads[Command.HELLO] = b"\x01\x63" + hello_payload()[2:]
    with pytest.raises(KwsError, match="generated in format 99") as caught:
        Device(fake).handshake(EXPECTED)
    assert "kws generate" in caught.value.hint


def test_more_operators_labels_or_features_than_there_are() -> None:
    fake = FakeDevice()
    session = opened(fake)
    fake.payloads[Command.PROFILE] = struct.pack("<3I", 1, 2, 3)
    with pytest.raises(MessageError, match="more than 255 operators"):
        session.profile()
    with pytest.raises(MessageError, match="24 labels for 12 classes"):
        Device(Labelled(LABELS * 2, page=24)).handshake(EXPECTED)


def test_trace_has_every_packet() -> None:
    text = io.StringIO()
    fake = FakeDevice(EveryOther(lambda frame: frame[:4] + b"\0"))
    Device(fake, Trace(text)).handshake()
    lines = [line.split(" ", 1)[1] for line in text.getvalue().splitlines()]
    assert lines[0] == "> HELLO #1 01 01 01"
    assert lines[1].startswith("< damaged ")
    assert lines[2] == "> HELLO #1 01 01 01 (resend 1)"
    assert lines[3].startswith(f"< HELLO #1 81 01 00 01 {FORMAT_VERSION:02x} 0c")
