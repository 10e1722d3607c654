"""A loss against a known one over the same seeds: ratio and difference, with paired intervals."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95
FEWEST = 5
"""Seeds from which an interval is given: of fewer the bootstrap covers far less than it says."""
_RESAMPLES = 9999
_MOST = sys.float_info.max

Verdict = Literal["better", "worse", "not told apart", "too few seeds"]
Interval = tuple[float, float]


@dataclass(frozen=True)
class Against:
    """A loss against another over the seeds that both were trained with; lower is better.

    Attributes:
        name: of the other loss.
        seeds: how many seeds both have.
        ratio: exp of the mean of log(this / other), the geometric mean of the seeds' ratios; None
            where a figure is not above 0, so that there is none.
        ratio_interval: its paired bootstrap interval.
        difference: mean of (this - other).
        difference_interval: its paired bootstrap interval.
        confidence: of both intervals.
    """

    name: str
    seeds: int
    ratio: float | None
    ratio_interval: Interval | None
    difference: float
    difference_interval: Interval | None
    confidence: float

    @property
    def verdict(self) -> Verdict:
        """Whether this loss is better or worse beyond the interval of the ratio.

        Of the difference where there is no ratio.
        """
        if self.ratio is not None:
            interval, none = self.ratio_interval, 1.0
        else:
            interval, none = self.difference_interval, 0.0
        if interval is None:
            return "too few seeds"
        if interval[1] < none:
            return "better"
        return "worse" if interval[0] > none else "not told apart"

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {**asdict(self), "verdict": self.verdict}


def against(
    name: str, own: Sequence[float], other: Sequence[float], confidence: float = CONFIDENCE
) -> Against:
    """Return the comparison of two lists of figures, in the order of the seeds that they share.

    The intervals resample seeds, so that what a seed does to both losses alike cancels (the
    paired bootstrap, BCa: Efron 1987, J. Am. Stat. Assoc. 82, 171), at the level that corrects
    for few of them (see `expanded`). Their random numbers are fixed: equal figures give equal
    intervals.

    Args:
        name: of the other loss.
        own, other: one or more figures each, of the same seeds.
        confidence: of each interval; `together` gives that for several losses at once.

    Raises:
        ValueError: the lists are empty, or differ in length.
    """
    if len(own) != len(other) or not own:
        raise ValueError(f"{len(own)} figures cannot be paired with {len(other)}")
    a, b = np.asarray(own, float), np.asarray(other, float)  # (seeds,), (seeds,)
    ratio = ratio_interval = None
    if a.min() > 0 and b.min() > 0:
        logs = np.log(a), np.log(b)
        ratio = _exp(float(np.mean(logs[0] - logs[1])))
        if (found := _interval(*map(_key, logs), confidence)) is not None:
            ratio_interval = _exp(found[0]), _exp(found[1])
    # By a power of two, so that no sum overflows and no digit changes.
    scale = 2.0 ** -max(0, math.frexp(max(np.abs(a).max(), np.abs(b).max()))[1] - 256)
    found = _interval(_key(a * scale), _key(b * scale), confidence)
    return Against(
        name,
        len(own),
        ratio,
        ratio_interval,
        _unscaled(float(np.mean(a * scale - b * scale)), scale),
        None if found is None else (_unscaled(found[0], scale), _unscaled(found[1], scale)),
        confidence,
    )


def together(losses: int) -> float:
    """Return the confidence of each interval so that those of several losses hold together.

    The best of several that were confirmed is chosen on the same seeds that confirm it;
    Bonferroni's inequality (Dunn 1961, J. Am. Stat. Assoc. 56, 52) pays for the choice.
    """
    return 1 - (1 - CONFIDENCE) / max(losses, 1)


def _key(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(values.tolist())


@cache
def _interval(
    own: tuple[float, ...], other: tuple[float, ...], confidence: float
) -> Interval | None:
    """Return the paired bootstrap interval of the mean difference; None for too few seeds."""
    if len(own) < FEWEST:
        return None
    differences = np.subtract(own, other)
    if np.ptp(differences) <= 1e-12 * np.abs(differences).max():
        # Every resample is the same but for its rounding: BCa divides by its variance.
        middle = float(differences.mean())
        return middle, middle
    from scipy.stats import bootstrap

    def mean(x: NDArray[np.float64], y: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
        return np.asarray((x - y).mean(axis=axis))

    found = bootstrap(
        (np.asarray(own), np.asarray(other)),
        mean,
        paired=True,
        vectorized=True,
        n_resamples=_RESAMPLES,
        confidence_level=expanded(confidence, len(own)),
        method="BCa",
        rng=np.random.default_rng(0),
    ).confidence_interval
    return float(found.low), float(found.high)


def expanded(confidence: float, seeds: int) -> float:
    """Return the level at which a bootstrap of few seeds covers as often as was asked.

    Resampling n values underestimates their spread by sqrt((n - 1) / n), and takes normal for t
    quantiles: the expanded percentile interval (Hesterberg 2015, Am. Stat. 69, 371, section
    5.3) has the tails Phi(-sqrt(n / (n - 1)) * t(1 - alpha / 2; n - 1)).
    """
    from scipy.stats import norm, t

    quantile = t.ppf((1 + confidence) / 2, seeds - 1)
    tail = norm.cdf(-math.sqrt(seeds / (seeds - 1)) * quantile)
    return float(1 - 2 * tail)


def _exp(value: float) -> float:
    return math.exp(value) if value < math.log(_MOST) else _MOST


def _unscaled(value: float, scale: float) -> float:
    return max(-_MOST, min(_MOST, value / scale))
