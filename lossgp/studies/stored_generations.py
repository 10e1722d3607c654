"""Generations that a resumed search need not train: the store has what they came to."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lossgp.expressions import FormulaError
from lossgp.results.individuals import candidate_from_json, individual_json
from lossgp.runs import CommittedGeneration, Run, RunsError
from lossgp.runs.memo import FAILED
from lossgp.runs.trials import Trials
from lossgp.search import Candidate, GenerationalSearch, Individual, Score, Search
from lossgp.search.scoring import NOT_TRAINED
from lossgp.trainers.objective import Objective

from .search_state import SearchState

if TYPE_CHECKING:
    from lossgp.search import Generation

_UNREADABLE = (LookupError, TypeError, ValueError, AttributeError)
_IDENTITY = ("name", "formula", "origin", "parents")


@dataclass
class StoredGenerations:
    """The generations of a run that were committed before, and are still to be gone through.

    Attributes:
        state: of the search.
        retry_failed: whether those with failed trainings are trained again.
        committed: those that are left.
        rescored: individuals of earlier generations whose scores those have changed, as stored.
    """

    state: SearchState
    retry_failed: bool
    committed: deque[CommittedGeneration] = field(default_factory=deque)
    rescored: dict[int, list[dict[str, Any]]] = field(default_factory=dict)

    def read(self) -> None:
        """Read what the store has."""
        self.committed = deque(self.state.store.generations(self.state.run))
        self.rescored = self.state.store.rescored(self.state.run)

    def take(self) -> CommittedGeneration | None:
        """Return the next one, which is then behind; None where all are."""
        return self.committed.popleft() if self.committed else None

    @property
    def is_next_read(self) -> bool:
        """Whether there is a next one, and nothing of it is trained."""
        return bool(self.committed) and not self.tries_again(self.committed[0])

    def tries_again(self, stored: CommittedGeneration) -> bool:
        """Tell whether a complete generation is trained again."""
        failed = has_failures([*stored.individuals, *self._rescored(stored)])
        return self.retry_failed and failed

    def asked(self, search: Search, stored: CommittedGeneration) -> Generation:
        """Return what a search was asked for when a generation was committed.

        A surrogate chose its candidates from many; they are read, so that these need not be drawn
        again.

        Raises:
            RunsError: the candidates cannot be read.
        """
        if not (isinstance(search, GenerationalSearch) and search.surrogate):
            return search.ask()
        try:
            candidates = [candidate_from_json(data) for data in stored.individuals]
        except (FormulaError, *_UNREADABLE):
            raise _not_exactly(self.state.run, stored) from None
        return search.recall(candidates, stored.rejects)

    def restored(
        self, candidates: Sequence[Candidate], stored: CommittedGeneration
    ) -> tuple[list[Individual], list[Individual]]:
        """Return a generation's candidates, and what it raced again, with committed scores.

        Raises:
            RunsError: the candidates are not those that were committed, or the scores cannot be
                read.
        """
        run, trials, objective = self.state.run, self.state.trials, self.state.trainer.objective
        scored = restored(candidates, stored, run, trials, objective)
        named = self.state.standings.named()
        return scored, updated(self._rescored(stored), named, run, trials, objective)

    def is_outdated(
        self,
        stored: CommittedGeneration,
        scored: Sequence[Individual],
        rescored: Sequence[Individual],
    ) -> bool:
        """Tell whether a generation that was trained again has come to something else.

        Another past has another future: the store then forgets this one and all later ones.
        """
        if not (differs(scored, stored.individuals) or differs(rescored, self._rescored(stored))):
            return False
        self.state.store.rewind(self.state.run, stored.generation)
        self.committed.clear()
        return True

    def last_race(self) -> list[Individual] | None:
        """Return what a last race of these generations has changed; None where it is to be run."""
        state = self.state
        stored = state.store.rescored(state.run).get(state.generation)
        if stored is None or (self.retry_failed and has_failures(stored)):
            return None
        named, objective = state.standings.named(), state.trainer.objective
        return updated(stored, named, state.run, state.trials, objective)

    def _rescored(self, stored: CommittedGeneration) -> list[dict[str, Any]]:
        return self.rescored.get(stored.generation, [])


def restored(
    candidates: Sequence[Candidate],
    stored: CommittedGeneration,
    run: Run,
    trials: Trials,
    objective: Objective,
) -> list[Individual]:
    """Return a generation's candidates with the scores that were committed, in order.

    A crash or a time-out that was committed stays as it is, whatever the memo has learnt since:
    later generations were bred from it.

    Raises:
        RunsError: the candidates are not those that were committed, so that this version
            cannot continue the run; or the scores cannot be read.
    """
    try:
        found = [
            _individual(candidate, Score.from_json(data["score"], objective), trials)
            for candidate, data in zip(candidates, stored.individuals, strict=True)
        ]
        same = all(
            all(now[key] == data[key] for key in _IDENTITY)
            for now, data in zip(map(individual_json, found), stored.individuals, strict=True)
        )
    except _UNREADABLE:
        same = False
    if not same:
        raise _not_exactly(run, stored)
    return found


def updated(
    stored: Sequence[Mapping[str, Any]],
    known: Mapping[str, Individual],
    run: Run,
    trials: Trials,
    objective: Objective,
) -> list[Individual]:
    """Return earlier individuals with the scores that a later race has committed, in order.

    Raises:
        RunsError: they are none of the run's, or the scores cannot be read.
    """
    try:
        return [
            _individual(
                known[data["name"]].candidate, Score.from_json(data["score"], objective), trials
            )
            for data in stored
        ]
    except _UNREADABLE as error:
        raise RunsError(
            f"run '{run.name}': the scores that a later generation has changed cannot be read "
            f"(it was made by lossgp {run.version}); use that version, or start a new run"
        ) from error


def _not_exactly(run: Run, stored: CommittedGeneration) -> RunsError:
    return RunsError(
        f"run '{run.name}', generation {stored.generation + 1}: the losses differ from those "
        "that were committed, so this version cannot continue the run exactly (it was made "
        f"by {run.version}); use that version, or start a new run"
    )


def _individual(candidate: Candidate, score: Score, trials: Trials) -> Individual:
    """Return a candidate with its committed score, and the trainings that this comes of.

    There are none where the memo has others now: a crash may have ended well in another run.
    """
    count = len(score.values) - score.statuses.get(NOT_TRAINED, 0)
    statuses = {how: n for how, n in score.statuses.items() if how != NOT_TRAINED}
    for own_first in (False, True):
        (outcomes,) = trials.so_far([candidate.pair], range(count), own_first=own_first)
        fits = [
            o.metrics.get(score.metric, score.values[o.seed]) == score.values[o.seed]
            for o in outcomes
        ]
        if all(fits) and Counter(str(o.status) for o in outcomes) == statuses:
            return Individual(candidate, score, tuple(outcomes))
    return Individual(candidate, score)


def differs(scored: Sequence[Individual], stored: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether individuals that were trained again have come to something else.

    That a metric is not known is no news where an older version did not ask for it.
    """
    now = [individual_json(i) for i in scored]
    return [_known(data) for data in now] != [_known(data) for data in stored]


def _known(data: Mapping[str, Any]) -> dict[str, Any]:
    score = data.get("score")
    if not isinstance(score, Mapping):
        return dict(data)
    return {**data, "score": {key: value for key, value in score.items() if value is not None}}


def has_failures(individuals: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether a training of stored individuals might go well another time."""
    try:
        return any(
            status in FAILED
            for data in individuals
            for status in (
                *data["score"]["statuses"],
                *(rung["status"] for rung in data["score"].get("rungs", ())),
            )
        )
    except (LookupError, TypeError):
        return False  # `restored` says what is wrong with it
