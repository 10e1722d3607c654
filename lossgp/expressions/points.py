"""The points at which two losses are compared: all over their range, and where they are sharp.

A grid alone misses what is narrow: a kink, a pole, a bump of width 1e-3. Whatever a tree does
suddenly it does where one of its nodes changes its sign or turns, so these places are found, and
looked at from near and far.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import sympy
from numpy.typing import NDArray

from .domain import DOMAIN
from .evaluate import Tape
from .sampling import Vector
from .symbols import EPSILON

_EVEN = 1_002
_OFF = np.array([1e-15, 1e-12, 1e-9, 1e-7, 1e-6, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2])
_MOST = 128  # places of one tree, label and round
_SECTIONS, _ROUNDS = 15, 14  # points a round, each of four bits: down to neighbouring floats


def looked_at(trees: Sequence[sympy.Expr], link: str = "sigmoid") -> tuple[Vector, Vector]:
    """Return (y_pred, y_real): where trees are compared, each label with its own points.

    These are 1,002 points evenly spread over `DOMAIN`, its ends, points at 1e-15 to 1e-2 from
    these, and every place at which an operand of one of the trees changes its sign or turns, to
    the last bit, with points as far from it. What lies between such points is looked for a
    second time. Of over 128 places 128 are taken, evenly spread.
    """
    p, y = zip(*(_points(trees, link, label) for label in (1.0, 0.0)), strict=True)
    return np.concatenate(p), np.concatenate(y)


def _points(trees: Sequence[sympy.Expr], link: str, label: float) -> tuple[Vector, Vector]:
    tapes = [Tape(tree) for tree in trees]
    low, high = DOMAIN[link]
    ends = np.array([low, high] if link == "sigmoid" else [low, 0.0, high])
    x = _within(np.concatenate([np.linspace(low, high, _EVEN), _about(ends)]), low, high)
    for _ in range(2):
        places = [_places(tape, x, label) for tape in tapes]
        x = _within(np.concatenate([x, *map(_about, places)]), low, high)
    return x, np.full_like(x, label)


def _within(x: Vector, low: float, high: float) -> Vector:
    return np.unique(x[(x >= low) & (x <= high)])


def _about(places: Vector) -> Vector:
    """Return the places, their neighbouring floats, and points near and far from them."""
    beside = [np.nextafter(places, side) for side in (-np.inf, np.inf)]
    off = [(places[:, None] + sign * _OFF).ravel() for sign in (-1.0, 1.0)]
    return np.concatenate([places, *beside, *off])


def _places(tape: Tape, x: Vector, label: float) -> Vector:
    """Return where a node of the tree changes its sign or turns, between points x, rising."""
    sign = np.sign(_functions(tape, x, label))
    if not len(sign):
        return np.empty(0)
    zero = sign == 0
    alone = zero[:, 1:-1] & ~(zero[:, :-2] & zero[:, 2:])
    _, cell = np.nonzero(alone)
    exact = _spread(np.unique(x[1:-1][cell]))
    which, cell = np.nonzero(sign[:, :-1] * sign[:, 1:] < 0)
    # Where one node changes its sign others mostly do: one of them in a cell is not enough, as
    # their zeros may differ, but of many cells some will do.
    cells = _spread(np.unique(cell))
    taken = np.isin(cell, cells)
    which, cell = which[taken], cell[taken]
    return np.unique(np.concatenate([exact, _bisected(tape, label, which, x[cell], x[cell + 1])]))


def _spread(values: NDArray[np.generic]) -> NDArray[np.generic]:
    if len(values) <= _MOST:
        return values
    return values[np.linspace(0, len(values) - 1, _MOST).astype(np.intp)]


def _bisected(
    tape: Tape, label: float, which: NDArray[np.intp], low: Vector, high: Vector
) -> Vector:
    """Return where functions change their sign, one in each bracket, to neighbouring floats."""
    if not len(which):
        return np.empty(0)
    share = np.arange(1, _SECTIONS + 1) / (_SECTIONS + 1)
    row = np.arange(len(which))
    start = np.sign(_functions(tape, low, label)[which, row])
    for _ in range(_ROUNDS):
        points = low[:, None] + (high - low)[:, None] * share
        found = _functions(tape, points.ravel(), label).reshape(-1, *points.shape)[which, row]
        # NaN stands for "not past it yet", as anything else.
        first = (np.sign(found) * start[:, None] > 0).cumprod(axis=1).sum(axis=1)
        marks = np.concatenate([low[:, None], points, high[:, None]], axis=1)
        low, high = marks[row, first], marks[row, first + 1]
    return np.unique(np.concatenate([low, high]))


@np.errstate(all="ignore")
def _functions(tape: Tape, x: Vector, label: float) -> Vector:
    """Return the functions of which the zeros are sought, shape (number, n).

    Values and slopes of all nodes; what max and min compare; what quotients are divided by.
    """
    rows: list[Vector] = []
    for row, value, slope, operands in tape.on(x, np.full_like(x, label)).steps():
        rows += [np.asarray(value, dtype=np.float64), np.asarray(slope, dtype=np.float64)]
        if row.name in ("max", "min"):
            rows.append(np.asarray(operands[0] - operands[1], dtype=np.float64))
        elif row.name == "div":
            rows.append(np.asarray(operands[1] + EPSILON, dtype=np.float64))
    return np.array(rows)
