"""A loss as a two-player game on the score axis, sampled once for all that is asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lossgp.expressions import EPSILON, Loss, LossPair

from .jets import Array, Jet
from .jumps import Jump, jumps_of
from .optimum import Optimum, optimum
from .sides import Sides
from .stationary import Shapes, shapes_of
from .survey import LossSurvey
from .terrain import Terrain

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
        sides = self.sides
        for bundle in (sides.discriminator, *([] if sides.is_flipped else [sides.generator.alone])):
            if any(not np.isfinite(jet.slope).any() for jet in bundle.first):
                return False  # nowhere on the first grid: then a closer look is for nothing
        jets = [self.terrain.real, self.terrain.fake]
        if not self.sides.is_flipped:
            jets.append(self.sides.generator.on_scores(self.terrain.scores, curved=False))
        finite = [np.isfinite(jet.value) & np.isfinite(jet.slope) for jet in jets]
        return all(np.count_nonzero(told) / len(told) > 0.9 for told in finite)

    @cached_property
    def survey(self) -> LossSurvey:
        """The first look at D's two sides."""
        return LossSurvey.of(self.sides.discriminator)

    @cached_property
    def terrain(self) -> Terrain:
        """D's two sides on scores between which nothing hides."""
        return Terrain.of(self.survey)

    @cached_property
    def shapes(self) -> Shapes:
        """Minima, maxima and shape of every side."""
        return shapes_of(self.sides, survey=self.survey)

    @cached_property
    def course(self) -> Optimum:
        """The optimal discriminator for log u from −9 to 9, ±FAR, ±∞, and for ETAS."""
        return self.optimum(_COURSE)

    @cached_property
    def _on_course(self) -> tuple[Jet, Jet]:
        return self.sides.on_scores(self.terrain.within(self.course.score))

    @cached_property
    def jumps(self) -> tuple[Jump, ...]:
        """Where the optimal discriminator leaps from one minimum to another."""
        return jumps_of(self)

    @cached_property
    def _read(self) -> dict[int, tuple[Optimum, tuple[Jet, Jet]]]:
        return {}  # by the optimum's identity, with the optimum, which keeps that its own

    def along(self, best: Optimum) -> tuple[Jet, Jet]:
        """Return D's two sides at the optimum; at the grid's end where it runs to infinity."""
        if best is self.course:
            return self._on_course
        if id(best) not in self._read:
            jets = self.sides.on_scores(self.terrain.within(best.score))
            self._read[id(best)] = best, jets
        return self._read[id(best)][1]

    @cached_property
    def _generator_on_course(self) -> Jet:
        if self.sides.is_flipped:
            return self._on_course[0]
        return self.sides.generator.on_scores(self.terrain.within(self.course.score))

    def generator_along(self, best: Optimum) -> Jet:
        """Return ψ at the optimum, as `along` does D's sides."""
        if best is self.course:
            return self._generator_on_course
        if self.sides.is_flipped:
            return self.along(best)[0]
        return self.sides.generator.on_scores(self.terrain.within(best.score))

    @cached_property
    def is_mirrored(self) -> bool:
        """Tell whether D says less where there is more real data: the labels change places."""
        score = self.course.score[:COURSE]
        return bool(score[3 * COURSE // 5] < score[2 * COURSE // 5] - 1e-6)  # not rounding

    @cached_property
    def _optima(self) -> dict[bytes, Optimum]:
        return {}

    def optimum(self, log_u: Array) -> Optimum:
        """Return the optimal discriminator for p_data/p_gen = exp(log_u); see `optimum`.

        What was asked before is remembered: along jumps both divergences ask the same.
        """
        key = np.asarray(log_u, dtype=np.float64).tobytes()
        if key not in self._optima:
            self._optima[key] = optimum(self.terrain, log_u)
        return self._optima[key]
