# SPDX-License-Identifier: Apache-2.0
"""Sound files to int16 samples: decode, mix to mono, resample, cut or pad."""

import io
import os
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from kws.console import warn
from kws_codegen.base.errors import KwsError

Samples = NDArray[np.int16]
Waves = NDArray[np.float32]
"""[clips, samples] that are being changed, in int16 steps."""

FULL_SCALE = 32_768
"""What 1.0 in a recording is as int16 (its largest value is one less)."""


SILENT_PEAK = 100
"""A clip whose loudest sample is below this (of 32,768: -50 dB) counts as silent."""

MOST_SAMPLES = 2**27
"""Of one recording a channel, also after resampling: 46 minutes at 48 kHz; more is refused."""

RATES_HZ = (1_000, 1_000_000)
"""Lowest and highest sample rate that a recording has; others are damaged headers."""

_BLOCK_FRAMES = 1 << 16
_MOST_CHUNKS = 100  # of a wav file before its sound
_UNKNOWN_LENGTH = 0x7FFF_0000  # and above: written to a pipe, where the length was not known
_LOUDEST_FLOAT = 8.0  # of floating-point samples, whose full scale is 1: above, they are integers
_CANCELLED = 0.001  # energy of the average, of that of the channels


def load_clip(path: Path | str, sample_rate_hz: int) -> Samples:
    """Decode a wav, flac, ogg or mp3 file of any rate and channel count.

    Returns int16 mono [samples] at `sample_rate_hz`, at least one sample. Channels are
    averaged, but where that would leave nothing (one is the other upside down) the first is
    taken; another rate is resampled by soxr; 16-bit mono at the same rate stays bit for bit.
    Memory is bounded whatever the header says. Raises KwsError when the file cannot be decoded,
    has no samples, too many, or none that can be sound.
    """
    replace_it = "Replace or remove the file."
    try:
        mono, rate_hz = _decoded(Path(path), sample_rate_hz)
    except (soundfile.SoundFileError, OSError, RuntimeError) as error:
        reason = getattr(error, "error_string", str(error)).strip()
        raise KwsError(
            f"{path}: not readable as sound ({reason})",
            "Supported are wav, flac, ogg and mp3. Replace or remove the file.",
        ) from None
    if not np.isfinite(mono).all():
        raise KwsError(f"{path}: holds samples that are not numbers (NaN or infinity)", replace_it)
    if not mono.size:
        if (fault := wav_fault(Path(path))) is not None:
            raise KwsError(f"{path}: {fault}", replace_it)
        raise KwsError(f"{path}: no samples (0 s long)", replace_it)
    loudest = float(np.abs(mono).max())
    if loudest > _LOUDEST_FLOAT:
        raise KwsError(
            f"{path}: samples of up to {loudest:,.0f} where full scale is 1: integers that were "
            "saved as floating point",
            "Save it as 16-bit PCM, with the values as they are.",
        )
    if rate_hz != sample_rate_hz:
        mono = soxr.resample(mono, rate_hz, sample_rate_hz)
    if not mono.size:
        raise KwsError(f"{path}: no samples (0 s long)", replace_it)
    mono *= FULL_SCALE
    return to_int16(mono)


def load_recording(path: Path, sample_rate_hz: int) -> Samples:
    """As load_clip(), with a warning for a file cut short: of recordings in no data folder."""
    samples = load_clip(path, sample_rate_hz)
    if (fault := wav_fault(path)) is not None:
        warn(f"{path}: {fault}")
    return samples


def write_wav(path: Path, samples: Samples, sample_rate_hz: int) -> None:
    """Write int16 [n] as 16-bit wav. OSError where libsndfile would not say why: a full disk."""
    file = io.BytesIO()
    soundfile.write(file, samples, sample_rate_hz, subtype="PCM_16", format="WAV")
    path.write_bytes(file.getvalue())


class _Stream(soundfile.SoundFile):  # type: ignore[misc]  # the package has no types
    """Read from start to end: a FLAC file of unknown or wrong length cannot be sought in."""

    def seekable(self) -> bool:
        return False


def _decoded(
    path: Path, wanted_rate_hz: int, first_channel: bool = False
) -> tuple[NDArray[np.float32], int]:
    """Mono samples [n], full scale 1, and their rate; read in blocks, for headers can lie."""
    if not path.is_file():  # a pipe would be waited for
        raise OSError("not a file")
    blocks = [np.empty(0, np.float32)]
    total, energy, mono_energy = 0, 0.0, 0.0
    # As the bytes of its name, which need not be UTF-8; Windows has no such names.
    with _Stream(str(path) if os.name == "nt" else os.fsencode(path)) as file:
        rate_hz: int = file.samplerate
        if not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
            raise RuntimeError(f"its header says a sample rate of {rate_hz} Hz")
        most = int(MOST_SAMPLES * min(1, rate_hz / wanted_rate_hz))
        while len(block := file.read(_BLOCK_FRAMES, dtype="float32", always_2d=True)):
            one = file.channels == 1 or first_channel
            blocks.append(block[:, 0].copy() if one else block.mean(axis=1))
            energy += float(np.square(block).mean())
            mono_energy += float(np.square(blocks[-1]).mean())
            total += len(block)
            if total > most:
                raise RuntimeError(f"longer than {most / rate_hz / 60:.0f} minutes: cut it up")
        if file.channels > 1 and not first_channel and mono_energy < _CANCELLED * energy:
            return _decoded(path, wanted_rate_hz, first_channel=True)
    return np.concatenate(blocks), rate_hz


def wav_fault(path: Path) -> str | None:
    """What the header of a wav file says of its length that is not so; None when it is right."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(12)
        if start[:4] != b"RIFF" or start[8:] != b"WAVE":
            return None
        for _ in range(_MOST_CHUNKS):
            chunk = file.read(8)
            claimed = int.from_bytes(chunk[4:], "little")
            there = size - file.tell()
            if len(chunk) < 8:
                break
            if chunk[:4] == b"data":
                if not claimed and there > 1:
                    return (
                        f"its header says 0 bytes, and {there:,} follow: the recorder was stopped "
                        "before it wrote the length; sox --ignore-length mends it"
                    )
                if there < claimed < _UNKNOWN_LENGTH:
                    return f"cut short: {there:,} bytes of sound where its header says {claimed:,}"
                return None
            file.seek(claimed + claimed % 2, 1)
    return None


def to_int16(values: NDArray[np.floating]) -> Samples:
    """Round to the nearest int16, clipping what is outside."""
    rounded: Samples = np.clip(np.rint(values), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)
    return rounded


def fit_clip(samples: Samples, clip_samples: int) -> Samples:
    """Exactly `clip_samples` samples of a recording: int16 [n] to int16 [clip_samples].

    A shorter one is padded with zeros at its end. Of a longer one, the stretch of
    `clip_samples` with the most energy is found, and the cut is centred on the energy in it:
    in a long recording the word is loud and the rest is not. Training and evaluation use the
    same cut.
    """
    if samples.size <= clip_samples:
        return np.pad(samples, (0, clip_samples - samples.size))
    energy = np.concatenate(([0], np.cumsum(samples.astype(np.int64) ** 2)))
    loudest = int(np.argmax(energy[clip_samples:] - energy[:-clip_samples]))
    inside = energy[loudest : loudest + clip_samples + 1]
    middle = loudest + int(np.searchsorted(inside, (inside[0] + inside[-1]) / 2))
    start = min(max(middle - clip_samples // 2, 0), samples.size - clip_samples)
    return samples[start : start + clip_samples]


def is_silent(samples: Samples) -> bool:
    """Whether no sample of int16 [n] reaches SILENT_PEAK."""
    return int(np.abs(samples.astype(np.int32)).max()) < SILENT_PEAK


def is_clipped(samples: Samples) -> bool:
    """Whether int16 [n] is at full scale for three samples in a row."""
    full = (samples >= FULL_SCALE - 1) | (samples <= -FULL_SCALE)
    return bool((full[:-2] & full[1:-1] & full[2:]).any())
