"""What of a score was measured, and what stands in for seeds that gave no figure.

A search ranks every candidate by as many figures as there are seeds: one that was given up, or
whose training gave nothing to measure, counts as the ceiling. Such figures rank; they are no
measurements, and what is written for people keeps them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lossgp.common.averages import deviation, mean
from lossgp.search import Score
from lossgp.search.scoring import NOT_TRAINED
from lossgp.trainers import Outcome, Status

_NOTHING_TO_MEASURE = (Status.DIVERGED, Status.TIMEOUT, Status.CRASHED, Status.ERROR)


def measured(score: Score, outcomes: Sequence[Outcome]) -> list[float | None]:
    """Return the metric of each seed, in the order of the seeds; None where there is none.

    Args:
        score: of all seeds.
        outcomes: the trainings it comes of, in the order of the seeds. Where they are not known,
            the statuses tell how many seeds count as the ceiling, which is the largest value.
    """
    if outcomes:
        found = [o.metrics.get(score.metric) for o in outcomes]
        return [*found, *[None] * (len(score.values) - len(found))]
    untrained = score.statuses.get(NOT_TRAINED, 0)
    trained = list(score.values[: len(score.values) - untrained])
    lost = sum(score.statuses.get(status, 0) for status in _NOTHING_TO_MEASURE)
    ceiling = score.values[-1] if untrained else max(score.values)
    known: list[float | None] = [None if lost and value == ceiling else value for value in trained]
    return [*known, *[None] * untrained]


def imputed(score: Score, outcomes: Sequence[Outcome]) -> int:
    """Return how many seeds count as the ceiling."""
    return measured(score, outcomes).count(None)


def figures(score: Score, outcomes: Sequence[Outcome]) -> tuple[float | None, float | None]:
    """Return mean and standard deviation of what was measured; None where there is too little."""
    values = [value for value in measured(score, outcomes) if value is not None]
    return mean(values) if values else None, deviation(values) if len(values) > 1 else None


def score_json(score: Score, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return a score as plain data for people.

    `<metric>_mean`, `<metric>_std` and `<metric>s` are of the measured seeds (None in the place
    of the others), `imputed` counts the others, and `<metric>_mean_all` has each of them as the
    ceiling, as `fitness` has.
    """
    metric = score.metric
    average, spread = figures(score, outcomes)
    return {
        **score.to_json(),
        f"{metric}_mean": average,
        f"{metric}_std": spread,
        f"{metric}s": measured(score, outcomes),
        f"{metric}_mean_all": score.mean,
        "imputed": imputed(score, outcomes),
    }
