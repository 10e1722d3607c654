"""The race of a generation: what its racing orders, trained round by round."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count

from lossgp.runs.trials import Trials
from lossgp.search import Candidate, Entrant, Individual, Order, Racing, Score
from lossgp.search.scoring import failed
from lossgp.trainers import Outcome

from .headway import Headway


@dataclass
class Race:
    """The trainings of one generation.

    Attributes:
        racing, seeds: what decides on them, and how many a candidate gets at most.
        trials, give_up_after: what trains, and after how many failed seeds it stops.
        score: what outcomes come to.
        headway, report: what counts the trainings, and who tells of it.
        settled: called with each new candidate, scored, when it is known to get no more.
    """

    racing: Racing
    seeds: int
    trials: Trials
    give_up_after: int
    score: Callable[[Sequence[Outcome]], Score]
    headway: Headway
    report: Callable[[], None]
    settled: Callable[[Individual], None]
    _pending: set[int] = field(default_factory=set)

    def run(self, generation: int, candidates: Sequence[Candidate]) -> list[Individual]:
        """Return the candidates scored, in order; the stage that is counted has begun."""
        later = self.racing.most(len(candidates))
        runners: list[Individual | None] = [None] * len(candidates)
        self._pending = set(range(len(candidates)))
        for number in count():
            entrants = [_entrant(c, runner) for c, runner in zip(candidates, runners, strict=True)]
            orders = self.racing.decide(generation, number, entrants)
            again = {order.entrant for order in orders}
            self._settle(runners, self._pending - again)
            if not orders:
                break
            later -= len(orders)
            self._round(candidates, runners, orders, later)
        self.headway.left(0)
        return [runner for runner in runners if runner is not None]

    def _round(
        self,
        candidates: Sequence[Candidate],
        runners: list[Individual | None],
        orders: Sequence[Order],
        later: int,
    ) -> None:
        """Train what is ordered; `later` more trainings may follow."""
        indices = sorted({order.entrant for order in orders})
        most = {index: max(o.seed for o in orders if o.entrant == index) + 1 for index in indices}

        def start(missing: int) -> None:
            self.headway.left(missing + later)
            self.report()

        def trained(outcome: Outcome, missing: int) -> None:
            self.headway.trained(outcome)
            start(missing)

        def complete(slot: int, outcomes: list[Outcome]) -> None:
            index = indices[slot]
            runners[index] = Individual(candidates[index], self.score(outcomes), tuple(outcomes))
            if most[index] == self.seeds:
                self._settle(runners, {index})

        self.trials.run(
            [candidates[index].pair for index in indices],
            [range(most[index]) for index in indices],
            give_up_after=self.give_up_after,
            on_start=start,
            on_outcome=trained,
            on_complete=complete,
        )

    def _settle(self, runners: Sequence[Individual | None], indices: set[int]) -> None:
        for index in sorted(indices & self._pending):
            if (runner := runners[index]) is not None:
                self._pending.remove(index)
                self.settled(runner)


def _entrant(candidate: Candidate, runner: Individual | None) -> Entrant:
    if runner is None:
        return Entrant(candidate.name)
    values = runner.score.values[: len(runner.outcomes)]
    failures, out = sum(map(failed, runner.outcomes)), bool(runner.score.ruled_out)
    return Entrant(candidate.name, values, failures, ruled_out=out)
