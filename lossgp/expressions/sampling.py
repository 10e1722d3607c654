"""One look at a tree for all that a search asks of it.

Screening looks at a grid with the edges of [0, 1], comparison at Chebyshev points; both are
read off one evaluation. The last tree is remembered, so that a search, which screens a tree
and then looks for its equal, evaluates it once.
"""

from __future__ import annotations

import numpy as np
import sympy
from numpy.typing import NDArray

from .domain import REACH
from .evaluate import Evaluation, FloatArray, Tape

Vector = NDArray[np.float64]

FIND = 32
"""Points of each label by which equal losses are found."""


def chebyshev(points: int, link: str = "sigmoid") -> tuple[Vector, Vector]:
    """Return (y_pred, y_real): points dense at the ends of the domain, label 1 before label 0.

    Scores reach as far as everywhere, and are dense in the middle, too, where losses bend.
    """
    p = 0.5 - 0.5 * np.cos(np.pi * (np.arange(points) + 0.5) / points)
    if link == "identity":
        p = REACH * np.sinh(3.0 * (2.0 * p - 1.0)) / np.sinh(3.0)
    return both_labels(p)


def both_labels(p: Vector) -> tuple[Vector, Vector]:
    """Return (y_pred, y_real): the points under the label 1, then under the label 0."""
    return np.concatenate([p, p]), np.concatenate([np.ones_like(p), np.zeros_like(p)])


def _edged() -> Vector:
    inner = np.linspace(0.0, 1.0, 29)
    return np.unique(np.concatenate([inner, [1e-6, 1e-3, 1 - 1e-3, 1 - 1e-6]]))


EDGED = both_labels(_edged())
"""The grid of screening: [0, 1] with points near to and at its edges, for either label."""

_WIDTH = len(EDGED[0])
_ALL = tuple(np.concatenate(pair) for pair in zip(EDGED, chebyshev(FIND), strict=True))
_NARROW = tuple(x.astype(np.float32) for x in EDGED)


class Sample:
    """Values and slopes of a tree on [0, 1], each computed when it is first asked for."""

    def __init__(self, tree: sympy.Expr) -> None:
        self.tape = Tape(tree)
        self._evaluations: dict[str, Evaluation] = {}

    @property
    def _wide(self) -> Evaluation:
        return self._on("wide", _ALL)

    @property
    def _narrow(self) -> Evaluation:
        return self._on("narrow", _NARROW)

    def _on(self, name: str, points: tuple[FloatArray, ...]) -> Evaluation:
        found = self._evaluations.get(name)
        if found is None:
            found = self._evaluations[name] = self.tape.on(*points)
        return found

    @property
    def value(self) -> FloatArray:
        """Values on `EDGED`, in float64."""
        return self._wide.value[:_WIDTH]

    @property
    def slope(self) -> FloatArray:
        """Slopes on `EDGED`, in float64."""
        return self._wide.slope[:_WIDTH]

    @property
    def value32(self) -> FloatArray:
        """Values on `EDGED`, computed in float32."""
        return self._narrow.value

    @property
    def slope32(self) -> FloatArray:
        """Slopes on `EDGED`, computed in float32."""
        return self._narrow.slope

    @property
    def find_value(self) -> FloatArray:
        """Values on `chebyshev(FIND)`, in float64."""
        return self._wide.value[_WIDTH:]

    @property
    def find_slope(self) -> FloatArray:
        """Slopes on `chebyshev(FIND)`, in float64."""
        return self._wide.slope[_WIDTH:]


_last: Sample | None = None


def sample(tree: sympy.Expr) -> Sample:
    """Return the sample of a tree: the last one, if it is of this very tree."""
    global _last
    found = _last
    if found is None or found.tape.tree is not tree:
        found = _last = Sample(tree)
    return found
