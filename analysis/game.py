"""A loss as a two-player game on the score axis, sampled once for all that is asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lossgp.expressions import EPSILON, Loss, LossPair

from .brackets import JUMPS, NEWTON, Slopes, zeros
from .jets import Array, Jet
from .sides import Sides, sigmoid

# Dense where networks work, thin in the tails; holds the whole numbers (hinge bends at ±1).
# Beyond 28, 1 − p has lost its digits; towards p = 0 nothing is lost.
_GRID = np.concatenate(
    [np.arange(-44.0, -20.0, 2.0), np.arange(-20.0, -8.0), np.arange(-64, 65) / 8.0,
     np.arange(9.0, 29.0)]
)  # fmt: skip
_NUDGE = 1e-6

COURSE = 97
"""Number of evenly spaced points of `Game.course`; the middle one is log u = 0."""
ETAS = np.linspace(0.02, 0.98, 49)
"""Shares of real data η at which the course also looks."""
_COURSE = np.concatenate(
    [np.linspace(-9.0, 9.0, COURSE), [-12.0, -10.0, 10.0, 12.0], [-np.inf, np.inf],
     np.log(ETAS) - np.log1p(-ETAS)]
)  # fmt: skip
TAILS = slice(COURSE, COURSE + 4)
ENDS = slice(COURSE + 4, COURSE + 6)
INNER = slice(COURSE + 6, None)


@dataclass(frozen=True)
class Optimum:
    """The optimal discriminator for a row of data ratios; all arrays of shape (n,).

    Attributes:
        log_u: log(p_data / p_gen) = logit(η).
        score: the score that minimises η·l₁ + (1−η)·l₀; −∞ or ∞ where D runs to an end.
        smooth: whether the slope vanishes there with positive curvature; False at an end, at
            a kink, and where the minimiser is not unique.
        bend: η·φ₁'' + (1−η)·φ₀'' there; NaN where it is not smooth.
    """

    log_u: Array
    score: Array
    smooth: NDArray[np.bool_]
    bend: Array

    @property
    def eta(self) -> Array:
        """η = p_data / (p_data + p_gen)."""
        return sigmoid(self.log_u)

    @property
    def prediction(self) -> Array:
        """D* as a probability, σ(score)."""
        return sigmoid(self.score)

    def part(self, which: slice) -> Optimum:
        """Return the optimum for some of the ratios."""
        return Optimum(self.log_u[which], self.score[which], self.smooth[which], self.bend[which])


@dataclass(frozen=True)
class Game:
    """The three sides of a loss, and their jets with respect to the score on one grid.

    Attributes:
        sides: l₁, l₀ and l_G.
        epsilon: the ε that was used.
    """

    sides: Sides
    epsilon: float

    @classmethod
    def of(cls, loss: Loss | LossPair | Game, *, epsilon: float = 0.0) -> Game:
        """Return the game of a loss; a game is returned as it is.

        With ε = 0, a loss that has no finite limit (it divides by what is 0 everywhere) is
        taken with the ε that is trained; `Game.epsilon` tells.
        """
        if isinstance(loss, Game):
            return loss
        game = cls(Sides.of(loss, epsilon=epsilon), epsilon)
        if epsilon == 0 and not game._is_finite():
            return cls(Sides.of(loss, epsilon=EPSILON), EPSILON)
        return game

    def _is_finite(self) -> bool:
        jets = (self.real, self.fake, self.generator)
        return all(np.isfinite(jet.value).mean() > 0.9 for jet in jets)

    @property
    def scores(self) -> Array:
        """The grid, shape (n,), rising."""
        return _GRID

    @cached_property
    def _both(self) -> tuple[Jet, Jet]:
        return self.sides.on_scores(_GRID)

    @property
    def real(self) -> Jet:
        """φ₁(s) = l₁(σ(s)) on the grid."""
        return self._both[0]

    @property
    def fake(self) -> Jet:
        """φ₀(s) = l₀(σ(s)) on the grid."""
        return self._both[1]

    @cached_property
    def generator(self) -> Jet:
        """ψ(s) = l_G(σ(s)) on the grid."""
        if self.sides.generator == self.sides.real:
            return self.real
        return self.sides.generator.on_scores(_GRID)

    @cached_property
    def course(self) -> Optimum:
        """The optimal discriminator for log u from −9 to 9, ±12 and ±10, ±∞, and for ETAS."""
        return self.optimum(_COURSE)

    @cached_property
    def _on_course(self) -> tuple[Jet, Jet]:
        return self.sides.on_scores(np.clip(self.course.score, _GRID[0], _GRID[-1]))

    def along(self, best: Optimum) -> tuple[Jet, Jet]:
        """Return D's two sides at the optimum; at the grid's end where it runs to infinity."""
        if best is self.course:
            return self._on_course
        return self.sides.on_scores(np.clip(best.score, _GRID[0], _GRID[-1]))

    @cached_property
    def _generator_on_course(self) -> Jet:
        if self.sides.generator == self.sides.real:
            return self._on_course[0]
        return self.sides.generator.on_scores(np.clip(self.course.score, _GRID[0], _GRID[-1]))

    def generator_along(self, best: Optimum) -> Jet:
        """Return ψ at the optimum, as `along` does D's sides."""
        if best is self.course:
            return self._generator_on_course
        return self.sides.generator.on_scores(np.clip(best.score, _GRID[0], _GRID[-1]))

    @cached_property
    def is_mirrored(self) -> bool:
        """Tell whether D says less where there is more real data: the labels change places."""
        score = self.course.score[:COURSE]
        return bool(score[3 * COURSE // 5] < score[2 * COURSE // 5])

    def optimum(self, log_u: Array, *, refine: bool = True) -> Optimum:
        """Return the optimal discriminator for p_data/p_gen = exp(log_u).

        The minimisers are found as changes of sign of the slope on the grid, compared by
        value where there are several, and refined by bracketed Newton steps.

        Args:
            log_u: shape (m,); ±∞ stand for generated or real samples alone.
            refine: False leaves them at the grid's accuracy, for screening.
        """
        log_u = np.atleast_1d(np.asarray(log_u, dtype=np.float64))
        a, b = sigmoid(log_u)[:, None], sigmoid(-log_u)[:, None]
        with np.errstate(all="ignore"):
            slope = _mixed(a, self.real.slope, b, self.fake.slope)
            cell = self._best_cell(slope, a, b)
        score, bend = np.empty(len(log_u)), np.full(len(log_u), np.nan)
        last = len(_GRID) - 1
        moves = slope.any(axis=1)
        score[cell < 0] = -np.inf
        score[cell >= last] = np.inf
        score[~moves] = 0.0  # every score is optimal: Wasserstein's at η = 1/2
        inside = np.flatnonzero((cell >= 0) & (cell < last))
        left = cell[inside]
        flat = (slope[inside, left + 1] == 0) & (slope[inside, np.minimum(left + 2, last)] == 0)
        # Flat from the lower end on, as hinge is for η = 0; elsewhere flat behind a fall.
        low = np.flatnonzero((cell < 0) & (slope[:, 0] == 0) & moves)
        rows = np.concatenate([low, inside[flat]])
        before = np.concatenate([np.full(len(low), -1), left[flat]])
        if len(rows):
            score[rows] = self._rested(slope[rows], before, a[rows, 0], b[rows, 0], refine)
        rest, left = inside[~flat], left[~flat]
        if len(rest):
            right = left + 1 + (slope[rest, left + 1] == 0) * refine
            right = np.minimum(right, last)
            d0, d1 = slope[rest, left], slope[rest, right]
            with np.errstate(all="ignore"):
                share = d0 / (d0 - d1)
            share = np.where(np.isfinite(share), share, 0.5)
            ends = _GRID[left], _GRID[right]
            score[rest] = ends[0] + (ends[1] - ends[0]) * share
            if refine:
                score[rest], bend[rest] = self._refined(ends, a[rest, 0], b[rest, 0])
        return Optimum(log_u, score, np.isfinite(bend), bend)

    def _best_cell(self, slope: Array, a: Array, b: Array) -> NDArray[np.intp]:
        """Return for each row the interval in which the slope turns positive at the lowest value.

        −1 stands for the lower end of the scores, n − 1 for the upper end.

        Args:
            slope: of the mixtures on the grid, (rows, n).
            a, b: the weights of the rows, (rows, 1).
        """
        last = len(_GRID) - 1
        row, cell = np.nonzero((slope[:, :-1] < 0) & (slope[:, 1:] >= 0))
        first, end = np.flatnonzero(slope[:, 0] > 0), np.flatnonzero(slope[:, -1] < 0)
        row = np.concatenate([first, row, end])
        cell = np.concatenate([np.full(len(first), -1), cell, np.full(len(end), last)])
        best = np.full(len(slope), -1)
        if not len(row):
            return best
        places = np.stack([np.maximum(cell, 0), np.minimum(cell + 1, last)], axis=1)
        value = _mixed(a[row], self.real.value[places], b[row], self.fake.value[places]).min(axis=1)
        value[np.isnan(value)] = np.inf
        order = np.lexsort((cell, value, row))
        order = order[np.diff(row[order], prepend=-1) > 0]  # the lowest of each row
        order = order[value[order] < np.inf]
        best[row[order]] = cell[order]
        return best

    def _rested(
        self, slope: Array, left: NDArray[np.intp], a: Array, b: Array, refine: bool
    ) -> Array:
        """Return the middles of flat stretches, or their near edges where they are endless.

        Args:
            slope: of the mixture on the grid, (rows, grid).
            left: the last grid point before each stretch; −1 where it begins at the lower end.
            a, b: the weights of the rows.
            refine: find the edges between the grid's points too.
        """
        last = len(_GRID) - 1
        behind = (slope != 0) & (np.arange(last + 1) > left[:, None])
        right = np.where(behind.any(axis=1), behind.argmax(axis=1), last + 1)
        start, end = _GRID[left + 1], _GRID[right - 1]
        opens, closes = left >= 0, right <= last
        if refine:
            near, far = np.flatnonzero(opens), np.flatnonzero(closes)
            start[near] = self._edges(_GRID[left[near]], start[near], a[near], b[near])
            end[far] = self._edges(_GRID[right[far]], end[far], a[far], b[far])
        falls = ~opens & closes & (slope[np.arange(len(slope)), np.minimum(right, last)] < 0)
        middle = np.where(opens & closes, 0.5 * (start + end), np.where(opens, start, end))
        return np.where(falls, np.inf, middle)

    def _edges(self, moving: Array, flat: Array, a: Array, b: Array) -> Array:
        """Return where the slope becomes zero, between a point where it moves and a flat one."""
        share = np.linspace(0.0, 1.0, 33)[1:-1]
        rounds = 6 if len(moving) <= 4 else 2  # 2^-30 of a cell, or 2^-10 where all is flat
        for _ in range(rounds if len(moving) else 0):
            s = moving[:, None] + (flat - moving)[:, None] * share
            one, zero = self.sides.on_scores(s)
            with np.errstate(all="ignore"):
                slope = _mixed(a[:, None], one.slope, b[:, None], zero.slope)
            count = (slope != 0).cumprod(axis=1).sum(axis=1)  # points before the first flat one
            marks = np.concatenate([moving[:, None], s, flat[:, None]], axis=1)
            row = np.arange(len(marks))
            moving, flat = marks[row, count], marks[row, count + 1]
        return np.asarray(0.5 * (moving + flat), dtype=np.float64)

    def _refined(self, ends: tuple[Array, Array], a: Array, b: Array) -> tuple[Array, Array]:
        """Return the minimisers between these scores, and the bend there or NaN."""

        mixed = _mixed if ((a == 0) | (b == 0)).any() else _sum

        def slopes(s: Array, which: NDArray[np.intp]) -> tuple[Array, Array]:
            one, zero = self.sides.on_scores(s)
            heavy, light = a[which, None], b[which, None]
            with np.errstate(all="ignore"):
                return (
                    mixed(heavy, one.slope, light, zero.slope),
                    mixed(heavy, one.curvature, light, zero.curvature),
                )

        s = _all_zeros(slopes, *ends, a)
        # |s| and max(s, 0) cancel in BCE on scores, but have no curvature at 0: look beside.
        around = s[:, None] + np.array([0.0, -_NUDGE, _NUDGE])
        all_slopes, bends = slopes(around, np.arange(len(a)))
        slope, bend = all_slopes[:, 0], bends[:, 0]
        with np.errstate(all="ignore"):
            bend = np.where(bend > 0, bend, 0.5 * (bends[:, 1] + bends[:, 2]))
        with np.errstate(all="ignore"):
            smooth = (bend > 0) & np.isfinite(bend) & (np.abs(slope) <= 1e-4 * bend)
        return s, np.where(smooth, bend, np.nan)


def _all_zeros(slopes: Slopes, low: Array, high: Array, a: Array) -> Array:
    """Return the zeros of slopes that are linear in their weight a, many of them in one cell.

    Where D* rests at a kink, all the weights of a range find the same one. So those with
    the least and the largest weight of a cell go first, and the others start from there.
    """
    rising = np.ones(len(a), dtype=bool)
    s, left, right, open_ = zeros(slopes, low, high, rising, rounds=NEWTON)
    if not len(open_):
        return s

    def search(which: NDArray[np.intp], rounds: int) -> None:
        def some(at: Array, inner: NDArray[np.intp]) -> tuple[Array, Array]:
            return slopes(at, which[inner])

        found = zeros(some, left[which], right[which], rising[which], newton=0, rounds=rounds)
        s[which], left[which], right[which] = found[:3]

    order = open_[np.lexsort((a[open_], low[open_]))]
    fresh = np.flatnonzero(np.diff(low[order], prepend=np.nan) != 0)
    first, last = order[fresh], order[np.append(fresh[1:], len(order)) - 1]
    search(np.union1d(first, last), 10)
    cell = np.cumsum(np.diff(low[order], prepend=np.nan) != 0) - 1
    inner = (order != first[cell]) & (order != last[cell])
    rest, cell = order[inner], cell[inner]
    if not len(rest):
        return s
    low_, high_ = np.minimum(left[first], left[last]), np.maximum(right[first], right[last])
    beside = np.stack([low_[cell], high_[cell]], axis=1)
    f, _ = slopes(beside, rest)
    between = (f[:, 0] < 0) & (f[:, 1] >= 0)
    left[rest] = np.where(between, np.maximum(left[rest], beside[:, 0]), left[rest])
    right[rest] = np.where(between, np.minimum(right[rest], beside[:, 1]), right[rest])
    s[rest] = 0.5 * (left[rest] + right[rest])
    rest = rest[right[rest] - left[rest] > 2.0 * JUMPS * (high[rest] - low[rest])]
    if len(rest):
        search(rest, 4)  # where that does not settle it, D* does not count as smooth
    return s


def _mixed(a: Array, one: Array, b: Array, zero: Array) -> Array:
    """Return a·one + b·zero, in which a weight of 0 silences even an infinite loss.

    The weights have shape (n, 1), the losses (n, k), or (k,) if they are the same for all.
    """
    mixed = _sum(a, one, b, zero)
    for weight, side in ((a, zero), (b, one)):
        rows = np.flatnonzero(weight == 0)
        if len(rows):
            mixed[rows] = side[rows] if side.ndim == mixed.ndim else side
    return mixed


def _sum(a: Array, one: Array, b: Array, zero: Array) -> Array:
    return np.asarray(a * one + b * zero, dtype=np.float64)
