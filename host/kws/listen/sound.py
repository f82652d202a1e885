# SPDX-License-Identifier: Apache-2.0
"""Where sound comes from: a file, or this computer's microphone, in blocks of int16 samples."""

from collections.abc import Iterator
from pathlib import Path

from kws.console import warn
from kws.data.audio import Samples, load_recording
from kws_codegen.base.errors import KwsError

BLOCK_MS = 80


def block_samples(rate_hz: int) -> int:
    """Samples of a block."""
    return rate_hz * BLOCK_MS // 1000


def file_blocks(path: Path, rate_hz: int) -> Iterator[Samples]:
    """A sound file of any kind and rate, as fast as it is wanted. KwsError when it is none."""
    if not path.is_file():
        raise KwsError(f"no file {path}", "Give --file a sound file.")
    sound = load_recording(path, rate_hz)
    size = block_samples(rate_hz)
    return (sound[start : start + size] for start in range(0, len(sound), size))


def microphone_blocks(rate_hz: int, name: str | None = None) -> Iterator[Samples]:
    """What the microphone hears from now on, without end; `name`: part of the microphone's.

    KwsError when sounddevice or the microphone is missing, or does not take the rate.
    """
    try:
        import sounddevice
    except (ImportError, OSError) as error:  # OSError: without the library PortAudio
        raise KwsError(
            f"no way to the microphone: {error}",
            "Install both parts: pip install 'mcu-kws[audio]', and sudo apt-get install "
            "libportaudio2. Or give a recording: --file sound.wav.",
        ) from None
    size, warned = block_samples(rate_hz), False
    try:
        with sounddevice.InputStream(
            samplerate=rate_hz, channels=1, dtype="int16", blocksize=size, device=name
        ) as stream:
            while True:
                samples, overflowed = stream.read(size)
                if overflowed and not warned:
                    warned = True
                    warn("sound is lost: the device hears more slowly than it is said")
                yield samples[:, 0]
    except (sounddevice.PortAudioError, ValueError) as error:  # ValueError: no such name
        raise KwsError(
            f"the microphone cannot be used at {rate_hz:,} Hz: {error}",
            "python -m sounddevice lists them; --microphone takes a part of a name.",
        ) from None
