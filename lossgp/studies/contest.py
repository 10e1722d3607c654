"""The contest of a search's candidates: heats and a race in each generation, and a last race."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lossgp.search import Candidate, Individual, Racing, Score, SearchSettings
from lossgp.trainers import Outcome

from .confirming import most_at_the_end
from .heats import Heats, most
from .race import Race
from .session import Session
from .standings import Standings

Scored = tuple[list[Individual], list[Individual]]
"""New candidates with their scores, and individuals of earlier generations with new ones."""


@dataclass
class Contest:
    """What is trained of the candidates of a search.

    Attributes:
        session: what trains.
        settings, racing: the rules of the heats, and of the races.
        seeds: how many trainings a candidate gets at most.
        standings: who stands where.
        score: what outcomes come to, of this many seeds.
        report: who tells how far it is.
    """

    session: Session
    settings: SearchSettings
    racing: Racing
    seeds: int
    standings: Standings
    score: Callable[[Sequence[Outcome], int], Score]
    report: Callable[[], None]

    def generation(self, number: int, candidates: Sequence[Candidate]) -> Scored:
        """Train a generation: those of its candidates that the heats leave have a race."""
        headway = self.session.headway
        heats = Heats(
            *(self.settings, self.session.trials, self.score((), self.seeds)),
            *(headway, self.report, self.standings.add),
        )
        total = most(len(candidates), self.settings, self.racing)
        headway.begin("generation", total)
        left = heats.run(candidates, total)
        fresh = [candidates[index] for index in left]
        raced, rescored = self._race(number, fresh, heats.marked) if fresh else ([], [])
        scored = heats.joined(candidates, left, raced)
        self.standings.take([*scored, *rescored])
        return self.standings.present(scored), self.standings.present(rescored)

    def last_race(self, number: int) -> list[Individual]:
        """Tell the best apart after all generations; return those that have new scores."""
        self.session.headway.begin("last race", self.racing.most(0))
        _, rescored = self._race(number, [], lambda individual: individual)
        return self.standings.present(rescored)

    def remaining(self, generations: int) -> float | None:
        """Return the estimated seconds of this stage, of so many generations, and of the end.

        None as long as there is no basis.
        """
        headway = self.session.headway
        each = most(self.settings.population, self.settings, self.racing)
        last = 0 if headway.stage == "last race" else self.racing.most(0)
        last += most_at_the_end(self.settings)
        return headway.remaining(generations * each + last)

    def _race(
        self,
        number: int,
        candidates: Sequence[Candidate],
        marked: Callable[[Individual], Individual],
    ) -> Scored:
        race = Race(
            *(self.racing, self.seeds, self.session.trials, self.settings.give_up_after),
            *(self._score, self.session.headway, self.report),
            settled=lambda individual: self.standings.add(marked(individual)),
            round_over=lambda scored: self.standings.take(map(marked, scored)),
        )
        return race.run(number, candidates, self.standings.racing_again(self.racing))

    def _score(self, outcomes: Sequence[Outcome]) -> Score:
        """Return the score of a candidate; seeds that it did not get count where all get them."""
        return self.score(outcomes, self.seeds if self.racing.equal_seeds else len(outcomes))
