"""A loss as a two-player game on the score axis, sampled once for all that is asked of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lossgp.expressions import EPSILON, Loss, LossPair

from .brackets import inverse_cubic, zeros
from .corners import among
from .jets import Array, Jet
from .ranges import sigmoid
from .sides import Sides

# Dense where networks work, thin in the tails; holds the whole numbers (hinge bends at ±1).
# Beyond 28, 1 − p has lost its digits; towards p = 0 nothing is lost.
_GRID = np.concatenate(
    [np.arange(-44.0, -20.0, 2.0), np.arange(-20.0, -8.0), np.arange(-64, 65) / 8.0,
     np.arange(9.0, 29.0)]
)  # fmt: skip
_NUDGE = 1e-6
_AT_ONCE = 800  # points of one reading, of all edges together

COURSE = 97
"""Number of evenly spaced points of `Game.course`; the middle one is log u = 0."""
ETAS = np.linspace(0.02, 0.98, 49)
"""Shares of real data η at which the course also looks."""
FAR = np.array([10.0, 12.0, 20.0, 24.0, 40.0, 48.0, 80.0, 100.0])
"""Where the course is read far out: the tails of a divergence may be slow to show."""
_COURSE = np.concatenate(
    [np.linspace(-9.0, 9.0, COURSE), -FAR, FAR, [-np.inf, np.inf],
     np.log(ETAS) - np.log1p(-ETAS)]
)  # fmt: skip
TAILS = slice(COURSE, COURSE + 2 * len(FAR))
ENDS = slice(TAILS.stop, TAILS.stop + 2)
INNER = slice(ENDS.stop, None)


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
        if self.sides.is_flipped:
            return self.real
        return self.sides.generator.on_scores(_GRID)

    @cached_property
    def course(self) -> Optimum:
        """The optimal discriminator for log u from −9 to 9, ±FAR, ±∞, and for ETAS."""
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
        if self.sides.is_flipped:
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
        return bool(score[3 * COURSE // 5] < score[2 * COURSE // 5] - 1e-6)  # not rounding

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
                cells = self._beyond_corners(slope[rest], left, right)
                score[rest], bend[rest] = self._refined(cells, a[rest], b[rest])
        return Optimum(log_u, score, np.isfinite(bend), bend)

    def _best_cell(self, slope: Array, a: Array, b: Array) -> NDArray[np.intp]:
        """Return for each row the interval in which the slope turns positive at the lowest value.

        −1 stands for the lower end of the scores, n − 1 for the upper end.

        Args:
            slope: of the mixtures on the grid, (rows, n).
            a, b: the weights of the rows, (rows, 1).
        """
        turns = np.empty((len(slope), len(_GRID) + 1), dtype=bool)
        turns[:, 0], turns[:, -1] = slope[:, 0] > 0, slope[:, -1] < 0
        np.logical_and(slope[:, :-1] < 0, slope[:, 1:] >= 0, out=turns[:, 1:-1])
        row, place = np.nonzero(turns)
        best = np.full(len(slope), -1)
        if not len(row):
            return best
        places = np.stack([np.maximum(place - 1, 0), np.minimum(place, len(_GRID) - 1)], axis=1)
        value = _mixed(a[row], self.real.value[places], b[row], self.fake.value[places]).min(axis=1)
        value[np.isnan(value)] = np.inf
        starts = np.flatnonzero(np.diff(row, prepend=-1))  # of each row that turns
        lowest = np.repeat(np.minimum.reduceat(value, starts), np.diff(starts, append=len(row)))
        found = np.flatnonzero((value == lowest) & (value < np.inf))
        found = found[np.diff(row[found], prepend=-1) > 0]  # the first of each row
        best[row[found]] = place[found] - 1
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
            rows = np.concatenate([near, far])
            moving = np.concatenate([left[near], right[far]])
            flat = np.concatenate([left[near] + 1, right[far] - 1])
            edges = self._edges(moving, flat, a[rows], b[rows])
            start[near], end[far] = edges[: len(near)], edges[len(near) :]
        falls = ~opens & closes & (slope[np.arange(len(slope)), np.minimum(right, last)] < 0)
        middle = np.where(opens & closes, 0.5 * (start + end), np.where(opens, start, end))
        return np.where(falls, np.inf, middle)

    def _edges(self, moving: NDArray[np.intp], flat: NDArray[np.intp], a: Array, b: Array) -> Array:
        """Return where the slope becomes zero, to 2^-30 of a cell of the grid.

        Args:
            moving, flat: indices of the cell's ends, where it moves and where it is flat, (n,).
            a, b: the weights of the mixtures, (n,).
        """
        # Where both sides are flat, and not their mixture alone, the weights do not matter.
        still = (self.real.slope[flat] == 0) & (self.fake.slope[flat] == 0)
        same = np.stack([moving, flat, np.where(still & (a > 0) & (b > 0), -1.0, a)])
        _, first, group = np.unique(same, axis=1, return_index=True, return_inverse=True)
        begin, end = _GRID[moving[first]], _GRID[flat[first]]
        a, b = a[first, None], b[first, None]
        number = max(3, min(255, _AT_ONCE // max(len(first), 1)))
        share = np.arange(1, number + 1) / (number + 1)
        for _ in range(math.ceil(30 / math.log2(number + 1)) if len(first) else 0):
            s = begin[:, None] + (end - begin)[:, None] * share
            one, zero = self.sides.on_scores(s, curved=False)
            with np.errstate(all="ignore"):
                slope = _mixed(a, one.slope, b, zero.slope)
            count = (slope != 0).cumprod(axis=1).sum(axis=1)  # points before the first flat one
            marks = np.concatenate([begin[:, None], s, end[:, None]], axis=1)
            row = np.arange(len(marks))
            begin, end = marks[row, count], marks[row, count + 1]
        return np.asarray(0.5 * (begin + end), dtype=np.float64)[group.reshape(-1)]

    def _beyond_corners(
        self, slope: Array, left: NDArray[np.intp], right: NDArray[np.intp]
    ) -> NDArray[np.intp]:
        """Return the cells (n, 2), with the next one where an end is a corner of the loss.

        There the slope is any between those beside it, and the jump would lie on the edge.

        Args:
            slope: of the mixtures on the grid, (n, grid).
            left, right: indices of the cells' ends, (n,).
        """
        corners, row = self.sides.discriminator.corners_on_scores, np.arange(len(left))
        before, behind = np.maximum(left - 1, 0), np.minimum(right + 1, len(_GRID) - 1)
        opens = among(corners, _GRID[left]) & (slope[row, before] < 0)
        closes = among(corners, _GRID[right]) & (slope[row, behind] > 0)
        return np.stack([np.where(opens, before, left), np.where(closes, behind, right)], axis=1)

    def _refined(self, cells: NDArray[np.intp], a: Array, b: Array) -> tuple[Array, Array]:
        """Return the minimisers in these cells of the grid, and the bend there or NaN.

        Args:
            cells: indices of the ends, (n, 2).
            a, b: the weights of the mixtures, (n, 1).
        """
        low, high = _GRID[cells].T
        silent = ((a == 0) | (b == 0))[:, 0]

        def slopes(
            x: Array, which: NDArray[np.intp], *, curved: bool = True
        ) -> tuple[Array, Array]:
            one, zero = self.sides.on_scores(x, curved=curved)
            heavy, light = a[which], b[which]
            mixed = _mixed if silent[which].any() else _sum
            with np.errstate(all="ignore"):
                slope = mixed(heavy, one.slope, light, zero.slope)
                if not curved:
                    return slope, one.curvature
                return slope, mixed(heavy, one.curvature, light, zero.curvature)

        f = _mixed(a, self.real.slope[cells], b, self.fake.slope[cells])
        df = _mixed(a, self.real.curvature[cells], b, self.fake.curvature[cells])
        start = inverse_cubic(low, high, (f[:, 0], df[:, 0]), (f[:, 1], df[:, 1]))
        rising = np.ones(len(low), dtype=bool)
        s, _, _ = zeros(
            slopes, low, high, rising, self.sides.discriminator.corners_on_scores, start
        )
        # |s| and max(s, 0) cancel in BCE on scores, but have no curvature at 0: look beside.
        around = s[:, None] + np.array([0.0, -_NUDGE, _NUDGE])
        all_slopes, bends = slopes(around, np.arange(len(a)))
        slope, bend = all_slopes[:, 0], bends[:, 0]
        with np.errstate(all="ignore"):
            bend = np.where(bend > 0, bend, 0.5 * (bends[:, 1] + bends[:, 2]))
            smooth = (bend > 0) & np.isfinite(bend) & (np.abs(slope) <= 1e-4 * bend)
        return s, np.where(smooth, bend, np.nan)


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
    mixed: Array = a * one
    mixed += b * zero  # in place: on the whole grid these are large
    return mixed
