"""Candidates: losses or pairs with where they came from, and with their scores."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

from lossgp.expressions import Loss, LossPair
from lossgp.trainers import Outcome

from .normalising import multiplied
from .prediction import Prediction
from .rates import Rates
from .scoring import Score


@dataclass(frozen=True)
class Candidate:
    """A loss, or a pair of D's and G's, to be scored.

    Attributes:
        loss: what was evolved: a `LossPair` only where D's loss and G's are different trees.
        generation, slot: when and where it was made, both from 0; together its name.
        origin: the genetic operators that made it, such as "crossover" or "full tree".
        parents: names of the individuals it was made of.
        prediction: what a surrogate said of it before it was trained.
        rates: what an adaptive search drew for it; None where rates are fixed.
        multipliers: what the loss is multiplied by when it is trained, where learning rates are
            normalised: one number, or D's and G's of a pair.
    """

    loss: Loss | LossPair
    generation: int
    slot: int
    origin: str
    parents: tuple[str, ...] = ()
    prediction: Prediction | None = field(default=None, compare=False)
    rates: Rates | None = field(default=None, compare=False)
    multipliers: tuple[float, ...] = ()

    @property
    def name(self) -> str:
        """The candidate's name in its run: generation and slot, both from 0, `g2s7`.

        It is stored, and decides between equals; people read the `label`.
        """
        return f"g{self.generation}s{self.slot}"

    @property
    def label(self) -> str:
        """The name as people read it; see `label`."""
        return label(self.name)

    @property
    def pair(self) -> LossPair:
        """The losses of D and G as they are trained, also where they are one."""
        return LossPair.of(self.trained)

    @cached_property
    def trained(self) -> Loss | LossPair:
        """What is trained: the loss, times its multipliers if it has any."""
        return multiplied(self.loss, self.multipliers) if self.multipliers else self.loss

    @property
    def size(self) -> int:
        """Number of nodes, of both trees where there are two."""
        return self.loss.size


@dataclass(frozen=True)
class Individual:
    """A candidate with its score, and with the trainings that it comes of where they are known."""

    candidate: Candidate
    score: Score
    outcomes: tuple[Outcome, ...] = field(default=(), compare=False, repr=False)

    @cached_property
    def order(self) -> tuple[float, int, str]:
        """Sorting key: fitness, then size, then name, so that no order is left to chance.

        Kept: a search compares all it has found again and again.
        """
        return self.score.fitness, self.candidate.size, self.candidate.name


def label(name: str) -> str:
    """Return a candidate's name as people read it, with its generation counted from 1.

    So `g0s2` is `g1s2`: of generation 1, as progress and tables call it.
    """
    return re.sub(r"\Ag(\d+)s", lambda found: f"g{int(found[1]) + 1}s", name)
