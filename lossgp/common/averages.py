"""Mean and spread of figures, whatever their size.

A figure that was stored may be as large as a float can be. Then the sum of two is too large for
one, though their mean is not.
"""

from __future__ import annotations

import math
import statistics
import sys
from collections.abc import Sequence

# A power of two: scaling by it changes no digit.
_DOWN = -64


def mean(values: Sequence[float]) -> float:
    """Return the mean of one or more finite values, exact to the last bit of its sum."""
    try:
        return math.fsum(values) / len(values)
    except OverflowError:
        scaled = [math.ldexp(value, _DOWN) for value in values]
        return math.ldexp(math.fsum(scaled) / len(values), -_DOWN)


def deviation(values: Sequence[float]) -> float:
    """Return the sample standard deviation of two or more finite values.

    One that no float can hold is the largest float.
    """
    try:
        found = statistics.stdev(values)
    except OverflowError:
        found = math.inf
    if math.isfinite(found):
        return found
    scaled = statistics.stdev([math.ldexp(value, _DOWN) for value in values])
    try:
        return math.ldexp(scaled, -_DOWN)
    except OverflowError:
        return sys.float_info.max
