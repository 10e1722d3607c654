"""The two sides that D plays on, on a grid of scores on which nothing hides between neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lossgp.expressions import Link

from .breaks import Breaks
from .jets import Array, Jet
from .ranges import logit
from .sides import Bundle
from .small_arrays import clipped, distinct
from .survey import LossSurvey, beside

# Dense where networks work, thin in the tails; holds the whole numbers.
_GRID = np.concatenate(
    [np.arange(-44.0, -20.0, 2.0), np.arange(-20.0, -8.0), np.arange(-64, 65) / 8.0,
     np.arange(9.0, 29.0)]
)  # fmt: skip
# Beyond 28, 1 − p has lost its digits; towards p = 0 nothing is lost.
_GRIDS: dict[Link, Array] = {
    "sigmoid": _GRID, "identity": np.concatenate([_GRID, np.arange(30.0, 46.0, 2.0)])
}  # fmt: skip
_SURE = 1e-290  # a larger slope keeps its sign under a weight, of which one is at least 1/2


@dataclass(frozen=True)
class Terrain:
    """D's sides with respect to the score.

    Attributes:
        bundle: the two sides.
        scores: the grid, shape (n,), rising; it holds the scores beside every corner, and not
            the corners.
        real, fake: the jets of φ₁(s) = l₁(σ(s)) and φ₀(s) = l₀(σ(s)) on the grid.
        corners: scores at which a side may bend sharply or be infinite, rising.
        breaks: those at which some side is infinite or leaps.
        broken: for each of these the cell that holds it, by the index of its lower end.
        edges: limits of φ₁ and φ₀, shape (2 sides, 2 ends).
    """

    bundle: Bundle
    scores: Array
    real: Jet
    fake: Jet
    corners: Array
    breaks: Breaks
    broken: NDArray[np.intp]
    edges: Array

    @classmethod
    def of(cls, survey: LossSurvey) -> Terrain:
        """Return the terrain of D's two sides."""
        bundle = survey.bundle
        link = bundle.sides[0].link
        corners = bundle.corners_on_scores
        grid = _GRIDS[link]
        corners = corners[(corners > grid[0]) & (corners < grid[-1])]
        below, above = beside(corners, link)
        scores = np.concatenate([grid, survey.scores])
        if len(corners):
            place = np.searchsorted(corners, scores)
            near = np.zeros(len(scores), dtype=bool)
            for i in (np.maximum(place - 1, 0), np.minimum(place, len(corners) - 1)):
                near |= (scores >= below[i]) & (scores <= above[i])
            scores = np.concatenate([scores[~near], below, above])
        scores = distinct(scores[(scores >= grid[0]) & (scores <= grid[-1])])
        real, fake = bundle.on_scores(scores)
        at = survey.breaks.at if link == "identity" else logit(survey.breaks.at)
        inside = (at > grid[0]) & (at < grid[-1])
        breaks = survey.breaks.part(inside)
        broken = np.searchsorted(scores, at[inside]) - 1
        edges = np.array(survey.edges)
        return cls(bundle, scores, real, fake, corners, breaks, broken, edges)

    @cached_property
    def telling(self) -> NDArray[np.intp]:
        """Indices of the scores at which mixtures may turn, the ends and breaks included, rising.

        Where both sides rise, or both fall, and do so at the next scores as well, so does every
        mixture of them.
        """
        one, zero = self.real.slope, self.fake.slope
        rises, falls = (np.minimum(one, zero) > _SURE, np.maximum(one, zero) < -_SURE)
        told = np.ones(len(one), dtype=bool)
        for sure in (rises, falls):
            told[1:-1] &= ~(sure[:-2] & sure[1:-1] & sure[2:])
        told[self.broken] = told[self.broken + 1] = True
        return told.nonzero()[0]

    def within(self, score: Array) -> Array:
        """Return scores, those beyond the grid moved to its ends; there D has run to an end."""
        return clipped(score, self.scores[0], self.scores[-1])

    @property
    def breaks_on_scores(self) -> Array:
        """The breaks as scores."""
        at = self.breaks.at
        return at if self.bundle.sides[0].link == "identity" else logit(at)
