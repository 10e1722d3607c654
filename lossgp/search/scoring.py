"""From the trainings of a candidate to its score."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from lossgp.trainers import Outcome, Status

from .settings import SearchSettings

NOT_TRAINED = "not trained"


@dataclass(frozen=True)
class Score:
    """What a candidate's trainings come to.

    Attributes:
        fitness: what the search minimises; infinite where the candidate is ruled out.
        fid_mean, fid_std: over the seeds that count (sample standard deviation).
        fids: FID of each seed, in the order of the seeds; failed ones as they were counted.
        d_acc: mean discriminator accuracy of the seeds that report one, in [0, 1].
        kid: mean KID of the seeds that report one, unbiased; NaN where none does.
        statuses: how many trainings ended in which way; `NOT_TRAINED` for seeds given up.
    """

    fitness: float
    fid_mean: float
    fid_std: float
    fids: tuple[float, ...]
    d_acc: float
    kid: float = math.nan
    statuses: dict[str, int] = field(default_factory=dict)

    @property
    def failures(self) -> int:
        """Seeds that did not end well."""
        return sum(n for status, n in self.statuses.items() if status != Status.OK)

    @property
    def is_whole(self) -> bool:
        """Whether every seed was trained."""
        return NOT_TRAINED not in self.statuses

    def to_json(self) -> dict[str, object]:
        """Return plain data; infinities and NaN become None."""
        data = asdict(self)
        data["fitness"] = self.fitness if math.isfinite(self.fitness) else None
        for name in ("d_acc", "kid"):
            data[name] = None if math.isnan(data[name]) else data[name]
        return data


def failed(outcome: Outcome) -> bool:
    """Tell whether a training came to nothing."""
    return outcome.status is not Status.OK


def score(
    outcomes: Sequence[Outcome], seeds: int, ceiling: float, settings: SearchSettings
) -> Score:
    """Return the score of a candidate.

    Args:
        outcomes: its trainings, in the order of the seeds; fewer than `seeds` where the rest
            was given up. Seeds that were not trained count as the ceiling, whatever the rules.
        seeds: how many trainings a candidate gets.
        ceiling: the FID that a seed without any counts with (the protocol's reference).
        settings: the rules for fitness and for failed seeds.
    """
    untrained = [ceiling] * (seeds - len(outcomes))
    counted = [o.metrics.get("fid", ceiling) for o in outcomes] + untrained
    good = [o.metrics["fid"] for o in outcomes if not failed(o)]
    ruled_out = settings.failed == "reject" and len(good) < seeds
    fids = good + untrained if settings.failed == "exclude" and good else counted
    mean = math.fsum(fids) / len(fids)
    std = statistics.stdev(fids) if len(fids) > 1 else 0.0
    statuses = Counter(str(o.status) for o in outcomes)
    statuses[NOT_TRAINED] = seeds - len(outcomes)
    return Score(
        fitness=math.inf if ruled_out else _fitness(settings.fitness, fids, mean, std),
        fid_mean=mean,
        fid_std=std,
        fids=tuple(counted),
        d_acc=_mean_of("d_acc", outcomes),
        kid=_mean_of("kid", outcomes),
        statuses={k: n for k, n in sorted(statuses.items()) if n},
    )


def _mean_of(metric: str, outcomes: Sequence[Outcome]) -> float:
    found = [o.metrics[metric] for o in outcomes if metric in o.metrics]
    return math.fsum(found) / len(found) if found else math.nan


def _fitness(rule: str, fids: Sequence[float], mean: float, std: float) -> float:
    if rule == "mean":
        return mean
    if rule == "worst":
        return max(fids)
    return statistics.median(fids) if rule == "median" else mean + std
