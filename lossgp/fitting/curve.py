"""A loss as numbers: its values at predictions, for real and for generated samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lossgp.common.echo import quoted
from lossgp.expressions import FormulaError

Vector = NDArray[np.float64]

LEAST = 8
"""Points of each label that are needed."""
MOST = 400
"""Points of each label that are fitted; of more, so many evenly chosen ones."""
_GRID = np.linspace(0.0, 1.0, 101)


class CurveError(FormulaError):
    """What was given is no curve of a loss; the message is one line for people."""


@dataclass(frozen=True)
class Curve:
    """Points of a loss l(p, y), n in all.

    Attributes:
        p: predictions in [0, 1], shape (n,).
        y: labels, 1 for real and 0 for generated samples, shape (n,).
        loss: finite values, shape (n,).
        notes: what a user should know of how they were read.
    """

    p: Vector
    y: Vector
    loss: Vector
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, p: ArrayLike, y: ArrayLike, loss: ArrayLike, notes: tuple[str, ...] = ()) -> Self:
        """Return the curve of points in any order; those that are not finite are left out.

        Raises:
            CurveError: predictions or labels are out of range, or too few points are left.
        """
        try:
            columns = [np.asarray(x, dtype=np.float64).ravel() for x in (p, y, loss)]
            at, label, value = np.broadcast_arrays(*columns)
        except (TypeError, ValueError):
            raise CurveError(
                "predictions, labels and losses must be numbers, as many of each"
            ) from None
        finite = np.isfinite(at) & np.isfinite(label) & np.isfinite(value)
        if (lost := int((~finite).sum())) > 0:
            notes = (*notes, f"{lost} of {len(at)} points are not finite, and are left out")
        at, label, value = at[finite], label[finite], value[finite]
        if ((at < 0) | (at > 1)).any():
            wrong = at[(at < 0) | (at > 1)][0]
            raise CurveError(f"a prediction is {wrong:g}; predictions lie in [0, 1]")
        if (strange := label[(label != 0) & (label != 1)]).size:
            raise CurveError(
                f"a label is {strange[0]:g}; it must be 1 (real) or 0 (generated samples)"
            )
        picked: list[NDArray[np.intp]] = []
        for name, which in (("real samples (y_real = 1)", 1), ("generated samples (0)", 0)):
            own = np.flatnonzero(label == which)
            if len(own) < LEAST:
                raise CurveError(
                    f"there are {len(own)} points for {name}; at least {LEAST} are needed for "
                    "each label"
                )
            own = own[np.argsort(at[own], kind="stable")]
            if len(own) > MOST:
                own = own[np.linspace(0, len(own) - 1, MOST).round().astype(np.intp)]
            picked.append(own)
        chosen = np.concatenate(picked)
        if float(np.ptp(value[chosen])) == 0:
            raise CurveError("the loss is the same everywhere; there is nothing to fit")
        return cls(at[chosen], label[chosen], value[chosen], notes)

    @classmethod
    def by_class(
        cls, p: ArrayLike, real: ArrayLike, fake: ArrayLike, notes: tuple[str, ...] = ()
    ) -> Self:
        """Return the curve of l₁ (`real`) and l₀ (`fake`) at the same predictions."""
        at = np.asarray(p, dtype=np.float64).ravel()
        both = [np.broadcast_to(np.asarray(x, dtype=np.float64).ravel(), at.shape)
                for x in (real, fake)]  # fmt: skip
        labels = np.concatenate([np.ones_like(at), np.zeros_like(at)])
        return cls.of(np.concatenate([at, at]), labels, np.concatenate(both), notes)

    @classmethod
    def from_function(cls, function: Callable[[Vector, Vector], ArrayLike]) -> Self:
        """Return the curve of `function(y_pred, y_real)`, which takes arrays, on a grid."""
        p = np.concatenate([_GRID, _GRID])
        y = np.concatenate([np.ones_like(_GRID), np.zeros_like(_GRID)])
        try:
            return cls.of(p, y, function(p, y))
        except CurveError:
            raise
        except Exception as error:
            raise CurveError(
                f"the function {quoted(getattr(function, '__name__', function), 60)} of "
                f"(y_pred, y_real) cannot be evaluated on arrays: {error}"
            ) from error

    @cached_property
    def weights(self) -> Vector:
        """1/(s + |l − m|)², with the median m and the median distance s from it, shape (n,).

        Residuals then count by the size of the loss where they lie: a pole at one end does not
        drown the rest.
        """
        distance = np.abs(self.loss - np.median(self.loss))
        scale = float(np.median(distance)) or float(distance.mean())
        return np.asarray(1.0 / (scale + distance) ** 2)

    @property
    def whole(self) -> Points:
        """All points."""
        return Points(self.p, self.y, self.loss, self.weights)

    def of_label(self, label: int) -> Points:
        """Return the points of one label; their weights are those of the whole."""
        own = self.y == label
        return Points(self.p[own], self.y[own], self.loss[own], self.weights[own])


@dataclass(frozen=True)
class Points:
    """What a formula is fitted to: predictions, labels, values, weights; each of shape (n,)."""

    p: Vector
    y: Vector
    loss: Vector
    weights: Vector

    @property
    def columns(self) -> NDArray[np.float64]:
        """Predictions, ones, and labels where there are both: shape (n, 2) or (n, 3)."""
        both = np.column_stack([self.p, np.ones_like(self.p), self.y])
        return both if np.ptp(self.y) else both[:, :2]
