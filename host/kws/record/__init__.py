# SPDX-License-Identifier: Apache-2.0
"""Recordings of one's own words: takes with advice, long recordings cut into clips."""

from kws.record.cut import Cut, cut_recording
from kws.record.files import Recordings, check_names
from kws.record.takes import Take, judge_take

__all__ = ["Cut", "Recordings", "Take", "check_names", "cut_recording", "judge_take"]
