"""A first look at sides that are read together, from which everything else is read off.

Where a side turns, bends sharply, leaps or becomes infinite is sought once, and here: its
minima, the optimal discriminator and the screen must not disagree about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lossgp.expressions import Link

from .breaks import Breaks
from .grids import Look, resolved
from .jets import Array
from .limits import limits_of
from .ranges import FIRST, grid, logit, sounded
from .sides import Bundle
from .small_arrays import distinct, increments, indices
from .turns import Turns, turns

_BESIDE = 1e-9  # how close to a corner its slopes are read, as a share of the score's size
_FINER = 200  # points of a refined grid that are worth to be read again


@dataclass(frozen=True)
class LossSurvey:
    """Sides of one variable on grids that follow them.

    Attributes:
        bundle: the sides.
        looks: each side on its grid, where it is finite.
        edges: the limits of each side at the lower and at the upper end of its range.
    """

    bundle: Bundle
    looks: tuple[Look, ...]
    edges: tuple[tuple[float, float], ...]

    @classmethod
    @np.errstate(all="ignore")  # infinities are answers here
    def of(cls, bundle: Bundle) -> LossSurvey:
        """Look at sides over their whole range."""
        link = bundle.sides[0].link
        which, x = FIRST[link], grid(link)
        jets, beside = (
            [jet.part(part) for jet in bundle.first] for part in (which.inner, which.beside)
        )
        edges = limits_of(bundle, [jet.part(which.ends) for jet in bundle.first])
        if len(bundle.centres):
            x, first = np.unique(np.concatenate([x, bundle.centres]), return_index=True)
            extra = bundle.jets(bundle.centres)
            jets = [one.joined(more).part(first) for one, more in zip(jets, extra, strict=True)]
            beside = list(bundle.jets(sounded(x)[1], curved=False))
        looks = resolved(bundle, x, jets, beside)
        return cls(bundle, tuple(look.usable() for look in looks), tuple(edges))

    @cached_property
    def breaks(self) -> Breaks:
        """Where some side is infinite or leaps inside its range."""
        return Breaks.of(self.bundle, self.bundle.corners)

    @cached_property
    def turns(self) -> list[Turns]:
        """Where the slope of each side changes its sign."""
        with np.errstate(all="ignore"):
            return turns(self.bundle, self.looks)

    @cached_property
    def scores(self) -> Array:
        """Scores between which a side may have a minimum of its own, rising, shape (n,).

        Wherever it turns these are the turn and both ends of the cell that holds it; between
        two turns the place where it is steepest, because a mixture may turn there too; and
        every point to which its grid was refined.
        """
        inner = [point.at for side in self.turns for point in side.points]
        scores = np.concatenate([inner, *(self._marks(look) for look in self.looks)])
        if self.bundle.sides[0].link == "sigmoid":
            scores = logit(scores)
        return distinct(scores[np.isfinite(scores)])

    def _marks(self, look: Look) -> Array:
        if not look.followed:
            return np.empty(0)  # it oscillates, and what its grid shows is not all
        slope = look.out.slope
        moving = indices(slope)
        change = indices(increments(np.sign(slope[moving])))
        usual = grid(self.bundle.sides[0].link)
        finer = np.empty(0)
        if len(look.x) != len(usual):
            beside = np.minimum(np.searchsorted(usual, look.x), len(usual) - 1)
            finer = look.x[usual[beside] != look.x]
        if len(finer) > _FINER:
            finer = np.empty(0)  # it has many turns, and they are marks enough
        if not len(change):
            return finer
        left, right = moving[change], moving[change + 1]
        starts = np.concatenate([[0], right])
        steepest = [
            start + int(np.argmax(np.abs(slope[start : end + 1])))
            for start, end in zip(starts, np.append(left, len(slope) - 1), strict=True)
        ]
        return np.concatenate([look.x[np.concatenate([left, right, steepest])], finer])


def beside(corners: Array, link: Link) -> tuple[Array, Array]:
    """Return the scores just below and just above corners, as near as predictions tell apart.

    Args:
        corners: scores, shape (n,).
        link: what the sides are read at: predictions ("sigmoid") or scores ("identity").
    """
    reach = _BESIDE * np.maximum(np.abs(corners), 1.0)
    if link == "sigmoid":
        reach = np.maximum(reach, 2.0**-47 * (1.0 + np.exp(corners)))
    return corners - reach, corners + reach
