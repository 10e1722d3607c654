"""In which order the trainings of several losses start, and how far a budget goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lossgp.trainers import Outcome

from .engine import Engine, Task
from .spending import Charge, OutOfBudgetError, Spending
from .trial import Trainable, Trial


@dataclass(frozen=True)
class Plan:
    """Starts the trainings that trials want.

    Attributes:
        engine, spending: what trains, and the account that pays.
        charge: what the training of a loss, by its key, with a seed costs at most.
        task: makes the task of a loss and a seed.
        ended: takes a training that has ended.
        tell: is told whenever a loss, by its key, may need no more.
    """

    engine: Engine
    spending: Spending
    charge: Callable[[str, int], Charge]
    task: Callable[[Trainable, int], Task]
    ended: Callable[[Task, Outcome], None]
    tell: Callable[[str], None]

    def carry_out(self, trials: Mapping[str, Trial]) -> None:
        """Start all trainings that the budget covers.

        Raises:
            OutOfBudgetError: it does not cover all.
        """
        charges = [self.charge(key, seed) for key, t in trials.items() for seed in t.to_come]
        most = sum(charges, Charge(0, 0))
        (self.all_at_once if self.spending.covers(most) else self.in_turns)(trials)

    def all_at_once(self, trials: Mapping[str, Trial]) -> None:
        """Start each training as soon as it is known that it is wanted.

        Raises:
            OutOfBudgetError: the time is up.
        """

        def advance(key: str) -> None:
            for seed in trials[key].wanted():
                self.spending.reserve(self.charge(key, seed))
                self._submit(trials[key], seed)
            self.tell(key)

        for key in trials:
            advance(key)
        for task, outcome in self.engine.as_completed():
            self.ended(task, outcome)
            advance(task.key)
            if self.spending.time_is_up:
                raise OutOfBudgetError

    def in_turns(self, trials: Mapping[str, Trial]) -> None:
        """Start trainings as far as the budget goes.

        Which ones it covers does not depend on the order in which they end. They are allotted in
        turns, in each the next ones of every loss in the order of the losses, as a single worker
        would come to them. What is covered whatever those before it cost starts at once; of the
        rest each waits until that is known.

        Raises:
            OutOfBudgetError: the next training is not covered.
        """
        for key in trials:
            self.tell(key)
        another_turn = True
        while another_turn:
            another_turn = False
            for key, trial in trials.items():
                while trial.running and self._one_ends():
                    pass  # what it wants next depends on how these end
                for seed in trial.wanted():
                    while not self.spending.reserve(self.charge(key, seed)):
                        if not self._one_ends():
                            raise OutOfBudgetError
                    self._submit(trial, seed)
                    another_turn = True
        while self._one_ends():
            pass

    def _one_ends(self) -> bool:
        """Wait for one training; False where none is under way."""
        for task, outcome in self.engine.as_completed():
            self.ended(task, outcome)
            self.tell(task.key)
            return True
        return False

    def _submit(self, trial: Trial, seed: int) -> None:
        trial.submitted.add(seed)
        self.engine.submit(self.task(trial.loss, seed))
