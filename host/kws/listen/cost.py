# SPDX-License-Identifier: Apache-2.0
"""What listening costs a device, from its own count."""

from dataclasses import dataclass

from kws_codegen.base.feature_config import FeatureConfig
from kws_codegen.protocol.messages import StreamStats


@dataclass(frozen=True)
class ListeningCost:
    """Front end, model and detector in a stream, in the device's time unit.

    Attributes:
        time_unit: "instructions", "cycles" or "ns".
        per_second: of a second of audio, on average.
        longest_hop: the most for one frame, with the decision that it made.
        hop_ms: what there is time for.
    """

    time_unit: str
    per_second: int
    longest_hop: int
    hop_ms: int

    @property
    def least_clock_hz(self) -> int:
        """Of a core that hears without buffering, at one unit a cycle."""
        return -(-self.longest_hop * 1000 // self.hop_ms)

    @property
    def line(self) -> str:
        """In words."""
        if self.time_unit == "ns":
            share = self.per_second / 1e9
            return (
                f"listening takes {share:.2%} of this computer's time, "
                f"{self.longest_hop / 1e6:.2f} ms at most in a hop of {self.hop_ms} ms"
            )
        clock = f"{self.least_clock_hz / 1e6:,.1f} MHz"
        least = f"least clock {clock}, {self.per_second / 1e6:,.1f} MHz with a buffer"
        if self.time_unit == "instructions":
            least = f"at one a cycle: {least}"
        return (
            f"{self.per_second:,} {self.time_unit} a second of audio, {self.longest_hop:,} at most "
            f"in a hop of {self.hop_ms} ms; {least}"
        )


def listening_cost(
    stats: StreamStats, time_unit: str, features: FeatureConfig
) -> ListeningCost | None:
    """None before the first frame."""
    if not stats.frames:
        return None
    heard_ms = features.window_ms + (stats.frames - 1) * features.hop_ms
    return ListeningCost(
        time_unit, round(stats.time * 1000 / heard_ms), stats.longest, features.hop_ms
    )
