"""What the tuning of a loss's constants has come to."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from lossgp.expressions import LossPair
from lossgp.trainers.objective import Objective

from .against import Against


@dataclass(frozen=True)
class Tuning:
    """A loss before and after its constants were tuned.

    Attributes:
        start, tuned: the losses; equal where nothing better was found.
        seeds: trainings of each trial.
        history: the least mean logarithm of the metric after each generation, the first one
            included: that of the start, and what was drawn around it.
        before, after: the mean logarithm of start and tuned, on the seeds that were tuned on;
            infinite where it was ended before they were trained.
        digits: of the tuned constants; 0 where they have all that were found.
        trials: how many different losses were trained.
        fresh: the tuned loss against the start on seeds that neither tuning nor any search uses;
            None where nothing changed, or it was ended before.
        objective: whose goal was minimised.
        protocol, device: under which.
        normalised: whether each loss was trained times its own multiplier, which start and tuned
            are without (see `search/normalising.py`).
        ended: what ended it before its time: "budget", "interrupt", or nothing.
    """

    start: LossPair
    tuned: LossPair
    seeds: int
    history: tuple[float, ...]
    before: float
    after: float
    digits: int
    trials: int
    fresh: Against | None
    objective: Objective
    protocol: str
    device: str
    normalised: bool = False
    ended: Literal["", "budget", "interrupt"] = ""

    @property
    def has_changed(self) -> bool:
        """Whether constants were found that are better on the seeds tuned on."""
        return self.tuned != self.start

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "start": self.start.text(),
            "tuned": self.tuned.text(),
            "protocol": self.protocol,
            "device": self.device,
            "metric": self.objective.goal.key,
            "seeds": self.seeds,
            "trials": self.trials,
            "history": list(self.history),
            "log_before": _known(self.before),
            "log_after": _known(self.after),
            "digits": self.digits,
            "normalised": self.normalised,
            "fresh": None if self.fresh is None else self.fresh.to_json(),
            "ended": self.ended or "finished",
        }


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
