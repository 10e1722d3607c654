"""The contest of a search's candidates: heats and a race in each generation, and a last race."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count

from lossgp.search import Candidate, Entrant, Individual, Order
from lossgp.search.rungs import Rung
from lossgp.trainers import Outcome

from .heats import Heats
from .search_state import SearchState

Scored = tuple[list[Individual], list[Individual]]
"""New candidates with their scores, and individuals of earlier generations with new ones."""


@dataclass
class _Runner:
    """A candidate in a race.

    Attributes:
        candidate: its loss.
        rungs: what it came to in the heats.
        before: what it was before the race; None for one of the generation that is trained.
        scored: what it is by now.
        is_settled: whether it is known to get no more.
    """

    candidate: Candidate
    rungs: tuple[Rung, ...]
    before: Individual | None = None
    scored: Individual | None = None
    is_settled: bool = False

    @property
    def known(self) -> tuple[Outcome, ...]:
        """The trainings of earlier generations, which stay as they were committed."""
        return self.scored.outcomes if self.before is not None and self.scored is not None else ()

    @property
    def entrant(self) -> Entrant:
        """What the racing is told of it."""
        if self.scored is None:
            return Entrant(self.candidate.name)
        score = self.scored.score
        # With the rule "reject" a failed training rules out by an infinite fitness alone.
        out = bool(score.ruled_out) or (score.is_whole and math.isinf(score.fitness))
        fresh = self.before is None
        return Entrant(self.candidate.name, score.trained, score.failed, fresh, out)


@dataclass
class Contest:
    """What is trained of the candidates of a search.

    Attributes:
        state: of the search, with the rules; who stands where is told to its standings.
    """

    state: SearchState

    def generation(self, number: int, candidates: Sequence[Candidate]) -> Scored:
        """Train a generation: those of its candidates that the heats leave have a race."""
        state, heats = self.state, Heats(self.state)
        total = state.most(len(candidates))
        state.headway.begin("generation", total)
        left = {
            index: _Runner(candidates[index], heats.rungs(candidates[index]))
            for index in heats.run(candidates, total)
        }
        rescored = self._race(number, list(left.values())) if left else []
        scored = [
            raced if index in left and (raced := left[index].scored) else heats.stopped(candidate)
            for index, candidate in enumerate(candidates)
        ]
        state.standings.take([*scored, *rescored])
        return state.standings.present(scored), state.standings.present(rescored)

    def last_race(self, number: int) -> list[Individual]:
        """Tell the best apart after all generations; return those that have new scores."""
        self.state.headway.begin("last race", self.state.racing.most(0))
        return self.state.standings.present(self._race(number, []))

    def _race(self, number: int, fresh: Sequence[_Runner]) -> list[Individual]:
        """Train new candidates, and perhaps some of earlier generations once more.

        What its racing orders is trained round by round. The stage that is counted has begun.

        Returns:
            Those of earlier generations that have new scores, in order.
        """
        state, racing = self.state, self.state.racing
        earlier = [
            _Runner(one.candidate, one.score.rungs, one, one)
            for one in state.standings.racing_again(racing)
        ]
        runners = [*fresh, *earlier]
        later = racing.most(len(fresh))
        for round_number in count():
            orders = racing.decide(number, round_number, [runner.entrant for runner in runners])
            again = sorted({order.entrant for order in orders})
            for index, runner in enumerate(runners):
                if index not in again:
                    self._settle(runner)
            if not orders:
                break
            later -= len(orders)
            self._round(runners, orders, later)
            state.standings.take([one for index in again if (one := runners[index].scored)])
        state.headway.left(0)
        return [one.scored for one in earlier if one.scored and one.scored is not one.before]

    def _round(self, runners: Sequence[_Runner], orders: Sequence[Order], later: int) -> None:
        """Train what is ordered; `later` more trainings may follow."""
        state = self.state
        indices = sorted({order.entrant for order in orders})
        ordered = [runners[index] for index in indices]
        most = [max(o.seed for o in orders if o.entrant == index) + 1 for index in indices]
        known = [runner.known for runner in ordered]

        def complete(slot: int, outcomes: list[Outcome]) -> None:
            runner = ordered[slot]
            runner.scored = self._scored(runner, (*known[slot], *outcomes))
            if most[slot] == len(state.seeds):
                self._settle(runner)

        state.trials.run(
            [runner.candidate.pair for runner in ordered],
            [range(len(have), end) for have, end in zip(known, most, strict=True)],
            give_up_after=state.settings.give_up_after,
            on_start=lambda missing: state.left(missing + later),
            on_outcome=lambda outcome, missing: state.trained(outcome, missing + later),
            on_complete=complete,
        )

    def _scored(self, runner: _Runner, outcomes: tuple[Outcome, ...]) -> Individual:
        """Return a runner with its score; seeds that it did not get count where all get them."""
        equal = self.state.racing.equal_seeds
        score = self.state.score(outcomes, None if equal else len(outcomes))
        return Individual(runner.candidate, replace(score, rungs=runner.rungs), outcomes)

    def _settle(self, runner: _Runner) -> None:
        """Let a new candidate that gets no more stand where it belongs, once."""
        if runner.before is None and runner.scored is not None and not runner.is_settled:
            runner.is_settled = True
            self.state.standings.add(runner.scored)
