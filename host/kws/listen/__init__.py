# SPDX-License-Identifier: Apache-2.0
"""Live listening: a microphone or a file in, what a device detects out."""

from kws.listen.save import SavedDetections
from kws.listen.session import Heard, listen
from kws.listen.sound import file_blocks, microphone_blocks

__all__ = [
    "Heard",
    "SavedDetections",
    "file_blocks",
    "listen",
    "microphone_blocks",
]
