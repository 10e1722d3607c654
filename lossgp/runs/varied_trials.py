"""Trials of a sweep: trainings under several settings of one protocol, in one queue."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lossgp.trainers import Outcome, Status
from lossgp.trainers.gan.checkpoint import checkpoint_path

from .answers import checked
from .engine import Engine, Task
from .memo import RunMemo
from .spending import Charge, Spending
from .store import Store
from .trial import Trainable, Trial
from .trials import OnEngine


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


class VariedTrials(OnEngine):
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
        super().__init__(engine, spending, on_stopping)
        self._device = device
        self._settings = tuple(settings)
        self._keep = keep.absolute()
        self._memos = [
            RunMemo(store.memo, s.protocol_hash, device, s.metric, scope, frozenset(retry))
            for s in settings
        ]
        self._wanted: dict[str, _Wanted] = {}

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
        self._train(trials, on_start=on_start, on_outcome=on_outcome)

    def so_far(
        self, losses: Sequence[Trainable], seeds: Sequence[Sequence[int]]
    ) -> list[list[list[Outcome]]]:
        """Return what is known now: by setting, by loss, in the order of the seeds."""
        return [
            [
                [o for s in of_setting if (o := known.get(s))]
                for loss in losses
                for known in [memo.known(loss.key())]
            ]
            for memo, of_setting in zip(self._memos, seeds, strict=True)
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
        wanted: dict[str, _Wanted] = {}
        for seed in sorted({seed for of_setting in seeds for seed in of_setting}):
            for number, of_setting in enumerate(seeds):
                for loss in losses if seed in of_setting else ():
                    name = f"{number}:{loss.key()}:{seed}"
                    there = _of_seed(known[number, loss.key()], seed)
                    named = _Named(loss, name)
                    wanted[name] = _Wanted(number, loss, Trial(named, (seed,), 0, there))
        return wanted

    def _task(self, loss: Trainable, seed: int, part: float) -> Task:
        one = self._wanted[loss.key()]
        protocol = self._settings[one.setting].protocol_hash
        kept = checkpoint_path(self._keep, protocol, one.loss.key(), seed, self._device)
        return Task(loss.key(), loss.to_json(), seed, str(kept), part, protocol=str(one.setting))

    def _charge(self, key: str, seed: int, part: float) -> Charge:
        return Charge(1, self._settings[self._wanted[key].setting].length)

    def _record(self, task: Task, trial: Trial, outcome: Outcome) -> Outcome:
        one = self._wanted[task.key]
        outcome = checked(outcome, self._settings[one.setting].metric)
        self._spending.settle(self._charge(task.key, task.seed, task.part), outcome.iterations)
        self._memos[one.setting].record(one.loss.key(), one.loss.text(), outcome)
        self.recorded += task.seed not in trial.known
        trial.known[task.seed] = outcome
        return outcome


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
