"""How unsteady a learning curve ends: as a part of its size, and in its own unit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

LEAST = 3  # points


def instability(curve: Sequence[float]) -> float | None:
    """The noise of a curve's second half, as a part of its size: 0 is steady, 1 all noise.

    The root mean square of the differences of neighbouring points over the square root of 2 (von
    Neumann et al. 1941: the standard deviation of independent noise around whatever the curve
    follows, so that a curve that still falls smoothly is not unsteady), divided by the root mean
    square of the points. Without a unit, it can be compared between losses; but of a curve that
    has hardly left zero, as at a tiny learning rate, the size is small and the part large: there
    `noise` says more. The stability of trainings and stored results are by this one.

    None where the second half has fewer than three points or is zero; points that are not finite
    are left out.
    """
    points = [point for point in curve if math.isfinite(point)]
    half = points[len(points) // 2 :]
    size = math.hypot(*half) / math.sqrt(max(1, len(half)))
    if len(half) < LEAST or size == 0:
        return None
    steps = [(after - before) / size for before, after in pairwise(half)]
    return math.hypot(*steps) / math.sqrt(2 * len(steps))


def noise(curve: Sequence[float]) -> float | None:
    """The numerator of `instability`, in the curve's unit: 0 is steady.

    Of a critic's estimate of the Wasserstein distance it is told in standard deviations of the
    critic's scores of real images. That scale depends neither on the estimate's size nor on the
    factor by which a loss lets scores grow: a critic that has learned nothing has its sampling
    noise there, some hundredths, and not the whole of a small number.

    None where the second half has fewer than three points; points that are not finite are left out.
    """
    points = [point for point in curve if math.isfinite(point)]
    half = points[len(points) // 2 :]
    if len(half) < LEAST:
        return None
    steps = [after - before for before, after in pairwise(half)]
    return math.hypot(*steps) / math.sqrt(2 * len(steps))
