# SPDX-License-Identifier: Apache-2.0
"""detect_config.h and .c: the numbers of the detector, which firmware and host tool share."""

from dataclasses import dataclass
from difflib import get_close_matches

from kws_codegen.base.detect_config import DetectConfig
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import config_hash
from kws_codegen.base.interface import Interface
from kws_codegen.base.labels import SILENCE_LABEL, UNKNOWN_LABEL
from kws_codegen.render import FileInfo, render

NEVER = 1 << 16
"""A threshold of 1 in units of thresholds: KWS_DETECT_NEVER of firmware/detect/detect.h."""

_FULL_SCALE = 1 << 30  # mean square of samples at 0 dBFS: 32768 squared
_LEAD_IN_MS = 200  # of quiet sound that goes to the model before the loud one


@dataclass(frozen=True)
class DetectConstants:
    """What the C code of the detector is given, in its units.

    Attributes:
        thresholds: a class, in 1/65536.
        smoothing: decisions whose scores are averaged.
        consecutive: decisions in a row with the same best word.
        refractory: decisions from one detection to the next, at least.
    """

    thresholds: tuple[int, ...]
    smoothing: int
    consecutive: int
    refractory: int


@dataclass(frozen=True)
class GateConstants:
    """What the C code of the energy gate is given.

    Attributes:
        mean_square: of samples; 0: no gate.
        lead_in: rows that wait behind a closed gate.
    """

    mean_square: int
    lead_in: int


def detect_constants(detect: DetectConfig, labels: tuple[str, ...], hop_ms: int) -> DetectConstants:
    """The numbers for a model with these classes. KwsError for a threshold of no word of it."""
    words = [label for label in labels if label not in (SILENCE_LABEL, UNKNOWN_LABEL)]
    for word in detect.thresholds:
        if word not in words:
            close = get_close_matches(word, words, 1)
            rest = f"did you mean {close[0]!r}?" if close else f"the words: {', '.join(words)}."
            raise KwsError(f"detect.thresholds names {word!r}, which is no wanted word", rest)
    return DetectConstants(
        thresholds=tuple(
            round(detect.thresholds.get(label, detect.threshold) * NEVER)
            if label in words
            else NEVER
            for label in labels
        ),
        smoothing=detect.smoothing,
        consecutive=detect.consecutive,
        refractory=detect.refractory_decisions(hop_ms),
    )


def gate_constants(detect: DetectConfig, hop_ms: int) -> GateConstants:
    """The numbers of the gate for frames of this distance."""
    level = detect.gate_dbfs
    return GateConstants(
        mean_square=round(_FULL_SCALE * 10 ** (level / 10)) if level < 0 else 0,
        lead_in=-(-_LEAD_IN_MS // hop_ms),
    )


def detect_config_files(
    detect: DetectConfig, interface: Interface, info: FileInfo
) -> dict[str, str]:
    """detect_config.h and .c as {name: text}. KwsError as detect_constants()."""
    hop_ms = interface.features.hop_ms
    values = {
        "info": info,
        "constants": detect_constants(detect, interface.labels, hop_ms),
        "gate": gate_constants(detect, hop_ms),
        "labels": interface.labels,
        "decision_ms": detect.decision_frames(hop_ms) * hop_ms,
        "gate_dbfs": detect.gate_dbfs,
        "hash": config_hash(detect),
    }
    return {name: render(f"{name}.j2", **values) for name in ("detect_config.h", "detect_config.c")}
