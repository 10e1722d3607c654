"""What a surrogate says of a loss before it is trained."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from lossgp.trainers import Status

from .scoring import NOT_TRAINED, Score

# Such trainings say something of the machine, not of the loss.
_OF_THE_MACHINE = (Status.TIMEOUT, Status.CRASHED, Status.ERROR)
_LEAST = 1e-4  # of the ceiling: what counts as 0, of which there is no logarithm


@dataclass(frozen=True)
class Prediction:
    """The logarithm of the metric that a loss will come to, as predicted.

    Attributes:
        mean, sd: over the trees of the forest.
        chosen: whether the surrogate chose the loss; else it was left to chance.
    """

    mean: float
    sd: float
    chosen: bool

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {"log_mean": self.mean, "log_sd": self.sd, "chosen": self.chosen}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the prediction of `to_json`'s data; raises KeyError, TypeError or ValueError."""
        return cls(float(data["log_mean"]), float(data["log_sd"]), data["chosen"] is True)


def measured_log(values: Sequence[float], ceiling: float) -> float:
    """Return the mean logarithm of a metric over seeds; over the ceiling counts as the ceiling."""
    least = _LEAST * ceiling if 0 < ceiling < math.inf else _LEAST
    return math.fsum(math.log(min(max(v, least), ceiling)) for v in values) / len(values)


def trained_values(score: Score) -> tuple[float, ...]:
    """Return the metric of the seeds that were trained, as they were counted.

    Empty where no training was, or where one ended in a way that says nothing of the loss.
    """
    if any(score.statuses.get(status) for status in _OF_THE_MACHINE):
        return ()
    return score.values[: len(score.values) - score.statuses.get(NOT_TRAINED, 0)]
