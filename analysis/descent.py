"""The scores of minima in cells of the terrain: where slopes vanish, jump, or rest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .brackets import inverse_cubic, zeros
from .corners import among
from .flats import boundaries
from .jets import Array
from .small_arrays import indices, paired
from .terrain import Terrain
from .valleys import Valleys, added, mixed

_NUDGE = 1e-6
_ROUNDING = 1e-14  # of a score that has been a prediction
_BITS = 30  # of a cell, to which the edges of flat stretches are told


def located(terrain: Terrain, valleys: Valleys) -> tuple[Array, Array]:
    """Return the scores of minima, and the bend there where it is smooth, else NaN; each (k,).

    Args:
        terrain: D's sides.
        valleys: the cells that hold the minima.
    """
    scores, cell, a, b = terrain.scores, valleys.cell, valleys.a, valleys.b
    score, bend = np.empty(len(cell)), np.full(len(cell), np.nan)
    last = len(scores) - 1
    score[cell < 0], score[cell >= last] = -np.inf, np.inf
    held = np.isin(cell, terrain.broken) if len(terrain.broken) else np.zeros(len(cell), bool)
    if held.any():
        score[held] = terrain.breaks_on_scores[np.searchsorted(terrain.broken, cell[held])]
    inside = indices((cell >= 0) & (cell < last) & ~held)
    still = valleys.tilt[inside, 1] == 0
    flat = np.zeros(len(inside), dtype=bool)
    if still.any():
        rows = inside[still]
        behind = np.minimum(cell[rows] + 2, last)[:, None]
        one, zero = terrain.real.slope[behind], terrain.fake.slope[behind]
        flat[still] = mixed(a[rows], one, b[rows], zero)[:, 0] == 0
    rows = np.concatenate([indices((cell < 0) & (valleys.tilt[:, 0] == 0)), inside[flat]])
    if len(rows):
        score[rows] = _rested(terrain, cell[rows], a[rows], b[rows])
    rest = inside[~flat]
    if len(rest):
        left = cell[rest]
        cells = paired(left, np.minimum(left + 1 + still[~flat], last))
        score[rest], bend[rest] = _refined(terrain, cells, a[rest], b[rest])
    return score, bend


def _rested(terrain: Terrain, left: NDArray[np.intp], a: Array, b: Array) -> Array:
    """Return the middles of flat stretches, or their near edges where they are endless.

    Args:
        terrain: D's sides.
        left: the last point before each stretch; −1 where it begins at the lower end.
        a, b: the weights of the mixtures, (rows, 1).
    """
    slope = mixed(a, terrain.real.slope, b, terrain.fake.slope)  # (rows, n)
    scores = terrain.scores
    last = len(scores) - 1
    behind = (slope != 0) & (np.arange(last + 1) > left[:, None])
    right = np.where(behind.any(axis=1), behind.argmax(axis=1), last + 1)
    start, end = scores[left + 1], scores[right - 1]
    opens, closes = left >= 0, right <= last
    near, far = indices(opens), indices(closes)
    rows = np.concatenate([near, far])
    moving = np.concatenate([left[near], right[far]])
    flat = np.concatenate([left[near] + 1, right[far] - 1])
    edges = _edges(terrain, moving, flat, a[rows, 0], b[rows, 0])
    start[near], end[far] = edges[: len(near)], edges[len(near) :]
    return np.where(opens & closes, 0.5 * (start + end), np.where(opens, start, end))


def _edges(
    terrain: Terrain, moving: NDArray[np.intp], flat: NDArray[np.intp], a: Array, b: Array
) -> Array:
    """Return where slopes become zero: at a corner, or to 2^-30 of a cell of the terrain.

    Args:
        terrain: D's sides.
        moving, flat: indices of the cell's ends, where it moves and where it is flat, (n,).
        a, b: the weights of the mixtures, (n,).
    """
    # Where both sides are flat, and not their mixture alone, the weights do not matter.
    still = (terrain.real.slope[flat] == 0) & (terrain.fake.slope[flat] == 0)
    # Many rows ask for the same edge: columns (3, n) that are equal are looked for once.
    same = np.stack([moving, flat, np.where(still & (a > 0) & (b > 0), -1.0, a)])
    _, first, group = np.unique(same, axis=1, return_index=True, return_inverse=True)
    begin, end = terrain.scores[moving[first]], terrain.scores[flat[first]]
    edge = 0.5 * (begin + end)
    held = np.zeros(len(edge), dtype=bool)
    if len(terrain.corners):
        above = np.minimum(
            np.searchsorted(terrain.corners, np.minimum(begin, end)), len(terrain.corners) - 1
        )
        corner = terrain.corners[above]
        held = (np.minimum(begin, end) < corner) & (corner < np.maximum(begin, end))
        edge[held] = corner[held]
    open_ = indices(~held)
    if len(open_):
        weights = a[first][open_, None], b[first][open_, None]

        def slopes(s: Array) -> Array:
            one, zero = terrain.bundle.on_scores(s, curved=False)
            return mixed(weights[0], one.slope, weights[1], zero.slope)

        edge[open_] = boundaries(slopes, begin[open_], end[open_], _BITS)
    return edge[group.reshape(-1)]


def _refined(terrain: Terrain, cells: NDArray[np.intp], a: Array, b: Array) -> tuple[Array, Array]:
    """Return the minimisers in these cells of the terrain, and the bend there or NaN.

    Args:
        terrain: D's sides.
        cells: indices of the ends, (n, 2).
        a, b: the weights of the mixtures, (n, 1).
    """
    low, high = terrain.scores[cells].T
    silent = ((a == 0) | (b == 0))[:, 0]
    bundle, real, fake = terrain.bundle, terrain.real, terrain.fake

    def slopes(x: Array, which: NDArray[np.intp], *, curved: bool = True) -> tuple[Array, Array]:
        one, zero = bundle.on_scores(x, curved=curved)
        heavy, light = a[which], b[which]
        mix = mixed if silent[which].any() else added
        with np.errstate(all="ignore"):
            slope = mix(heavy, one.slope, light, zero.slope)
            if not curved:
                return slope, one.curvature
            return slope, mix(heavy, one.curvature, light, zero.curvature)

    f = mixed(a, real.slope[cells], b, fake.slope[cells])  # (n, 2), at both ends, as df
    df = mixed(a, real.curvature[cells], b, fake.curvature[cells])
    start = inverse_cubic(low, high, (f[:, 0], df[:, 0]), (f[:, 1], df[:, 1]))
    rising = np.ones(len(low), dtype=bool)
    s, _, _ = zeros(slopes, low, high, rising, terrain.corners, start)
    slope, bend = (column[:, 0] for column in slopes(s[:, None], np.arange(len(s))))
    corner = among(terrain.corners, s, _ROUNDING)
    sharp = np.zeros(len(s), dtype=bool)
    doubtful = indices(corner | ~(bend > 0))
    if len(doubtful):
        # |s| and max(s, 0) cancel in BCE on scores, but have no curvature at 0: look beside.
        around = s[doubtful, None] + np.array([-_NUDGE, _NUDGE])
        tilt, bends = slopes(around, doubtful)
        mean = 0.5 * (bends[:, 0] + bends[:, 1])
        bend[doubtful] = np.where(bend[doubtful] > 0, bend[doubtful], mean)
        # At a corner it is smooth if the bends beside it tell how far the slope moves.
        rise = tilt[:, 1] - tilt[:, 0]
        sharp[doubtful] = ~(np.abs(rise - 2.0 * _NUDGE * mean) <= 0.1 * rise)
    smooth = (bend > 0) & np.isfinite(bend) & (np.abs(slope) <= 1e-4 * bend) & ~(sharp & corner)
    return s, np.where(smooth, bend, np.nan)
