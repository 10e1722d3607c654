"""Where a loss is infinite or leaps inside its range: the poles and jumps of its operators."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .jets import Array

if TYPE_CHECKING:
    from .sides import Bundle

# The furthest and the nearest reading, as shares of the way to the nearer end of the range, and
# how far from one to the other the five are.
_FURTHEST, _NEAREST = 2.0**-12, 2.0**-40
_STEPS = np.linspace(0.0, 1.0, 5)
_KEEPS = 0.75  # of a step one before: a logarithm's poles keep all, |x|^0.06 keeps so much
_SETTLES = 0.5  # of a step one before: then the readings have a limit
_ROUNDING = 1e-9  # of the loss
HUGE = 1e300
"""What only poles reach: an exponential is cut off at 8e307."""


@dataclass(frozen=True)
class Breaks:
    """Points at which a side is infinite or leaps, rising.

    Attributes:
        at: the points, in the variable of the sides, shape (m,).
        limits: of each side from below and from above, shape (sides, m, 2); infinite at
            poles, NaN where there is no limit.
        slopes: of each side just below and just above, shape (sides, m, 2).
        near, nearer: readings of each side at two distances, shape (sides, m, 2); between
            them a pole's sign can be told of any mixture of the sides.
    """

    at: Array
    limits: Array
    slopes: Array
    near: Array
    nearer: Array

    @classmethod
    @np.errstate(all="ignore")
    def of(cls, bundle: Bundle, corners: Array) -> Breaks:
        """Return at which of the corners some side is infinite or leaps.

        Args:
            bundle: the sides.
            corners: where a side may be so, such as `Bundle.corners`, shape (m,).
        """
        if not len(corners):
            empty = np.empty((len(bundle.sides), 0, 2))
            return cls(np.empty(0), empty, empty, empty, empty)
        free = bundle.sides[0].link == "identity"
        room = np.maximum(np.abs(corners), 1e-3) if free else np.minimum(corners, 1.0 - corners)
        nearest = np.maximum(room * _NEAREST, 8.0 * np.spacing(np.abs(corners)))[:, None]
        furthest = np.maximum(room[:, None] * _FURTHEST, 256.0 * nearest)
        step = furthest * (nearest / furthest) ** _STEPS  # (m, 5), geometric, from far to near
        points = np.stack([corners[:, None] - step, corners[:, None] + step], axis=1)
        jets = bundle.jets(points, curved=False)  # points (m, 2, 5)
        value = np.stack([jet.value for jet in jets])  # (sides, m, 2, 5)
        slope = np.stack([jet.slope for jet in jets])[..., -2]  # (sides, m, 2)
        limits = _limits(value)
        endless, leaps = np.isinf(limits).any(axis=2), _leaps(value, limits)
        whole = np.isfinite(limits).all(axis=2) & ~leaps
        limits = np.where(whole[..., None], limits.mean(axis=2, keepdims=True), limits)
        which = (endless | leaps).any(axis=0)
        return cls(
            corners[which], limits[:, which], slope[:, which],
            value[..., -3][:, which], value[..., -1][:, which],
        )  # fmt: skip

    def part(self, which: NDArray[np.bool_]) -> Breaks:
        """Return some of the breaks."""
        sides = (self.limits, self.slopes, self.near, self.nearer)
        return Breaks(self.at[which], *(part[:, which] for part in sides))

    def mixed(self, which: NDArray[np.intp], weights: tuple[Array, Array]) -> Array:
        """Return the limits of mixtures of two sides, shape (k, 2); NaN for none.

        A weight of 0 silences even an infinite side.

        Args:
            which: the index of each mixture's break, (k,).
            weights: of the first side and of the second one, each (k, 1).
        """

        def sum_of(part: Array) -> Array:
            one, zero = (
                np.where(w == 0, 0.0, w * side[which])
                for w, side in zip(weights, part, strict=True)
            )
            return np.asarray(one + zero, dtype=np.float64)

        total = sum_of(self.limits)
        against = np.isnan(total) & np.isinf(self.limits[:, which]).any(axis=0)
        if not against.any():
            return total
        endless = np.where(sum_of(self.nearer) < sum_of(self.near), -math.inf, math.inf)
        return np.where(against, endless, total)

    def told(self, index: int) -> list[tuple[float, tuple[float, float], tuple[float, float]]]:
        """Return point, limits and slopes from below and above wherever one side breaks."""
        limits = self.limits[index]
        with np.errstate(all="ignore"):
            apart = np.isinf(limits).any(axis=1) | (limits[:, 0] != limits[:, 1])
        rows = zip(
            self.at[apart].tolist(), limits[apart].tolist(), self.slopes[index][apart].tolist(),
            strict=True,
        )  # fmt: skip
        return [(at, (a, b), (c, d)) for at, (a, b), (c, d) in rows]


def _limits(value: Array) -> Array:
    """Return the limits of readings along the last axis, each from far to near; NaN for none."""
    steps = np.diff(value)
    size = np.abs(steps)
    last = value[..., -1]
    rounding = _ROUNDING * np.abs(value).max(axis=-1)
    steady = np.abs(np.sign(steps[..., 1:]).sum(axis=-1)) == 3
    kept = (size[..., 2:] >= _KEEPS * size[..., 1:-1]).all(axis=-1)
    endless = steady & kept & (size[..., -1] > rounding)
    settled = (size[..., -1] <= _SETTLES * size[..., 1:-1].max(axis=-1)) | (
        size[..., -1] <= rounding
    )
    finite = np.where(settled, last, np.nan)
    out = np.where(endless, np.copysign(np.inf, steps[..., -1]), finite)
    return np.where(np.abs(last) > HUGE, np.copysign(np.inf, last), out)


def _leaps(value: Array, limits: Array) -> NDArray[np.bool_]:
    """Tell at which corners the limits from below and above differ, shape (sides, m)."""
    across = np.abs(value[:, :, 1] - value[:, :, 0])  # at each distance
    rounding = _ROUNDING * np.abs(value).max(axis=(2, 3))
    jumps = (across[..., -1] > 0.9 * across[..., -3]) & (across[..., -1] > 1e3 * rounding)
    apart: NDArray[np.bool_] = jumps & np.isfinite(limits).all(axis=2)
    return apart
