"""The heats of a generation: its candidates run to the first rungs, and the best part goes on."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from lossgp.runs.trials import Trials
from lossgp.search import Candidate, Individual, Racing, Score
from lossgp.search.rungs import Rung, best, places, stopped_fitness
from lossgp.search.settings import SearchSettings
from lossgp.trainers import Outcome

from .headway import Headway

FIRST_SEED = 0
"""The seed of which trainings are measured at rungs."""


@dataclass
class Heats:
    """What decides which candidates a race takes, by parts of their first trainings.

    A heat is decided after the one before has finished whole, from what its trainings came to:
    so neither the number of workers nor an interruption changes who goes on.

    Attributes:
        settings: the rungs, and what part goes on from each.
        trials, unscored: what trains, and the score of a candidate without a whole training.
        headway, report: what counts the trainings, and who tells of it.
        settled: called with each candidate that is stopped at a rung.
        reached: what each candidate of the generation came to, by its name.
    """

    settings: SearchSettings
    trials: Trials
    unscored: Score
    headway: Headway
    report: Callable[[], None]
    settled: Callable[[Individual], None]
    reached: dict[str, tuple[Rung, ...]] = field(default_factory=dict)

    def run(self, candidates: Sequence[Candidate], later: int) -> list[int]:
        """Return the indices of those that go on to a race, in order.

        Args:
            candidates: of a generation.
            later: how many trainings it may take, the heats' among them.
        """
        rungs = self.settings.rungs
        counts = places(len(candidates), self.settings.promoted, len(rungs))
        left = list(range(len(candidates)))
        for rung, count in zip(rungs, counts[1:], strict=True):
            later -= len(left)
            values = self._heat({index: candidates[index] for index in left}, rung, later)
            running, left = left, best(values, count)
            for index in sorted(set(running) - set(left)):
                self.settled(self._stopped(candidates[index]))
        return left

    def joined(
        self, candidates: Sequence[Candidate], racing: Sequence[int], raced: Sequence[Individual]
    ) -> list[Individual]:
        """Return all candidates scored, in order: those that raced, and those that were stopped."""
        found = dict(zip(racing, map(self.marked, raced), strict=True))
        return [
            found[index] if index in found else self._stopped(candidate)
            for index, candidate in enumerate(candidates)
        ]

    def marked(self, individual: Individual) -> Individual:
        """Return a scored candidate with what it came to at the rungs."""
        rungs = self.reached.get(individual.candidate.name, ())
        if not rungs:
            return individual
        return replace(individual, score=replace(individual.score, rungs=rungs))

    def _heat(
        self, candidates: Mapping[int, Candidate], rung: float, later: int
    ) -> dict[int, float]:
        """Train candidates to a rung, and return what each came to, by its index."""

        def start(missing: int) -> None:
            self.headway.left(missing + later)
            self.report()

        def trained(outcome: Outcome, missing: int) -> None:
            self.headway.trained(outcome)
            start(missing)

        pairs = [candidate.pair for candidate in candidates.values()]
        seeds = [FIRST_SEED]
        found = self.trials.run(pairs, seeds, part=rung, on_start=start, on_outcome=trained)
        values = {}
        for (index, candidate), (outcome,) in zip(candidates.items(), found, strict=True):
            at = Rung.of(rung, outcome, self.unscored.metric, self.unscored.values[0])
            self.reached[candidate.name] = (*self.reached.get(candidate.name, ()), at)
            values[index] = at.value
        return values

    def _stopped(self, candidate: Candidate) -> Individual:
        """Return a candidate that does not go on."""
        rungs, settings = self.reached[candidate.name], self.settings
        weight = settings.std_weight if settings.fitness == "mean+std" else 0.0
        ceiling = self.unscored.values[0]
        fitness = stopped_fitness(rungs, len(settings.rungs), ceiling, weight)
        score = replace(self.unscored, fitness=fitness, ruled_out="", rungs=rungs)
        return Individual(candidate, score)


def most(candidates: int, settings: SearchSettings, racing: Racing) -> int:
    """Return how many trainings a generation may take, those to a rung counted each."""
    *running, left = places(candidates, settings.promoted, len(settings.rungs))
    return sum(running) + racing.most(left)


def clear(states: Path) -> None:
    """Remove the trainings that were put away for a generation which is committed now."""
    shutil.rmtree(states, ignore_errors=True)
