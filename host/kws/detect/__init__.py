# SPDX-License-Identifier: Apache-2.0
"""Detections of words in streams of scores, by the firmware's own C detector."""

from kws.detect.detector import Detection, Detector
from kws.detect.gate import Gate, GatedRow

__all__ = ["Detection", "Detector", "Gate", "GatedRow"]
