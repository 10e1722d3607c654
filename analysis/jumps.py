"""Where the optimal discriminator leaps from one minimum of its loss to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .jets import Array
from .optimum import Optimum
from .ranges import logit, sigmoid
from .small_arrays import clipped, increments, indices, paired, spread

if TYPE_CHECKING:
    from .game import Game

_LEAST = 1e-3  # of a probability: a smaller jump is not told
_ABOUT = np.array([-3e-2, -1e-3, 0.0, 1e-3, 3e-2])  # of an interval: looks about a corner
_MOST = 8  # jumps that are told, the widest
_ROUNDS = 10
_NARROW = 1e-5  # of log u: D* that still moves between two ratios so close to each other jumps
_BESIDE, _ONE = 3e-5, 1e-4  # of log u: where a jump's ends are told, and what is one jump


@dataclass(frozen=True)
class Jump:
    """A jump of D*.

    Attributes:
        eta: the share of real data at which it is, to 3e-6.
        before, behind: what D* says below and above that share, as probabilities.
    """

    eta: float
    before: float
    behind: float


@np.errstate(all="ignore")  # infinities are answers here
def jumps_of(game: Game) -> tuple[Jump, ...]:
    """Return the widest jumps of D* along the course, rising in η.

    A step of the course is looked into where the slope of D* does not tell it. There the Bayes
    risk has a corner, near the point at which its tangents from both sides meet; six looks a
    round narrow it down, and a jump is what does not shrink.
    """
    if not all(look.followed for look in game.survey.looks):
        return ()  # of minima without end none is the deepest
    course = game.course
    if spread(course.prediction) <= _LEAST:
        return ()
    order = indices(np.isfinite(course.log_u))
    order = order[np.argsort(course.log_u[order], kind="stable")]
    pace = _pace(game, course)[order]
    x, d = course.log_u[order], course.prediction[order]
    step, width = increments(d), increments(x)
    told = 0.5 * width * (pace[:-1] + pace[1:])
    open_ = indices((np.abs(step) > _LEAST) & ~(np.abs(step - told) < 0.3 * np.abs(step)))
    if not len(open_):
        return ()
    open_ = np.sort(open_[np.argsort(-np.abs(step[open_]), kind="stable")[:_MOST]])
    low, high = x[open_], x[open_ + 1]
    ends = paired(d[open_], d[open_ + 1])
    lines = _tangents(game, course)[:, order]  # (2, n)
    first, second = lines[:, open_], lines[:, open_ + 1]
    for _ in range(_ROUNDS):
        if (high - low <= _NARROW).all():
            break
        points = _looks(low, high, first, second)  # (intervals, 8)
        best = game.optimum(points[:, 1:-1].ravel())
        said = np.column_stack([ends[:, :1], best.prediction.reshape(len(low), -1), ends[:, 1:]])
        inner = _tangents(game, best).reshape(2, len(low), -1)  # (2, intervals, 6)
        every = np.concatenate([first[:, :, None], inner, second[:, :, None]], axis=2)
        # Of each interval the part over which D* moves furthest.
        row, k = np.arange(len(low)), np.abs(np.diff(said, axis=1)).argmax(axis=1)
        low, high = points[row, k], points[row, k + 1]
        ends = paired(said[row, k], said[row, k + 1])
        first, second = every[:, row, k], every[:, row, k + 1]
        left = np.abs(ends[:, 1] - ends[:, 0]) > _LEAST
        if not left.any():
            return ()
        low, high, ends = low[left], high[left], ends[left]
        first, second = first[:, left], second[:, left]
    at = (0.5 * (low + high))[high - low <= _NARROW]
    # Told from a little beside, because just at a tie D* may say what is between.
    beside = (at[:, None] + [-_BESIDE, _BESIDE]).ravel()
    ends = game.optimum(beside).prediction.reshape(-1, 2)
    jumps = np.abs(ends[:, 1] - ends[:, 0]) > _LEAST
    return _merged(at[jumps], ends[jumps])


def _pace(game: Game, best: Optimum) -> Array:
    """Return dD*/d log u where D* moves smoothly; 0 where it rests."""
    # η·φ₁' + (1−η)·φ₀' = 0 along D*: ds/dlog u = −η·φ₁'/bend, and dD*/ds = D*·(1 − D*).
    one, _ = game.along(best)
    d = best.prediction
    return np.where(best.smooth, -one.slope * best.eta / best.bend * d * (1.0 - d), 0.0)


def _tangents(game: Game, best: Optimum) -> Array:
    """Return offset and slope of the Bayes risk's tangents, l₀(D*) and l₁(D*) − l₀(D*), (2, n).

    B(η) is the lower envelope of the lines η·l₁(p) + (1 − η)·l₀(p).
    """
    one, zero = game.along(best)
    return np.stack([zero.value, one.value - zero.value])


def _looks(low: Array, high: Array, first: Array, second: Array) -> Array:
    """Return both ends of intervals, and six points between them, rising, shape (n, 8)."""
    width = high - low
    # The tangents c + m·η from both sides meet at η = (c₂ − c₁)/(m₁ − m₂); all (n,).
    meeting = logit((second[0] - first[0]) / (first[1] - second[1]))
    middle = 0.5 * (low + high)
    inside = (meeting > low + 0.02 * width) & (meeting < high - 0.02 * width)
    meeting = np.where(inside, meeting, low + 0.3 * width)
    about = meeting[:, None] + width[:, None] * _ABOUT
    inner = clipped(np.column_stack([about, middle]), low[:, None], high[:, None])
    return np.sort(np.column_stack([low, inner, high]), axis=1)


def _merged(at: Array, ends: Array) -> tuple[Jump, ...]:
    merged: list[tuple[float, float, float]] = []
    last = -np.inf
    for x, (before, behind) in zip(at.tolist(), ends.tolist(), strict=True):
        if x - last <= _ONE:
            before = merged.pop()[1]
        last = x
        merged.append((float(sigmoid(np.array(x))), before, behind))
    return tuple(Jump(*row) for row in merged)


def rests_between(jumps: tuple[Jump, ...], said: NDArray[np.float64]) -> bool:
    """Tell whether D* moves by jumps alone.

    Args:
        jumps: of D*.
        said: D* along rising shares of real data.
    """
    moved = float(np.abs(increments(said)).sum())
    return bool(jumps) and moved - sum(abs(j.behind - j.before) for j in jumps) < 1e-6
