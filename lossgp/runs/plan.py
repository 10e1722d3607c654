"""In which order the trainings of several losses start, and how far a budget goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from .spending import Charge, OutOfBudgetError, Spending
from .trial import Trial

Start = tuple[str, int]
"""A training that may start now: a loss's key, and a seed."""


def starts(
    trials: Mapping[str, Trial],
    spending: Spending,
    charge: Callable[[str, int], Charge],
    one_ends: Callable[[], str | None],
) -> Iterator[Start]:
    """Yield the trainings that trials want, each when it may start, until all have ended.

    Args:
        trials: by the keys of their losses; whoever takes a start submits it before the next.
        spending: the account that pays.
        charge: what the training of a loss, by its key, with a seed costs at most.
        one_ends: waits until a training is recorded, and returns the key of its loss; None where
            none is under way.

    Raises:
        OutOfBudgetError: the budget does not cover all.
    """
    charges = [charge(key, seed) for key, trial in trials.items() for seed in trial.to_come]
    covered = spending.covers(sum(charges, Charge(0, 0)))
    yield from (_at_once if covered else _in_turns)(trials, spending, charge, one_ends)


def _at_once(
    trials: Mapping[str, Trial],
    spending: Spending,
    charge: Callable[[str, int], Charge],
    one_ends: Callable[[], str | None],
) -> Iterator[Start]:
    """Start each training as soon as it is known that it is wanted, until the time is up."""

    def wanted(key: str) -> Iterator[Start]:
        for seed in trials[key].wanted():
            spending.reserve(charge(key, seed))
            yield key, seed

    for key in trials:
        yield from wanted(key)
    while (ended := one_ends()) is not None:
        yield from wanted(ended)
        if spending.time_is_up:
            raise OutOfBudgetError


def _in_turns(
    trials: Mapping[str, Trial],
    spending: Spending,
    charge: Callable[[str, int], Charge],
    one_ends: Callable[[], str | None],
) -> Iterator[Start]:
    """Start trainings as far as the budget goes.

    Which ones it covers does not depend on the order in which they end. They are allotted in
    turns, in each the next ones of every loss in the order of the losses, as a single worker
    would come to them. What is covered whatever those before it cost starts at once; of the
    rest each waits until that is known.
    """
    another_turn = True
    while another_turn:
        another_turn = False
        for key, trial in trials.items():
            while trial.running and one_ends() is not None:
                pass  # what it wants next depends on how these end
            for seed in trial.wanted():
                while not spending.reserve(charge(key, seed)):
                    if one_ends() is None:
                        raise OutOfBudgetError
                yield key, seed
                another_turn = True
    while one_ends() is not None:
        pass
