"""The rates of an adaptive search, generation by generation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lossgp.common.averages import mean
from lossgp.search import Individual, Rates


@dataclass(frozen=True)
class Adapted:
    """The rates that the offspring of one generation were made with.

    Attributes:
        generation: from 0.
        rates: of each offspring, in the order of the slots.
    """

    generation: int
    rates: tuple[Rates, ...]

    @property
    def crossover(self) -> float:
        """Mean rate of crossover."""
        return mean([r.crossover for r in self.rates])

    @property
    def mutation(self) -> float:
        """Mean rate of mutation."""
        return mean([r.mutation for r in self.rates])

    @property
    def shares(self) -> dict[str, float]:
        """The share of each mutation; all offspring of a generation have the same."""
        return dict(self.rates[0].shares)

    def to_json(self) -> dict[str, object]:
        """Return plain data; its generation counts from 1, as people read it."""
        means = {"crossover": self.crossover, "mutation": self.mutation, "shares": self.shares}
        return {"generation": self.generation + 1, **means}


def adapted(individuals: Iterable[Individual]) -> list[Adapted]:
    """Return the rates of each generation that had adaptive ones, first to last."""
    found: dict[int, list[Individual]] = {}
    for individual in individuals:
        if individual.candidate.rates is not None:
            found.setdefault(individual.candidate.generation, []).append(individual)
    return [
        Adapted(
            generation,
            tuple(
                i.candidate.rates
                for i in sorted(born, key=lambda i: i.candidate.slot)
                if i.candidate.rates
            ),
        )
        for generation, born in sorted(found.items())
    ]
