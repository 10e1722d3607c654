"""Trials of a sweep: trainings under several settings of one protocol, in one queue."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lossgp.trainers import Outcome, Status
from lossgp.trainers.gan.checkpoint import place

from .answers import checked
from .engine import Engine, Task
from .plan import Plan
from .remembered import Remembered
from .spending import Charge, OutOfBudgetError, Spending
from .store import Store
from .trial import Trainable, Trial
from .trials import BUDGET_USED_UP, STOPPING, TIME_IS_UP


@dataclass(frozen=True)
class SettingKey:
    """What one setting is remembered under.

    Attributes:
        protocol_hash: half of the memo's key.
        metric: what a training must measure to be called ok.
        length: iterations of a training; 0 where they are not known.
    """

    protocol_hash: str
    metric: str
    length: int


@dataclass(frozen=True)
class _Wanted:
    """One training that may be missing: of a loss, under a setting, with a seed."""

    setting: int
    loss: Trainable
    trial: Trial


class VariedTrials:
    """Trains losses under several settings, each with the same seeds, and none twice.

    Each setting's trainings are remembered under its own protocol, as `Trials` does. All stand in
    one queue, so that no worker waits for the last training of a setting; the first seed of every
    setting comes first, so that one that ends early has seen them all.

    Args:
        store, engine, device: where outcomes are kept, what trains, and where; the engine's
            protocols are the settings' numbers.
        settings: what each is remembered under.
        scope, retry, spending, keep: see `Trials`.
        on_stopping: called when no more trainings start, with why.

    Attributes:
        recorded: how many trainings it has added to the memo.
    """

    def __init__(
        self,
        store: Store,
        engine: Engine,
        device: str,
        settings: Sequence[SettingKey],
        *,
        scope: str,
        retry: Collection[Status] = (),
        spending: Spending,
        keep: Path,
        on_stopping: Callable[[str], None],
    ) -> None:
        self._engine = engine
        self._device = device
        self._settings = tuple(settings)
        self._spending = spending
        self._keep = keep.absolute()
        self._on_stopping = on_stopping
        self._memos = [
            Remembered(store, s.protocol_hash, device, s.metric, scope, frozenset(retry))
            for s in settings
        ]
        self._wanted: dict[str, _Wanted] = {}
        self.recorded = 0

    def missing(self, losses: Sequence[Trainable], seeds: Sequence[Sequence[int]]) -> int:
        """Return how many trainings `run` would have to do.

        Args:
            losses: those of every setting.
            seeds: of each setting.
        """
        return sum(one.trial.missing for one in self._all(losses, seeds).values())

    def run(
        self,
        losses: Sequence[Trainable],
        seeds: Sequence[Sequence[int]],
        *,
        on_start: Callable[[int], None],
        on_outcome: Callable[[Outcome, int], None],
    ) -> None:
        """Train what the memo lacks; `so_far` then has all.

        Args:
            losses: those of every setting.
            seeds: of each setting.
            on_start: called once with how many trainings there may be.
            on_outcome: called after each training with its outcome and how many may follow.

        Raises:
            OutOfBudgetError, KeyboardInterrupt: after the running trainings were recorded.
        """
        self._wanted = self._all(losses, seeds)
        trials = {name: one.trial for name, one in self._wanted.items()}
        left = sum(trial.missing for trial in trials.values())

        def ended(task: Task, outcome: Outcome) -> None:
            nonlocal left
            left -= 1
            on_outcome(self._record(task, outcome), left)

        try:
            on_start(left)
            Plan(
                *(self._engine, self._spending),
                charge=lambda name, _: self._charge(name),
                task=lambda loss, seed: self._task(loss, seed),
                ended=ended,
                tell=lambda _: None,
            ).carry_out(trials)
        except (KeyboardInterrupt, OutOfBudgetError) as end:
            self._on_stopping(self._why(end))
            for task in self._engine.cancel():
                self._spending.release(self._charge(task.key))
            for task, outcome in self._engine.as_completed():
                self._record(task, outcome)
            raise

    def so_far(
        self, losses: Sequence[Trainable], seeds: Sequence[Sequence[int]]
    ) -> list[list[list[Outcome]]]:
        """Return what is known now: by setting, by loss, in the order of the seeds."""
        return [
            [
                [o for s in own if (o := known.get(s))]
                for loss in losses
                for known in [memo.known(loss.key())]
            ]
            for memo, own in zip(self._memos, seeds, strict=True)
        ]

    def _all(
        self, losses: Sequence[Trainable], seeds: Sequence[Sequence[int]]
    ) -> dict[str, _Wanted]:
        """Return a trial of one seed for each training, by name: seed by seed over all settings."""
        known = {
            (number, loss.key()): memo.to_build_on(loss.key())
            for number, memo in enumerate(self._memos)
            for loss in losses
        }
        found: dict[str, _Wanted] = {}
        for seed in sorted({seed for own in seeds for seed in own}):
            for number, own in enumerate(seeds):
                for loss in losses if seed in own else ():
                    name = f"{number}:{loss.key()}:{seed}"
                    there = _of_seed(known[number, loss.key()], seed)
                    named = _Named(loss, name)
                    found[name] = _Wanted(number, loss, Trial(named, (seed,), 0, there))
        return found

    def _task(self, loss: Trainable, seed: int) -> Task:
        name = loss.key()
        one = self._wanted[name]
        protocol = self._settings[one.setting].protocol_hash
        kept = place(self._keep, protocol, one.loss.key(), seed, self._device)
        return Task(name, loss.to_json(), seed, str(kept), protocol=str(one.setting))

    def _charge(self, name: str) -> Charge:
        return Charge(1, self._settings[self._wanted[name].setting].length)

    def _record(self, task: Task, outcome: Outcome) -> Outcome:
        """Commit an outcome; returns it as it was recorded."""
        one = self._wanted[task.key]
        outcome = checked(outcome, self._settings[one.setting].metric)
        self._spending.settle(self._charge(task.key), outcome.iterations)
        self._memos[one.setting].record(one.loss.key(), one.loss.text(), outcome)
        self.recorded += task.seed not in one.trial.known
        one.trial.known[task.seed] = outcome
        return outcome

    def _why(self, end: BaseException) -> str:
        if isinstance(end, KeyboardInterrupt):
            return STOPPING
        return TIME_IS_UP if self._spending.time_is_up else BUDGET_USED_UP


@dataclass(frozen=True)
class _Named:
    """A loss whose key, for the engine, names its setting and seed, too."""

    loss: Trainable
    name: str

    def key(self) -> str:
        """Return the name of the training."""
        return self.name

    def text(self) -> str:
        """Return the loss as people read it."""
        return self.loss.text()

    def to_json(self) -> dict[str, object]:
        """Return the loss as plain data."""
        return self.loss.to_json()


def _of_seed(known: Mapping[int, Outcome], seed: int) -> dict[int, Outcome]:
    return {seed: known[seed]} if seed in known else {}
