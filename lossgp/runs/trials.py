"""Trials: several losses trained with several seeds, through the memo and an engine."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from lossgp.trainers import Outcome, Status
from lossgp.trainers.checkpoint import place

from .engine import Engine, Task
from .store import Store

# Outcomes that say something of the machine and its limits, not only of the loss: they are
# remembered for the run that met them, not shared with the other runs of the directory.
_OF_THIS_RUN = (Status.TIMEOUT, Status.CRASHED)


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
        scope: the run's name; time-outs and crashes are remembered under it.
        deadline: `time.monotonic()` after which nothing new is started.
        on_stopping: called when the running trainings are the last.
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
        scope: str,
        deadline: float | None = None,
        on_stopping: Callable[[], None] | None = None,
        keep: Path | None = None,
    ) -> None:
        self._store = store
        self._engine = engine
        self._protocol = protocol_hash
        self._device = device
        self._scope = scope
        self._deadline = deadline
        self._on_stopping = on_stopping
        self._keep = keep.absolute() if keep is not None else None
        self.recorded = 0

    def run(
        self,
        losses: Sequence[Trainable],
        seeds: Sequence[int],
        *,
        give_up_after: int = 0,
        on_outcome: Callable[[Outcome, int], None] | None = None,
        on_complete: Callable[[int, list[Outcome]], None] | None = None,
    ) -> list[list[Outcome]]:
        """Return each loss's outcomes in the order of the seeds.

        Args:
            losses: what to train; losses with equal keys are trained once.
            seeds: the same for all, so that comparisons are paired.
            give_up_after: failed seeds after which a loss's other seeds are not trained (its
                list is then shorter); 0 trains all.
            on_outcome: called after each training with its outcome and how many may follow.
            on_complete: called with a loss's index and outcomes once it needs no more.

        Raises:
            OutOfTimeError, KeyboardInterrupt: after the running trainings were recorded.
        """
        trials: dict[str, _Trial] = {}
        for loss in losses:
            if (key := loss.key()) not in trials:
                trials[key] = _Trial(loss, tuple(seeds), give_up_after, self._known(key))
        places: dict[str, list[int]] = {}
        for index, loss in enumerate(losses):
            places.setdefault(loss.key(), []).append(index)

        def advance(key: str) -> None:
            trial = trials[key]
            for seed in trial.wanted():
                trial.submitted.add(seed)
                self._engine.submit(self._task(trial.loss, seed))
            if on_complete and not trial.missing:
                for index in places[key]:
                    on_complete(index, trial.outcomes())

        try:
            for key in trials:
                advance(key)
            for task, outcome in self._engine.as_completed():
                self._record(task, trials, outcome)
                if on_outcome:
                    on_outcome(outcome, sum(t.missing for t in trials.values()))
                advance(task.key)
                if self._deadline is not None and time.monotonic() >= self._deadline:
                    raise OutOfTimeError
        except (KeyboardInterrupt, OutOfTimeError):
            self._finish_running(trials)
            raise
        return [trials[loss.key()].outcomes() for loss in losses]

    def _task(self, loss: Trainable, seed: int) -> Task:
        keep = None
        if self._keep is not None:
            keep = str(place(self._keep, self._protocol, loss.key(), seed, self._device))
        return Task(loss.key(), loss.to_json(), seed, keep)

    def _finish_running(self, trials: dict[str, _Trial]) -> None:
        if self._on_stopping:
            self._on_stopping()
        self._engine.cancel()
        for task, outcome in self._engine.as_completed():
            self._record(task, trials, outcome)

    def _known(self, key: str) -> dict[int, Outcome]:
        known = self._store.trainings(key, self._protocol, self._device)
        own = self._store.trainings(self._scoped(key), self._protocol, self._device)
        return {**own, **known}

    def _record(self, task: Task, trials: dict[str, _Trial], outcome: Outcome) -> None:
        own = outcome.status in _OF_THIS_RUN
        key = self._scoped(task.key) if own else task.key
        text = trials[task.key].loss.text()
        self._store.record(key, self._protocol, self._device, text, outcome)
        if task.seed not in trials[task.key].known:
            self.recorded += 1
        trials[task.key].known[task.seed] = outcome

    def _scoped(self, key: str) -> str:
        return f"{key}@{self._scope}"
