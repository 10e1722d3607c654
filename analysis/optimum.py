"""The optimal discriminator: the scores at which mixtures of D's two sides are lowest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .descent import located
from .jets import Array
from .ranges import sigmoid
from .small_arrays import indices
from .terrain import Terrain
from .valleys import Valleys, mixed

_TIE = 1e-13  # of the values: minima that differ by no more are equally deep


@dataclass(frozen=True)
class Optimum:
    """The optimal discriminator for a row of data ratios; all arrays of shape (n,).

    Attributes:
        log_u: log(p_data / p_gen) = logit(η).
        score: the score that minimises η·l₁ + (1−η)·l₀; −∞ or ∞ where D runs to an end. Of
            several that are equally deep the one next to 0, where networks begin.
        smooth: whether the slope vanishes there with positive curvature; False at an end, at
            a kink, and where the minimum is a flat stretch.
        bend: η·φ₁'' + (1−η)·φ₀'' there; NaN where it is not smooth.
        limit: the infimum where it is a limit, at an end of the range or at a pole or jump; NaN
            where it is the mixture's value at the score.
    """

    log_u: Array
    score: Array
    smooth: NDArray[np.bool_]
    bend: Array
    limit: Array

    @cached_property
    def eta(self) -> Array:
        """η = p_data / (p_data + p_gen)."""
        return sigmoid(self.log_u)

    @cached_property
    def rest(self) -> Array:
        """1 − η, exact where η is next to 1."""
        return sigmoid(-self.log_u)

    @cached_property
    def prediction(self) -> Array:
        """D* as a probability, σ(score)."""
        return sigmoid(self.score)

    def part(self, which: slice) -> Optimum:
        """Return the optimum for some of the ratios."""
        return Optimum(
            self.log_u[which], self.score[which], self.smooth[which], self.bend[which],
            self.limit[which],
        )  # fmt: skip


@np.errstate(all="ignore")  # infinities are answers here
def optimum(terrain: Terrain, log_u: Array) -> Optimum:
    """Return the optimal discriminator for p_data/p_gen = exp(log_u).

    The minimisers are found as changes of sign of the slope on the terrain, compared by value
    where there are several, and refined by bracketed Newton steps.

    Args:
        terrain: D's sides.
        log_u: shape (m,); ±∞ stand for generated or real samples alone.
    """
    log_u = np.atleast_1d(np.asarray(log_u, dtype=np.float64))
    a, b = sigmoid(log_u)[:, None], sigmoid(-log_u)[:, None]  # η and 1 − η, (m, 1)
    told = terrain.telling
    slope = mixed(a, terrain.real.slope[told], b, terrain.fake.slope[told])  # (m, told)
    score, bend = np.full(len(log_u), -np.inf), np.full(len(log_u), np.nan)
    limit = np.full(len(log_u), np.nan)
    resting = indices(slope[:, 0] == 0)
    if len(resting):  # where every score is optimal: Wasserstein's at η = 1/2
        score[resting[~slope[resting].any(axis=1)]] = 0.0
    valleys = Valleys.of(terrain, slope, a, b)
    one = valleys.deepest()
    row = one.row
    at, bent = located(terrain, one)
    if not one.begins.all():  # of some rows several: refined minima are compared, too
        best = _deepest(terrain, one, at)
        one, row, at, bent = one.part(best), row[best], at[best], bent[best]
    score[row], bend[row], limit[row] = at, bent, one.limit
    return Optimum(log_u, score, np.isfinite(bend), bend, limit)


def _deepest(terrain: Terrain, valleys: Valleys, at: Array) -> NDArray[np.intp]:
    """Return which of some located minima is the deepest of each row, of equals the inmost."""
    inside = np.isfinite(at)
    one, zero = terrain.bundle.on_scores(np.where(inside, at, 0.0), curved=False)
    a, b = valleys.a[:, 0], valleys.b[:, 0]
    here = np.where(a > 0, a * one.value, 0.0) + np.where(b > 0, b * zero.value, 0.0)
    value = np.where(np.isnan(valleys.limit), np.where(inside, here, valleys.high), valleys.limit)
    value[np.isnan(value)] = np.inf
    deepest = valleys.lowest_of_rows(value, _TIE)
    distance = np.full(len(value), np.inf)
    distance[deepest] = np.minimum(np.abs(at[deepest]), 1e3)
    first = valleys.lowest_of_rows(distance, 0.0)
    return first[np.diff(valleys.row[first], prepend=-1) > 0]
