"""The heats of a generation: its candidates run to the first rungs, and the best part goes on."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from lossgp.search import Candidate, Individual
from lossgp.search.rungs import Rung, best, places, stopped_fitness

from .search_state import SearchState

FIRST_SEED = 0
"""The seed of which trainings are measured at rungs."""


@dataclass
class Heats:
    """What decides which candidates a race takes, by parts of their first trainings.

    A heat is decided after the one before has finished whole, from what its trainings came to:
    so neither the number of workers nor an interruption changes who goes on.

    Attributes:
        state: of the search, with the rungs, and what part goes on from each.
        reached: what each candidate of the generation came to, by its name.
    """

    state: SearchState
    reached: dict[str, tuple[Rung, ...]] = field(default_factory=dict)

    def run(self, candidates: Sequence[Candidate], later: int) -> list[int]:
        """Return the indices of those that go on to a race, in order.

        Args:
            candidates: of a generation.
            later: how many trainings it may take, the heats' among them.
        """
        settings = self.state.settings
        counts = places(len(candidates), settings.promoted, len(settings.rungs))
        left = list(range(len(candidates)))
        for rung, count in zip(settings.rungs, counts[1:], strict=True):
            later -= len(left)
            values = self._heat({index: candidates[index] for index in left}, rung, later)
            running, left = left, best(values, count)
            for index in sorted(set(running) - set(left)):
                self.state.standings.add(self.stopped(candidates[index]))
        return left

    def rungs(self, candidate: Candidate) -> tuple[Rung, ...]:
        """Return what a candidate came to at the rungs."""
        return self.reached.get(candidate.name, ())

    def stopped(self, candidate: Candidate) -> Individual:
        """Return a candidate that does not go on."""
        rungs, settings = self.rungs(candidate), self.state.settings
        weight = settings.std_weight if settings.fitness == "mean+std" else 0.0
        fitness = stopped_fitness(rungs, len(settings.rungs), self.state.ceiling, weight)
        unscored = self.state.score(())
        return Individual(candidate, replace(unscored, fitness=fitness, ruled_out="", rungs=rungs))

    def _heat(
        self, candidates: Mapping[int, Candidate], rung: float, later: int
    ) -> dict[int, float]:
        """Train candidates to a rung, and return what each came to, by its index."""
        state = self.state
        found = state.trials.run(
            [candidate.pair for candidate in candidates.values()],
            [FIRST_SEED],
            part=rung,
            on_start=lambda missing: state.left(missing + later),
            on_outcome=lambda outcome, missing: state.trained(outcome, missing + later),
        )
        values = {}
        for (index, candidate), (outcome,) in zip(candidates.items(), found, strict=True):
            at = Rung.of(rung, outcome, state.trainer.objective.goal.key, state.ceiling)
            self.reached[candidate.name] = (*self.rungs(candidate), at)
            values[index] = at.value
        return values


def clear(states: Path) -> None:
    """Remove the trainings that were put away for a generation which is committed now."""
    shutil.rmtree(states, ignore_errors=True)
