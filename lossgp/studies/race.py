"""The race of a generation: what its racing orders, trained round by round."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from lossgp.runs.trials import Trials
from lossgp.search import Candidate, Entrant, Individual, Order, Racing, Score
from lossgp.trainers import Outcome

from .headway import Headway


@dataclass
class Race:
    """The trainings of one generation, or of the last race after all of them.

    Attributes:
        racing, seeds: what decides on them, and how many a candidate gets at most.
        trials, give_up_after: what trains, and after how many failed seeds it stops.
        score: what outcomes come to.
        headway, report: what counts the trainings, and who tells of it.
        settled: called with each new candidate, scored, when it is known to get no more.
        round_over: called after each round with all that were trained in it, scored.
    """

    racing: Racing
    seeds: int
    trials: Trials
    give_up_after: int
    score: Callable[[Sequence[Outcome]], Score]
    headway: Headway
    report: Callable[[], None]
    settled: Callable[[Individual], None]
    round_over: Callable[[Sequence[Individual]], None]
    _fresh: int = 0
    _candidates: list[Candidate] = field(default_factory=list)
    _runners: list[Individual | None] = field(default_factory=list)
    _pending: set[int] = field(default_factory=set)

    def run(
        self, generation: int, candidates: Sequence[Candidate], earlier: Sequence[Individual] = ()
    ) -> tuple[list[Individual], list[Individual]]:
        """Train candidates, and perhaps some of earlier generations once more.

        The stage that is counted has begun.

        Returns:
            The candidates scored, and those earlier individuals that have new scores, in order.
        """
        later = self.racing.most(len(candidates))
        self._fresh = len(candidates)
        self._candidates = [*candidates, *(i.candidate for i in earlier)]
        self._runners = [*[None] * len(candidates), *earlier]
        self._pending = set(range(len(candidates)))
        for number in count():
            orders = self.racing.decide(generation, number, self._entrants())
            again = {order.entrant for order in orders}
            self._settle(self._pending - again)
            if not orders:
                break
            later -= len(orders)
            self._round(orders, later)
            self.round_over([i for index in sorted(again) if (i := self._runners[index])])
        self.headway.left(0)
        scored = [i for i in self._runners if i is not None]
        before = {id(i) for i in earlier}
        return scored[: self._fresh], [i for i in scored[self._fresh :] if id(i) not in before]

    def _round(self, orders: Sequence[Order], later: int) -> None:
        """Train what is ordered; `later` more trainings may follow."""
        indices = sorted({order.entrant for order in orders})
        most = {index: max(o.seed for o in orders if o.entrant == index) + 1 for index in indices}
        known = {index: self._known(index) for index in indices}

        def start(missing: int) -> None:
            self.headway.left(missing + later)
            self.report()

        def trained(outcome: Outcome, missing: int) -> None:
            self.headway.trained(outcome)
            start(missing)

        def complete(slot: int, outcomes: list[Outcome]) -> None:
            index = indices[slot]
            both = (*known[index], *outcomes)
            self._runners[index] = self._scored(index, both)
            if most[index] == self.seeds:
                self._settle({index})

        self.trials.run(
            [self._candidates[index].pair for index in indices],
            [range(len(known[index]), most[index]) for index in indices],
            give_up_after=self.give_up_after,
            on_start=start,
            on_outcome=trained,
            on_complete=complete,
        )

    def _scored(self, index: int, outcomes: tuple[Outcome, ...]) -> Individual:
        """Return an entrant with its score; what it came to at rungs stays known."""
        before, scored = self._runners[index], self.score(outcomes)
        if before is not None:
            scored = replace(scored, rungs=before.score.rungs)
        return Individual(self._candidates[index], scored, outcomes)

    def _known(self, index: int) -> tuple[Outcome, ...]:
        """Return the trainings of earlier generations, which stay as they were committed."""
        runner = self._runners[index]
        return runner.outcomes if runner is not None and index >= self._fresh else ()

    def _entrants(self) -> list[Entrant]:
        return [
            _entrant(candidate, runner, index < self._fresh)
            for index, (candidate, runner) in enumerate(
                zip(self._candidates, self._runners, strict=True)
            )
        ]

    def _settle(self, indices: set[int]) -> None:
        for index in sorted(indices & self._pending):
            if (runner := self._runners[index]) is not None:
                self._pending.remove(index)
                self.settled(runner)


def _entrant(candidate: Candidate, runner: Individual | None, fresh: bool) -> Entrant:
    if runner is None:
        return Entrant(candidate.name)
    score = runner.score
    # With the rule "reject" a failed training rules out by an infinite fitness alone.
    out = bool(score.ruled_out) or (score.is_whole and math.isinf(score.fitness))
    return Entrant(candidate.name, score.trained, score.failed, fresh, out)
