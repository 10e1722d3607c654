"""Trials: several losses trained with several seeds, through the memo and an engine."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from lossgp.trainers import Outcome, Status
from lossgp.trainers.checkpoint import place

from .answers import checked
from .engine import Engine, Task
from .errors import RunsError
from .plan import Plan
from .spending import OutOfBudgetError, Spending
from .store import Store
from .trial import Trainable, Trial

# Outcomes that say something of the machine and its limits, not only of the loss: they are
# remembered for the run that met them, not shared with the other runs of the directory.
UNFINISHED = frozenset({Status.TIMEOUT, Status.CRASHED})
"""How a training ends that the machine did not let end: another time it may end otherwise."""

FAILED = UNFINISHED | {Status.ERROR}
"""How a training ends that measured nothing, though the loss may not be to blame."""

STOPPING, TIME_IS_UP, BUDGET_USED_UP = "stopping", "time is up", "budget used up"
"""Why no more trainings start: an interrupt, a budget of time, or another one."""


class Trials:
    """Trains losses, each with the same seeds, and never the same training twice.

    Args:
        store, engine: where outcomes are kept, and what trains.
        protocol_hash, device: the other half of the memo's key.
        metric: what a training must measure to be called ok.
        scope: the run's name; time-outs and crashes are remembered under it.
        retry: how trainings ended that are done once more, if they were recorded before this.
        spending: the account of the session, which may be shared; its own, without a budget, by
            default.
        on_stopping: called when no more trainings start, with why: `STOPPING`, `TIME_IS_UP` or
            `BUDGET_USED_UP`.
        keep: the directory in which trained models are kept; by default none is.

    Attributes:
        recorded: how many trainings it has added to the memo.
        length: iterations of a full training; budgets of iterations need it.
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
        spending: Spending | None = None,
        on_stopping: Callable[[str], None] | None = None,
        keep: Path | None = None,
    ) -> None:
        self._store = store
        self._engine = engine
        self._protocol = protocol_hash
        self._device = device
        self._metric = metric
        self._scope = scope
        self._retry = frozenset(retry)
        self._spending = spending or Spending()
        self.length = 0
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
            OutOfBudgetError, KeyboardInterrupt: after the running trainings were recorded.
        """
        trials: dict[str, Trial] = {}
        for loss, each in zip(losses, _of_each(seeds, len(losses)), strict=True):
            if (key := loss.key()) not in trials:
                trials[key] = Trial(loss, each, give_up_after, self._to_build_on(key))
        places: dict[str, list[int]] = {}
        for index, loss in enumerate(losses):
            places.setdefault(loss.key(), []).append(index)

        def tell(key: str) -> None:
            if on_complete and not trials[key].missing:
                for index in places[key]:
                    on_complete(index, trials[key].outcomes())

        def missing() -> int:
            return sum(t.missing for t in trials.values())

        def ended(task: Task, outcome: Outcome) -> None:
            recorded = self._record(task, trials[task.key], outcome)
            if on_outcome:
                on_outcome(recorded, missing())

        try:
            if on_start:
                on_start(missing())
            at_once = self._spending.covers(missing(), self.length)
            plan = Plan(self._engine, self._spending, self.length, self._task, ended, tell)
            (plan.all_at_once if at_once else plan.in_turns)(trials)
        except (KeyboardInterrupt, OutOfBudgetError) as end:
            if self._on_stopping:
                self._on_stopping(self._why(end))
            for _ in self._engine.cancel():
                self._spending.release(self.length)
            for task, outcome in self._engine.as_completed():
                self._record(task, trials[task.key], outcome)
                tell(task.key)
            raise
        return [trials[loss.key()].outcomes() for loss in losses]

    def _why(self, end: BaseException) -> str:
        if isinstance(end, KeyboardInterrupt):
            return STOPPING
        return TIME_IS_UP if self._spending.time_is_up else BUDGET_USED_UP

    def once_more(self, loss: Trainable, seed: int) -> Outcome:
        """Train a loss with a seed whatever the memo holds, as for a model that is to be kept.

        What the memo holds stays; a training that measured nothing is not remembered.
        """
        self._engine.submit(self._task(loss, seed))
        ((task, outcome),) = self._engine.as_completed()
        if outcome.metrics:
            self._store.record(task.key, self._protocol, self._device, loss.text(), outcome)
        return outcome

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

    def _record(self, task: Task, trial: Trial, outcome: Outcome) -> Outcome:
        """Commit an outcome; returns it as it was recorded."""
        outcome = checked(outcome, self._metric)
        self._spending.settle(outcome, self.length)
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
