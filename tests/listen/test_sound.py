# SPDX-License-Identifier: Apache-2.0
"""Sound from files and from a microphone (a fake sounddevice: no machine of tests has one)."""

import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile

from kws.listen import file_blocks, microphone_blocks
from kws_codegen.base.errors import KwsError

RATE_HZ = 8000


class PortAudioError(Exception):
    pass


class Microphone:
    """Counts up; refuses 44,100 Hz; loses sound in its third block."""

    def __init__(self, samplerate: int, channels: int, dtype: str, blocksize: int, device: object):
        if samplerate == 44_100:
            raise PortAudioError("Invalid sample rate")
        if device == "nobody":
            raise ValueError("No input device matching 'nobody'")
        assert (channels, dtype, blocksize) == (1, "int16", samplerate * 80 // 1000)
        self.is_open = False
        self._next = self._blocks = 0

    def __enter__(self) -> "Microphone":
        self.is_open = True
        return self

    def __exit__(self, *_: object) -> None:
        self.is_open = False

    def read(self, count: int) -> tuple[np.ndarray, bool]:
        assert self.is_open
        self._blocks += 1
        block = np.arange(self._next, self._next + count, dtype=np.int16)[:, None]
        self._next += count
        return block, self._blocks == 3


@pytest.fixture
def sounddevice(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("sounddevice")
    module.InputStream = Microphone  # type: ignore[attr-defined]
    module.PortAudioError = PortAudioError  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sounddevice", module)


@pytest.mark.usefixtures("sounddevice")
def test_microphone(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = microphone_blocks(RATE_HZ)
    heard = [next(blocks) for _ in range(4)]
    assert np.array_equal(np.concatenate(heard), np.arange(4 * 640))
    assert heard[0].dtype == np.int16
    assert capsys.readouterr().err.count("sound is lost") == 1


@pytest.mark.usefixtures("sounddevice")
@pytest.mark.parametrize(
    ("rate_hz", "name", "words"),
    [(44_100, None, "at 44,100 Hz: Invalid sample rate"), (RATE_HZ, "nobody", "No input device")],
)
def test_microphone_that_cannot(rate_hz: int, name: str | None, words: str) -> None:
    with pytest.raises(KwsError, match=words) as caught:
        next(microphone_blocks(rate_hz, name))
    assert "--microphone" in caught.value.hint


@pytest.mark.parametrize("error", [ImportError("No module"), OSError("PortAudio not found")])
def test_without_sounddevice(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    class Finder:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "sounddevice":
                raise error

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])
    with pytest.raises(KwsError, match=f"no way to the microphone: {error}") as caught:
        next(microphone_blocks(RATE_HZ))
    assert "mcu-kws[audio]" in caught.value.hint and "libportaudio2" in caught.value.hint


def test_file_of_another_rate(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    soundfile.write(path, np.full((16_100, 2), 0.25), 16_000)
    blocks = list(file_blocks(path, RATE_HZ))
    assert [len(block) for block in blocks[:-1]] == [640] * 12
    assert sum(map(len, blocks)) == 8050
    assert abs(int(blocks[5][100]) - 8192) < 50


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(KwsError, match=r"no file .*nothing\.wav"):
        file_blocks(tmp_path / "nothing.wav", RATE_HZ)


def test_file_cut_short_is_heard_with_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "sound.wav"
    soundfile.write(path, np.zeros(RATE_HZ, np.int16), RATE_HZ)
    path.write_bytes(path.read_bytes()[:9_000])
    assert sum(map(len, file_blocks(path, RATE_HZ))) > 4000
    assert "sound.wav: cut short: " in " ".join(capsys.readouterr().err.split())
