"""The scored candidates of a search under way, in their order."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lossgp.results.ranking import in_order
from lossgp.search import Individual, Racing
from lossgp.search.settings import ScoringSettings


@dataclass
class Standings:
    """Every scored candidate, best first.

    Attributes:
        scoring: the rule by which they are ranked.
        individuals: in their order.
    """

    scoring: ScoringSettings
    individuals: list[Individual] = field(default_factory=list)

    @property
    def best(self) -> Individual | None:
        """The first of them."""
        return self.individuals[0] if self.individuals else None

    @property
    def is_joint(self) -> bool:
        """Whether what one comes to depends on the trainings of all."""
        return self.scoring.is_joint

    def add(self, individual: Individual) -> None:
        """Take in one more, whose score depends on its own trainings alone."""
        if not self.is_joint:
            insort(self.individuals, individual, key=lambda i: i.order)

    def take(self, scored: Iterable[Individual]) -> None:
        """Take in those that are new or have other scores now, where all are ranked together."""
        if self.is_joint:
            self.individuals = in_order([*self.individuals, *scored], self.scoring)

    def named(self) -> Mapping[str, Individual]:
        """Return them by their names."""
        return {individual.candidate.name: individual for individual in self.individuals}

    def racing_again(self, racing: Racing) -> list[Individual]:
        """Return those that may get more trainings, in the order in which they were made.

        None where all get the same seeds. One that was stopped at a rung is out of the race.
        """
        if racing.equal_seeds:
            return []
        again = [i for i in self.individuals if i.score.trained]
        return sorted(again, key=lambda i: (i.candidate.generation, i.candidate.slot))

    def present(self, individuals: Sequence[Individual]) -> list[Individual]:
        """Return individuals with the scores that they have by now."""
        if not self.is_joint:
            return list(individuals)
        named = self.named()
        return [named[individual.candidate.name] for individual in individuals]
