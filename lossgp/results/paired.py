"""Intervals and tests for a few seeds: nothing here assumes a normal distribution."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95
FEWEST = 5
"""Values from which an interval is given. The bootstrap of two is the span from best to worst,
and of three or four it covers the true mean far less often than it says."""
_RESAMPLES = 9999
_LARGE, _MOST = 1e90, sys.float_info.max
# Up to 16 seeds every flip of signs is tried, and the test is exact; beyond, a sample of them.
_FLIPS = 2**16


@dataclass(frozen=True)
class Paired:
    """A loss against another over the seeds that both were trained with.

    Attributes:
        difference: mean of (this - other); negative is better where lower is better.
        p: two-sided p-value of the sign-flip permutation test (Fisher 1935): how often
            differences whose signs are arbitrary have a mean this far from 0.
        seeds: how many seeds were shared.
    """

    difference: float
    p: float
    seeds: int

    @property
    def smallest(self) -> float:
        """The smallest p-value that this number of seeds can give."""
        return min(1.0, max(2.0 ** (1 - self.seeds), 2.0 / (_FLIPS + 1)))


def interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Return the 95 % bootstrap interval (BCa, Efron 1987) of the mean.

    None for fewer than `FEWEST` values. Its random numbers are fixed: equal values give an
    equal interval.
    """
    if len(values) < FEWEST:
        return None
    if min(values) == max(values):  # every resample is the same: BCa divides by its variance
        return values[0], values[0]
    scale = _scale(values)
    low, high = _bootstrap(tuple(value * scale for value in values))
    return low / scale, high / scale


def _scale(values: Sequence[float]) -> float:
    """Return a power of two, 1 for usual figures, by which sums and cubes stay finite."""
    largest = max(map(abs, values))
    return 1.0 if largest < _LARGE else math.ldexp(1.0, -math.frexp(largest)[1])


@cache
def _bootstrap(values: tuple[float, ...]) -> tuple[float, float]:
    from scipy.stats import bootstrap

    found = bootstrap(
        (np.asarray(values),),
        np.mean,
        n_resamples=_RESAMPLES,
        confidence_level=CONFIDENCE,
        method="BCa",
        rng=np.random.default_rng(0),
    ).confidence_interval
    return float(found.low), float(found.high)


def paired(own: Sequence[float], other: Sequence[float]) -> Paired | None:
    """Return the paired comparison of two equally long lists of figures, one each seed.

    None where there is no shared seed.

    Raises:
        ValueError: the lists differ in length.
    """
    if len(own) != len(other):
        raise ValueError(f"{len(own)} figures cannot be paired with {len(other)}")
    if not own:
        return None
    scale = _scale([*own, *other])
    differences = np.asarray(own) * scale - np.asarray(other) * scale
    p = _sign_flip(tuple(differences.tolist()))
    with np.errstate(over="ignore"):
        difference = np.clip(differences.mean() / scale, -_MOST, _MOST)
    return Paired(float(difference), p, len(own))


@cache
def _sign_flip(differences: tuple[float, ...]) -> float:
    if len(differences) < 2 or not any(differences):
        return 1.0
    from scipy.stats import permutation_test

    def mean(x: NDArray[np.float64], y: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
        return np.asarray((x - y).mean(axis=axis))

    # Exchanging the two members of a pair flips the sign of their difference.
    found = permutation_test(
        (np.asarray(differences), np.zeros(len(differences))),
        mean,
        permutation_type="samples",
        vectorized=True,
        n_resamples=_FLIPS,
        batch=4096,
        rng=np.random.default_rng(0),
    )
    return float(found.pvalue)
