# SPDX-License-Identifier: Apache-2.0
"""Counters of a line."""

from dataclasses import dataclass, fields, replace


@dataclass
class LinkCounters:
    """What happened on the line since the first request."""

    requests: int = 0
    resends: int = 0  # requests that went out again
    timeouts: int = 0  # requests that nothing answered in time
    damaged_requests: int = 0  # frames that the device refused as damaged
    damaged_answers: int = 0  # frames that arrived damaged here
    received_frames: int = 0  # whole or damaged
    outages: int = 0  # times the port was gone and came back
    sent_bytes: int = 0
    received_bytes: int = 0

    def copy(self) -> "LinkCounters":
        """The counters as they are now."""
        return replace(self)

    def __add__(self, other: "LinkCounters") -> "LinkCounters":
        return LinkCounters(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def __sub__(self, before: "LinkCounters") -> "LinkCounters":
        return LinkCounters(
            *(getattr(self, f.name) - getattr(before, f.name) for f in fields(self))
        )
