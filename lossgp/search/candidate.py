"""Candidates: losses with where they came from, and with their scores."""

from __future__ import annotations

from dataclasses import dataclass, field

from lossgp.expressions import Loss, LossPair
from lossgp.trainers import Outcome

from .scoring import Score


@dataclass(frozen=True)
class Candidate:
    """A loss to be scored.

    Attributes:
        loss: the evolved loss.
        generation, slot: when and where it was made; together its name in the run.
        origin: the genetic operators that made it, such as "crossover" or "full tree".
        parents: names of the individuals it was made of.
    """

    loss: Loss
    generation: int
    slot: int
    origin: str
    parents: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The candidate's name in its run: generation and slot, `g2s7`."""
        return f"g{self.generation}s{self.slot}"

    @property
    def pair(self) -> LossPair:
        """The losses of D and G."""
        return LossPair.of(self.loss)


@dataclass(frozen=True)
class Individual:
    """A candidate with its score, and with the trainings that it comes of where they are known."""

    candidate: Candidate
    score: Score
    outcomes: tuple[Outcome, ...] = field(default=(), compare=False, repr=False)

    @property
    def order(self) -> tuple[float, int, str]:
        """Sorting key: fitness, then size, then name, so that no order is left to chance."""
        return self.score.fitness, self.candidate.loss.size, self.candidate.name
