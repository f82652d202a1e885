# SPDX-License-Identifier: Apache-2.0
"""What a count is worth: exact intervals of a Poisson rate."""

import math
from collections.abc import Callable

_CONFIDENCE = 0.95
_STEPS = 60  # of bisection: far below what is printed


def poisson_interval(events: int, confidence: float = _CONFIDENCE) -> tuple[float, float]:
    """Exact interval of the expected number of events, given how many there were.

    Garwood, Biometrika 28:437, 1936. With no event the interval is one-sided: 0 to
    -ln(1 - confidence), which is 3.0 for 95 %.
    """
    if events == 0:
        return 0.0, -math.log(1 - confidence)
    tail = (1 - confidence) / 2
    low = _mean_with(lambda mean: _at_most(events - 1, mean), 1 - tail)
    return low, _mean_with(lambda mean: _at_most(events, mean), tail)


def _at_most(events: int, mean: float) -> float:
    """Probability of so many events or fewer."""
    terms = (i * math.log(mean) - mean - math.lgamma(i + 1) for i in range(events + 1))
    return math.fsum(math.exp(term) for term in terms)


def _mean_with(probability: Callable[[float], float], wanted: float) -> float:
    """The mean at which a probability that falls with it is `wanted`."""
    low, high = 1e-9, 1.0
    while probability(high) > wanted:
        high *= 2
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if probability(middle) > wanted else (low, middle)
    return (low + high) / 2
