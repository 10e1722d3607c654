"""Trials: several losses trained with several seeds, through the memo and an engine."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from lossgp.trainers import Outcome, Status
from lossgp.trainers.checkpoint import place

from .answers import checked
from .engine import Engine, Task
from .errors import RunsError
from .store import Store

# Outcomes that say something of the machine and its limits, not only of the loss: they are
# remembered for the run that met them, not shared with the other runs of the directory.
UNFINISHED = frozenset({Status.TIMEOUT, Status.CRASHED})
"""How a training ends that the machine did not let end: another time it may end otherwise."""

FAILED = UNFINISHED | {Status.ERROR}
"""How a training ends that measured nothing, though the loss may not be to blame."""


class Trainable(Protocol):
    """What a trial needs of a loss: its identity, its text, its data."""

    def key(self) -> str:
        """Return the identity of what is trained."""

    def text(self) -> str:
        """Return the loss as people read it."""

    def to_json(self) -> dict[str, object]:
        """Return the loss as plain data."""


class OutOfTimeError(Exception):
    """The deadline has passed; what was running has been finished and recorded."""


@dataclass
class _Trial:
    """One loss with its seeds, in order; `give_up` failed ones end it."""

    loss: Trainable
    seeds: tuple[int, ...]
    give_up: int
    known: dict[int, Outcome]
    submitted: set[int] = field(default_factory=set)

    def outcomes(self) -> list[Outcome]:
        """Return the outcomes in the order of the seeds, up to giving up or a gap.

        They depend on the results alone, not on the order in which trainings finish, nor on
        what other runs have added to the memo.
        """
        found: list[Outcome] = []
        failures = 0
        for seed in self.seeds:
            if seed not in self.known or (self.give_up and failures >= self.give_up):
                break
            found.append(self.known[seed])
            failures += self.known[seed].status is not Status.OK
        return found

    def wanted(self) -> list[int]:
        """Return the seeds to be trained next: one by one while giving up is possible."""
        found = self.outcomes()
        failures = sum(o.status is not Status.OK for o in found)
        if len(found) == len(self.seeds) or (self.give_up and failures >= self.give_up):
            return []
        rest = [s for s in self.seeds[len(found) :] if s not in self.known]
        return [s for s in (rest[:1] if self.give_up else rest) if s not in self.submitted]

    @property
    def missing(self) -> int:
        """How many trainings there may still be."""
        if not self.wanted() and not self.submitted - self.known.keys():
            return 0
        return sum(s not in self.known for s in self.seeds)


class Trials:
    """Trains losses, each with the same seeds, and never the same training twice.

    Args:
        store, engine: where outcomes are kept, and what trains.
        protocol_hash, device: the other half of the memo's key.
        metric: what a training must measure to be called ok.
        scope: the run's name; time-outs and crashes are remembered under it.
        retry: how trainings ended that are done once more, if they were recorded before this.
        deadline: `time.monotonic()` after which nothing new is started.
        on_stopping: called when the running trainings are the last; with True where the
            deadline has passed, with False at an interrupt.
        keep: the directory in which trained models are kept; by default none is.

    Attributes:
        recorded: how many trainings it has added to the memo.
    """

    def __init__(
        self,
        store: Store,
        engine: Engine,
        protocol_hash: str,
        device: str,
        *,
        metric: str,
        scope: str,
        retry: Collection[Status] = (),
        deadline: float | None = None,
        on_stopping: Callable[[bool], None] | None = None,
        keep: Path | None = None,
    ) -> None:
        self._store = store
        self._engine = engine
        self._protocol = protocol_hash
        self._device = device
        self._metric = metric
        self._scope = scope
        self._retry = frozenset(retry)
        self._deadline = deadline
        self._on_stopping = on_stopping
        self._keep = keep.absolute() if keep is not None else None
        self._recorded_here: set[tuple[str, int]] = set()
        self.recorded = 0

    def run(
        self,
        losses: Sequence[Trainable],
        seeds: Sequence[int] | Sequence[Sequence[int]],
        *,
        give_up_after: int = 0,
        on_start: Callable[[int], None] | None = None,
        on_outcome: Callable[[Outcome, int], None] | None = None,
        on_complete: Callable[[int, list[Outcome]], None] | None = None,
    ) -> list[list[Outcome]]:
        """Return each loss's outcomes in the order of the seeds.

        Args:
            losses: what to train; losses with equal keys are trained once.
            seeds: the same for all, so that comparisons are paired; or those of each loss, equal
                ones for losses with equal keys.
            give_up_after: failed seeds after which a loss's other seeds are not trained (its
                list is then shorter); 0 trains all.
            on_start: called once with how many trainings there may be.
            on_outcome: called after each training with its outcome and how many may follow.
            on_complete: called with a loss's index and outcomes once it needs no more.

        Raises:
            OutOfTimeError, KeyboardInterrupt: after the running trainings were recorded.
        """
        trials: dict[str, _Trial] = {}
        for loss, each in zip(losses, _of_each(seeds, len(losses)), strict=True):
            if (key := loss.key()) not in trials:
                trials[key] = _Trial(loss, each, give_up_after, self._to_build_on(key))
        places: dict[str, list[int]] = {}
        for index, loss in enumerate(losses):
            places.setdefault(loss.key(), []).append(index)

        def tell(key: str) -> None:
            if on_complete and not trials[key].missing:
                for index in places[key]:
                    on_complete(index, trials[key].outcomes())

        def advance(key: str) -> None:
            trial = trials[key]
            for seed in trial.wanted():
                trial.submitted.add(seed)
                self._engine.submit(self._task(trial.loss, seed))
            tell(key)

        try:
            if on_start:
                on_start(sum(t.missing for t in trials.values()))
            for key in trials:
                advance(key)
            for task, outcome in self._engine.as_completed():
                recorded = self._record(task, trials[task.key], outcome)
                if on_outcome:
                    on_outcome(recorded, sum(t.missing for t in trials.values()))
                advance(task.key)
                if self._deadline is not None and time.monotonic() >= self._deadline:
                    raise OutOfTimeError
        except (KeyboardInterrupt, OutOfTimeError) as end:
            if self._on_stopping:
                self._on_stopping(isinstance(end, OutOfTimeError))
            self._engine.cancel()
            for task, outcome in self._engine.as_completed():
                self._record(task, trials[task.key], outcome)
                tell(task.key)
            raise
        return [trials[loss.key()].outcomes() for loss in losses]

    def so_far(
        self, losses: Sequence[Trainable], seeds: Sequence[int], *, own_first: bool = False
    ) -> list[list[Outcome]]:
        """Return each loss's outcomes that are known now, in the order of the seeds.

        Where another run has ended well what crashed here, that is taken, unless `own_first`.
        """
        known = {loss.key(): self._known(loss.key(), own_first) for loss in losses}
        return [[o for s in seeds if (o := known[loss.key()].get(s))] for loss in losses]

    def _task(self, loss: Trainable, seed: int) -> Task:
        keep = None
        if self._keep is not None:
            keep = str(place(self._keep, self._protocol, loss.key(), seed, self._device))
        return Task(loss.key(), loss.to_json(), seed, keep)

    def _known(self, key: str, own_first: bool = False) -> dict[int, Outcome]:
        """Return what the memo holds; an old row may be one that cannot be scored."""
        shared, own = (self._stored(each) for each in (key, self._scoped(key)))
        both = {**shared, **own} if own_first else {**own, **shared}
        return {seed: checked(o, self._metric) for seed, o in sorted(both.items())}

    def _stored(self, key: str) -> dict[int, Outcome]:
        """Return the rows of the memo; damaged ones go, so that they are trained again."""
        try:
            return self._store.trainings(key, self._protocol, self._device)
        except RunsError:
            if not self._store.drop_damaged(key, self._protocol, self._device):
                raise
            return self._store.trainings(key, self._protocol, self._device)

    def _to_build_on(self, key: str) -> dict[int, Outcome]:
        """Return what is known and is not to be tried once more."""
        return {seed: o for seed, o in self._known(key).items() if not self._again(key, o)}

    def _again(self, key: str, outcome: Outcome) -> bool:
        return outcome.status in self._retry and (key, outcome.seed) not in self._recorded_here

    def _record(self, task: Task, trial: _Trial, outcome: Outcome) -> Outcome:
        """Commit an outcome; returns it as it was recorded."""
        outcome = checked(outcome, self._metric)
        before = self._known(task.key).get(outcome.seed) if self._retry else None
        if before is not None and self._again(task.key, before):
            for key in (task.key, self._scoped(task.key)):
                self._store.drop_training(key, self._protocol, outcome.seed, self._device)
        key = self._scoped(task.key) if outcome.status in UNFINISHED else task.key
        self._store.record(key, self._protocol, self._device, trial.loss.text(), outcome)
        if task.seed not in trial.known:
            self.recorded += 1
        trial.known[task.seed] = outcome
        self._recorded_here.add((task.key, task.seed))
        return outcome

    def _scoped(self, key: str) -> str:
        return f"{key}@{self._scope}"


def _of_each(seeds: Sequence[int] | Sequence[Sequence[int]], losses: int) -> list[tuple[int, ...]]:
    """Return the seeds of each loss, where they may be given once for all."""
    same = tuple(seed for seed in seeds if isinstance(seed, int))
    if len(same) == len(seeds):
        return [same] * losses
    return [tuple(each) for each in seeds if not isinstance(each, int)]
