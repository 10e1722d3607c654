"""Rungs: candidates measured at a part of a training, of which the best part goes on.

Successive halving (Jamieson and Talwalkar, AISTATS 2016; Li et al., Hyperband, JMLR 18, 2018) over
the iterations of the first seed: at each rung the candidates are ranked, and the best part of them
is trained on to the next. A racing then shares out whole trainings among those that are left.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from lossgp.trainers import Outcome


@dataclass(frozen=True)
class Rung:
    """What a candidate's first seed came to at a part of its training.

    Attributes:
        part: of the training's length.
        value: of the metric, as it was counted: the ceiling where there was none.
        status: how that part ended.
        iterations: run from the beginning; None where that is not known.
    """

    part: float
    value: float
    status: str
    iterations: int | None

    @classmethod
    def of(cls, part: float, outcome: Outcome, metric: str, ceiling: float) -> Self:
        """Return what an outcome at a part counts as."""
        value = outcome.metrics.get(metric, ceiling)
        return cls(part, value, str(outcome.status), outcome.iterations)

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "part": self.part,
            "value": self.value,
            "status": self.status,
            "iterations": self.iterations,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the rung of `to_json`'s data; raises KeyError, TypeError or ValueError."""
        count = data["iterations"]
        counted = None if count is None else int(count)
        return cls(float(data["part"]), float(data["value"]), str(data["status"]), counted)


def places(candidates: int, promoted: float, rungs: int) -> list[int]:
    """Return how many candidates run to each rung, and at the end how many go on from the last."""
    found = [candidates]
    for _ in range(rungs):
        found.append(math.ceil(promoted * found[-1]))
    return found


def best(values: Mapping[int, float], count: int) -> list[int]:
    """Return the indices of the lowest values, in order; of equals the first ones."""
    return sorted(sorted(values, key=lambda index: (values[index], index))[:count])


def stopped_fitness(rungs: Sequence[Rung], all_rungs: int, ceiling: float, weight: float) -> float:
    """Return the fitness of a candidate that was stopped at its last rung.

    It is above that of any with a whole training, since that was better at this rung: more than
    the ceiling with the most that its spread adds, `weight` standard deviations. One that came a
    rung further is fitter, and at the same rung the one with the lower value.
    """
    worst = (1 + max(1.0, weight)) * ceiling
    return worst + (all_rungs - len(rungs)) * ceiling + min(rungs[-1].value, ceiling)
