"""At which cost a search has what another one ends with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from lossgp.common.averages import mean

from .arms import Interval, interval_of
from .study import Study


@dataclass(frozen=True)
class Match:
    """What an arm spends until it has the score that the baseline's runs end with.

    Attributes:
        arm: its name.
        score: the median of the baseline's confirmed scores at the end.
        count, runs: how many of the arm's runs come to it, and how many there are.
        cost: the mean of their costs; a run that never does counts as all that the baseline spends.
        saving: what a run of the baseline spends over that cost.
        interval: its bootstrap interval, over the runs of both, the score drawn anew with the
            baseline's; None for too few.
    """

    arm: str
    score: float
    count: int
    runs: int
    cost: float
    saving: float
    interval: Interval | None


def matches(study: Study) -> list[Match]:
    """Return what each arm but the baseline spends until it has the baseline's final score.

    Costs are those at which incumbents are confirmed: a run that has it between two of them counts
    the later one, so that savings are rather too small. Arms without runs are left out, and so are
    all as long as the baseline has none.
    """
    final = study.final(study.baseline)
    if not final:
        return []
    spent = study.budgets.get(study.baseline, study.horizon)
    score = median(final)
    found = []
    for arm in study.arms:
        runs = study.of(arm)
        if arm == study.baseline or not runs:
            continue
        costs = [study.cost_to(score, member) for member in runs]
        counted = [spent if cost is None else min(cost, spent) for cost in costs]
        curves = np.array(
            [[_or_infinite(study.confirmed(m, cost)) for cost in study.costs] for m in runs]
        )  # (runs, costs)
        found.append(
            Match(
                *(arm, score, sum(cost is not None for cost in costs), len(runs), mean(counted)),
                *(spent / mean(counted), _interval(final, curves, study.costs, spent)),
            )
        )
    return found


def _interval(
    final: Sequence[float], curves: NDArray[np.float64], costs: Sequence[float], spent: float
) -> Interval | None:
    """Return the bootstrap interval of the saving; runs are drawn by their numbers."""
    ends = np.asarray(final)
    steps = np.append(np.minimum(costs, spent), spent)  # the last is of runs that never have it

    def saving(base: NDArray[np.float64], runs: NDArray[np.float64]) -> NDArray[np.float64]:
        score = np.median(ends[base.astype(int)], axis=-1)  # (resamples)
        drawn = curves[runs.astype(int)]  # (resamples, runs, costs)
        has = drawn <= score[..., None, None]
        first = np.where(has.any(-1), has.argmax(-1), len(costs))  # (resamples, runs)
        means: NDArray[np.float64] = spent / steps[first].mean(-1)
        return means

    return interval_of(saving, range(len(final)), range(len(curves)))


def _or_infinite(value: float | None) -> float:
    return float("inf") if value is None else value
