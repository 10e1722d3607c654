"""Trials: several losses trained with several seeds, through the memo and an engine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

from lossgp.trainers import Outcome, Status
from lossgp.trainers.gan.checkpoint import checkpoint_path
from lossgp.trainers.trainer import iterations_at

from .answers import checked
from .engine import Engine, Task
from .memo import RunMemo, protocol_at
from .plan import starts
from .spending import Charge, OutOfBudgetError, Spending
from .store import Store
from .trial import Trainable, Trial

STOPPING, TIME_IS_UP, BUDGET_USED_UP = "stopping", "time is up", "budget used up"
"""Why no more trainings start: an interrupt, a budget of time, or another one."""


class OnEngine(ABC):
    """Trains what trials want on an engine, as far as a budget goes.

    What a training is remembered under, its subclasses say.

    Args:
        engine, spending: what trains, and the account of the session, which may be shared.
        on_stopping: called when no more trainings start, with why: `STOPPING`, `TIME_IS_UP` or
            `BUDGET_USED_UP`.

    Attributes:
        recorded: how many trainings it has added to the memo.
    """

    def __init__(
        self, engine: Engine, spending: Spending, on_stopping: Callable[[str], None] | None
    ) -> None:
        self._engine = engine
        self._spending = spending
        self._on_stopping = on_stopping
        self.recorded = 0

    @abstractmethod
    def _task(self, loss: Trainable, seed: int, part: float) -> Task:
        """Return what the engine is given."""

    @abstractmethod
    def _charge(self, key: str, seed: int, part: float) -> Charge:
        """Return what a training may cost at most."""

    @abstractmethod
    def _record(self, task: Task, trial: Trial, outcome: Outcome) -> Outcome:
        """Commit an outcome; returns it as it was recorded."""

    def _train(
        self,
        trials: Mapping[str, Trial],
        part: float = 1.0,
        *,
        on_start: Callable[[int], None] | None,
        on_outcome: Callable[[Outcome, int], None] | None,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Train what trials, by the keys of their losses, lack.

        Args:
            trials: what is wanted.
            part: of its length to which each is trained.
            on_start, on_outcome: see `Trials.run`.
            tell: is told whenever a loss, by its key, may need no more.

        Raises:
            OutOfBudgetError, KeyboardInterrupt: after the running trainings were recorded.
        """
        left = sum(trial.missing for trial in trials.values())
        completed: Iterator[tuple[Task, Outcome]] = iter(())

        def one_ends() -> str | None:
            nonlocal left, completed
            if (done := next(completed, None)) is None:
                completed = self._engine.as_completed()  # of what was submitted since
                if (done := next(completed, None)) is None:
                    return None
            task, outcome = done
            trial = trials[task.key]
            left -= trial.missing
            recorded = self._record(task, trial, outcome)
            left += trial.missing
            if on_outcome:
                on_outcome(recorded, left)
            tell(task.key)
            return task.key

        def charge(key: str, seed: int) -> Charge:
            return self._charge(key, seed, part)

        try:
            if on_start:
                on_start(left)
            for key in trials:
                tell(key)
            for key, seed in starts(trials, self._spending, charge, one_ends):
                trials[key].submitted.add(seed)
                self._engine.submit(self._task(trials[key].loss, seed, part))
        except (KeyboardInterrupt, OutOfBudgetError) as end:
            if self._on_stopping:
                self._on_stopping(self._why(end))
            for task in self._engine.cancel():
                self._spending.release(self._charge(task.key, task.seed, task.part))
            for task, outcome in self._engine.as_completed():
                self._record(task, trials[task.key], outcome)
                tell(task.key)
            raise

    def _why(self, end: BaseException) -> str:
        if isinstance(end, KeyboardInterrupt):
            return STOPPING
        return TIME_IS_UP if self._spending.time_is_up else BUDGET_USED_UP


class Trials(OnEngine):
    """Trains losses, each with the same seeds, and never the same training twice.

    Args:
        store, engine: where outcomes are kept, and what trains.
        protocol_hash, device: the other half of the memo's key.
        metric: what a training must measure to be called ok.
        scope: the run's name; time-outs and crashes are remembered under it.
        retry: how trainings ended that are done once more, if they were recorded before this.
        spending: the account; its own, without a budget, by default.
        on_stopping: see `OnEngine`.
        keep: the directory in which trained models are kept; by default none is.
        part_of: which protocol of a portfolio is trained; empty where there is one alone.

    Attributes:
        length: iterations of a full training; budgets of iterations need it.
        states: the directory in which trainings are put away that are measured at a part of
            their length; without one they can only be run whole.
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
        part_of: str = "",
    ) -> None:
        super().__init__(engine, spending or Spending(), on_stopping)
        self._part_of = part_of
        self._memo = store.memo
        self._protocol = protocol_hash
        self._device = device
        self._metric = metric
        self._scope = scope
        self._retry = frozenset(retry)
        self.length = 0
        self._keep = keep.absolute() if keep is not None else None
        self._memos: dict[float, RunMemo] = {}
        self._reached: dict[tuple[str, int], int] = {}
        self.states: Path | None = None

    def run(
        self,
        losses: Sequence[Trainable],
        seeds: Sequence[int] | Sequence[Sequence[int]],
        *,
        part: float = 1.0,
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
            part: of its length to which each is trained. What has been run to a part goes on
                from there, and has the outcome of one that was never stopped.
            give_up_after: failed seeds after which a loss's other seeds are not trained (its
                list is then shorter); 0 trains all.
            on_start: called once with how many trainings there may be.
            on_outcome: called after each training with its outcome and how many may follow.
            on_complete: called with a loss's index and outcomes once it needs no more.

        Raises:
            OutOfBudgetError, KeyboardInterrupt: after the running trainings were recorded.
        """
        trials: dict[str, Trial] = {}
        for loss, each in zip(losses, of_each(seeds, len(losses)), strict=True):
            if (key := loss.key()) not in trials:
                trials[key] = Trial(loss, each, give_up_after, self._at(part).to_build_on(key))
                for outcome in trials[key].outcomes() if part < 1 else ():
                    self._reach(key, outcome)
        places: dict[str, list[int]] = {}
        for index, loss in enumerate(losses):
            places.setdefault(loss.key(), []).append(index)

        def tell(key: str) -> None:
            if on_complete and not trials[key].missing:
                for index in places[key]:
                    on_complete(index, trials[key].outcomes())

        self._train(trials, part, on_start=on_start, on_outcome=on_outcome, tell=tell)
        return [trials[loss.key()].outcomes() for loss in losses]

    def once_more(self, loss: Trainable, seed: int) -> Outcome:
        """Train a loss with a seed whatever the memo holds, as for a model that is to be kept.

        What the memo holds stays; a training that measured nothing is not remembered.
        """
        self._engine.submit(self._task(loss, seed, 1.0))
        ((task, outcome),) = self._engine.as_completed()
        if outcome.metrics:
            self._memo.record(task.key, self._protocol, self._device, loss.text(), outcome)
        return outcome

    def so_far(
        self, losses: Sequence[Trainable], seeds: Sequence[int], *, own_first: bool = False
    ) -> list[list[Outcome]]:
        """Return each loss's outcomes that are known now, in the order of the seeds.

        Where another run has ended well what crashed here, that is taken, unless `own_first`.
        """
        known = {loss.key(): self._at(1.0).known(loss.key(), own_first) for loss in losses}
        return [[o for s in seeds if (o := known[loss.key()].get(s))] for loss in losses]

    def _task(self, loss: Trainable, seed: int, part: float) -> Task:
        key, keep, state = loss.key(), None, None
        if self._keep is not None and part == 1:
            keep = str(checkpoint_path(self._keep, self._protocol, key, seed, self._device))
        if part < 1 or (key, seed) in self._reached:
            if self.states is None:
                raise ValueError(f"a training can be run to {part:g} only where it is put away")
            state = str(self.states.absolute() / f"{key[:32]}-{seed}.safetensors")
        return Task(key, loss.to_json(), seed, keep, part, state, self._part_of)

    def _at(self, part: float) -> RunMemo:
        """Return the memo of trainings that were run to this part."""
        if part not in self._memos:
            protocol = protocol_at(self._protocol, part)
            self._memos[part] = RunMemo(
                *(self._memo, protocol, self._device, self._metric, self._scope, self._retry)
            )
        return self._memos[part]

    def _charge(self, key: str, seed: int, part: float) -> Charge:
        """Return what a training may cost: one that goes on costs no more than is left of it."""
        before = self._reached.get((key, seed))
        length = iterations_at(part, self.length) if self.length else 0
        if before is None:
            return Charge(1, length)
        return Charge(0, max(0, length - before))

    def _record(self, task: Task, trial: Trial, outcome: Outcome) -> Outcome:
        outcome = checked(outcome, self._metric)
        run, before = outcome.iterations, self._reached.get((task.key, task.seed), 0)
        charge = self._charge(task.key, task.seed, task.part)
        self._spending.settle(charge, None if run is None else max(0, run - before))
        self._at(task.part).record(task.key, trial.loss.text(), outcome)
        self.recorded += task.seed not in trial.known
        trial.known[task.seed] = outcome
        if task.part < 1:
            self._reach(task.key, outcome)
        return outcome

    def _reach(self, key: str, outcome: Outcome) -> None:
        """Note how far a training has been run, and is paid for."""
        if outcome.iterations is not None:
            at = (key, outcome.seed)
            self._reached[at] = max(outcome.iterations, self._reached.get(at, 0))


def of_each(seeds: Sequence[int] | Sequence[Sequence[int]], losses: int) -> list[tuple[int, ...]]:
    """Return the seeds of each loss, where they may be given once for all."""
    same = tuple(seed for seed in seeds if isinstance(seed, int))
    if len(same) == len(seeds):
        return [same] * losses
    return [tuple(each) for each in seeds if not isinstance(each, int)]
