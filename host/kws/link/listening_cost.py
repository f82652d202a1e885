# SPDX-License-Identifier: Apache-2.0
"""What listening costs a device, from its own count."""

from collections.abc import Iterable
from dataclasses import dataclass

from kws_codegen.protocol.messages import StreamStats


@dataclass(frozen=True)
class ListeningCost:
    """Front end, model and detector in a stream, in the device's unit.

    Attributes:
        unit: "instructions", "cycles" or "ns".
        per_second: of a second of sound, on average.
        most_per_hop: the most for one frame: its new samples, and a decision that it made.
        hops_per_second: frames in a second of sound.
    """

    unit: str
    per_second: float
    most_per_hop: int
    hops_per_second: float

    @property
    def least_clock_hz(self) -> float:
        """Of a core that keeps up with each hop without buffering sound, at one unit a cycle."""
        return self.most_per_hop * self.hops_per_second

    @property
    def line(self) -> str:
        """In words."""
        hop_ms = 1000 / self.hops_per_second
        if self.unit == "ns":
            return (
                f"listening takes {self.per_second / 1e9:.2%} of this computer's time, "
                f"{self.most_per_hop / 1e6:.2f} ms at most in a hop of {hop_ms:g} ms"
            )
        least = (
            f"least clock {self.least_clock_hz / 1e6:,.1f} MHz, "
            f"{self.per_second / 1e6:,.1f} MHz with a buffer"
        )
        if self.unit == "instructions":
            least = f"at one a cycle: {least}"
        return (
            f"listening: {self.per_second:,.0f} {self.unit} a second of sound, "
            f"{self.most_per_hop:,} at most in a hop of {hop_ms:g} ms; {least}"
        )


def listening_cost(
    streams: Iterable[StreamStats], unit: str, hops_per_second: float
) -> ListeningCost | None:
    """Over all streams; None before the first frame."""
    heard = [stats for stats in streams if stats.frames]
    if not heard:
        return None
    return ListeningCost(
        unit=unit,
        per_second=sum(s.time for s in heard) / sum(s.frames for s in heard) * hops_per_second,
        most_per_hop=max(stats.longest for stats in heard),
        hops_per_second=hops_per_second,
    )
