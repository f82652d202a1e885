# SPDX-License-Identifier: Apache-2.0
"""The host's side of the debug firmware's packets, against a scripted device."""

from collections import deque
from typing import Any, cast

import numpy as np
import pytest

from kws.compare.device import TracingDevice
from kws.link.framing import FrameReader, encode_frame
from kws_codegen.base.errors import KwsError

OK, BAD_STATE = b"\0", b"\x04"


class ScriptedDevice:
    """Answers START and SAMPLES well; what RUN gives is the script, one entry an attempt."""

    name = "scripted"

    def __init__(self, *runs: list[bytes], status: bytes = OK) -> None:
        self.runs = deque(runs)
        self.status = status
        self.clips = 0
        self.samples = b""
        self.waiting = b""
        self._reader = FrameReader()

    def write(self, data: bytes) -> None:
        for frame in self._reader.feed(data):
            assert frame.packet is not None
            kind, token, rest = frame.packet[:1], frame.packet[1:2], frame.packet[2:]
            self.clips += kind == b"S"
            self.samples = b"" if kind == b"S" else self.samples + rest
            answers = self.runs.popleft() if kind == b"R" else []
            for packet in answers:
                self.waiting += encode_frame(packet)
            if not answers or answers[-1][:1] == b"V":
                self.waiting += encode_frame(kind + token + (self.status if kind == b"R" else OK))

    def read(self, timeout_s: float) -> bytes:
        del timeout_s
        data, self.waiting = self.waiting[:7], self.waiting[7:]  # in pieces
        return data


def values(name: str, data: bytes, number: int = 0) -> bytes:
    return b"V" + number.to_bytes(2, "little") + bytes([len(name)]) + name.encode() + data


def trace(device: ScriptedDevice, count: int = 300) -> dict[str, Any]:
    samples = np.arange(count, dtype=np.int16)
    tracer = TracingDevice(cast(Any, device), silence_s=0.1)
    result = tracer.trace("scripted", "clip", samples).values
    assert device.samples == samples.tobytes()
    return result


def test_values_are_put_together() -> None:
    device = ScriptedDevice(
        [
            values("filterbank", b"\x01\0\0\0"),
            values("filterbank", b"\xff\xff\xff\xff"),
            values("operator", b"\x80\x7f", 300),
        ]
    )
    result = trace(device)
    assert list(result) == ["filterbank", "operator 300"]
    assert result["filterbank"].tolist() == [1, 2**32 - 1]
    assert result["operator 300"].tolist() == [-128, 127]


def test_model_that_could_not_run_leaves_a_short_trace() -> None:
    """A front end that gives too few frames: what it gave is there to be compared."""
    assert list(trace(ScriptedDevice([values("pcm", b"\0\0")], status=BAD_STATE))) == ["pcm"]


def test_silence_in_the_middle_takes_the_clip_again() -> None:
    device = ScriptedDevice([b"??"], [values("pcm", b"\0\0")])
    assert trace(device)["pcm"].tolist() == [0]
    assert device.clips == 2


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ([b"F\x02\x10\x20\x30\x40"], "ran into its guard, program counter 0x40302010"),
        ([values("echo", b"\0")], "names a stage 'echo'"),
    ],
)
def test_what_ends_a_trace(script: list[bytes], message: str) -> None:
    with pytest.raises(KwsError, match=message):
        trace(ScriptedDevice(script))


def test_refusal_is_in_words() -> None:
    with pytest.raises(KwsError, match="scripted cannot run the clip: the model runtime failed"):
        trace(ScriptedDevice([values("pcm", b"\0\0")], status=b"\x07"))


def test_always_silent() -> None:
    with pytest.raises(KwsError, match=r"scripted was silent"):
        trace(ScriptedDevice(*[[b"??"]] * 3))
