"""From the trainings of a candidate to its score."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from lossgp.common.averages import deviation, mean
from lossgp.trainers import Outcome, Status
from lossgp.trainers.objective import FID, Objective

from .ruling_out import ruled_out
from .rungs import Rung
from .settings import ScoringSettings

NOT_TRAINED = "not trained"


@dataclass(frozen=True)
class Posterior:
    """What a loss is worth, as all trainings of a run together say (see `posterior`).

    Attributes:
        mean: the posterior mean on the metric's own scale: where the model is of the logarithm,
            exp of its mean, as a geometric mean is.
        low, high: the ends of the interval that holds it with 95 %.
        best: the probability that it is the best of the run; NaN for a loss that is none of it.
    """

    mean: float
    low: float
    high: float
    best: float = math.nan

    def to_json(self) -> dict[str, float | None]:
        """Return plain data; NaN becomes None."""
        best = None if math.isnan(self.best) else self.best
        return {"mean": self.mean, "low": self.low, "high": self.high, "best": best}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the posterior of `to_json`'s data; raises KeyError or TypeError."""
        best = math.nan if data["best"] is None else data["best"]
        return cls(data["mean"], data["low"], data["high"], best)


@dataclass(frozen=True)
class Score:
    """What a candidate's trainings come to.

    Attributes:
        fitness: what the search minimises; infinite where the candidate is ruled out.
        mean, std: of the metric, over the seeds that count (sample standard deviation).
        values: of each seed, in the order of the seeds; failed ones as they were counted.
        beside: means of the objective's other metrics over the seeds that report them; NaN
            where none does.
        statuses: how many trainings ended in which way; `NOT_TRAINED` for seeds given up.
        metric: the key of what was scored.
        ruled_out: which limit of the settings rules it out, in words; empty if none does.
        rungs: what its first training came to on the way, where it was measured at parts.
        posterior: what all trainings of the run say of it, where losses are ranked by that.
    """

    fitness: float
    mean: float
    std: float
    values: tuple[float, ...]
    beside: Mapping[str, float] = field(default_factory=dict)
    statuses: Mapping[str, int] = field(default_factory=dict)
    metric: str = FID.goal.key
    ruled_out: str = ""
    rungs: tuple[Rung, ...] = ()
    posterior: Posterior | None = None

    @property
    def trained(self) -> tuple[float, ...]:
        """The values of the seeds that were trained, failed ones as they are counted."""
        return self.values[: len(self.values) - self.statuses.get(NOT_TRAINED, 0)]

    @property
    def failed(self) -> int:
        """Trainings that did not end well; unlike `failures` without seeds that were given up."""
        return self.failures - self.statuses.get(NOT_TRAINED, 0)

    @property
    def failures(self) -> int:
        """Seeds that did not end well."""
        return sum(n for status, n in self.statuses.items() if status != Status.OK)

    @property
    def is_stopped(self) -> bool:
        """Whether it was stopped at a rung, and has no whole training."""
        return bool(self.rungs) and self.statuses.get(NOT_TRAINED) == len(self.values)

    @property
    def is_whole(self) -> bool:
        """Whether every seed was trained."""
        return NOT_TRAINED not in self.statuses

    def to_json(self) -> dict[str, object]:
        """Return plain data, its keys named after the metric; infinities and NaN become None."""
        beside = {k: None if math.isnan(mean) else mean for k, mean in self.beside.items()}
        return {
            "fitness": self.fitness if math.isfinite(self.fitness) else None,
            f"{self.metric}_mean": self.mean,
            f"{self.metric}_std": self.std,
            f"{self.metric}s": list(self.values),
            **beside,
            "statuses": dict(self.statuses),
            **({"ruled_out": self.ruled_out} if self.ruled_out else {}),
            **({"rungs": [rung.to_json() for rung in self.rungs]} if self.rungs else {}),
            **({"posterior": self.posterior.to_json()} if self.posterior else {}),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], objective: Objective = FID) -> Self:
        """Return the score of `to_json`'s data.

        Raises:
            KeyError, TypeError: the data is not of that form, or of another objective. What is
        shown beside it may be missing: an older version did not measure it.
        """
        metric = objective.goal.key
        beside = {key: data[key] for key in objective.beside if key in data}
        return cls(
            fitness=math.inf if data["fitness"] is None else data["fitness"],
            mean=data[f"{metric}_mean"],
            std=data[f"{metric}_std"],
            values=tuple(data[f"{metric}s"]),
            beside={key: math.nan if mean is None else mean for key, mean in beside.items()},
            statuses=dict(data["statuses"]),
            metric=metric,
            ruled_out=str(data.get("ruled_out", "")),
            rungs=tuple(Rung.from_json(rung) for rung in data.get("rungs", ())),
            posterior=Posterior.from_json(data["posterior"]) if "posterior" in data else None,
        )


def failed(outcome: Outcome) -> bool:
    """Tell whether a training came to nothing."""
    return outcome.status is not Status.OK


def score(
    outcomes: Sequence[Outcome],
    seeds: int,
    ceiling: float,
    settings: ScoringSettings,
    objective: Objective = FID,
) -> Score:
    """Return the score of a candidate.

    Args:
        outcomes: its trainings, in the order of the seeds; fewer than `seeds` where the rest
            was given up. Seeds that were not trained count as the ceiling, whatever the rules.
        seeds: how many trainings a candidate gets.
        ceiling: what a seed without a value counts with (the protocol's reference).
        settings: the rules for fitness and for failed seeds.
        objective: the trainer's: which metric is scored.
    """
    metric = objective.goal.key
    untrained = [ceiling] * (seeds - len(outcomes))
    counted = [o.metrics.get(metric, ceiling) for o in outcomes] + untrained
    good = [o.metrics[metric] for o in outcomes if not failed(o) and metric in o.metrics]
    limit = ruled_out(outcomes, settings)
    rejected = limit or (settings.failed == "reject" and len(good) < seeds)
    trained = good if settings.failed == "exclude" and good else counted[: len(outcomes)]
    values = [*trained, *untrained]
    average = mean(values)
    std = deviation(values) if len(values) > 1 else 0.0
    # Between a figure and the ceiling lies no spread: of losses that were given up after one seed
    # it would be the larger, the better that seed, by more than the mean gains.
    spread = deviation(trained) if len(trained) > 1 else 0.0
    statuses = Counter(str(o.status) for o in outcomes)
    statuses[NOT_TRAINED] = seeds - len(outcomes)
    return Score(
        fitness=math.inf if rejected else _fitness(settings, values, average, spread),
        mean=average,
        std=std,
        values=tuple(counted),
        beside={key: _mean_of(key, outcomes) for key in objective.beside},
        statuses={k: n for k, n in sorted(statuses.items()) if n},
        metric=metric,
        ruled_out=limit,
    )


def _mean_of(metric: str, outcomes: Sequence[Outcome]) -> float:
    found = [o.metrics[metric] for o in outcomes if metric in o.metrics]
    return mean(found) if found else math.nan


def _fitness(
    settings: ScoringSettings, values: Sequence[float], average: float, spread: float
) -> float:
    rule = settings.fitness
    if rule in ("mean", "posterior"):  # the latter until all losses are estimated together
        return average
    if rule == "worst":
        return max(values)
    return statistics.median(values) if rule == "median" else average + settings.std_weight * spread
