"""How steady trainings are, as a number: in the place of looking at curves and judging."""

from __future__ import annotations

from collections.abc import Sequence

from lossgp.common.averages import deviation, mean
from lossgp.trainers import Outcome, Status

STABILITY, LOST = "stability", "lost"
"""Keys of what every training has beside its metrics."""
INSTABILITY = "instability"
"""The metric that says how far a training's own curve wobbles, of protocols that measure it."""
NOT_STEADY = frozenset({Status.DEAD, Status.DIVERGED})
FORMULA = (
    "stability = mean over the seeds of 1 / (1 + w), and 0 for one that died or diverged; w is the "
    "instability of the training where the protocol measures it, else the seeds' standard "
    "deviation of {goal} over their mean"
)


def steadiness(outcome: Outcome) -> float | None:
    """Return how steady one training was: 0 for one that died or diverged, else at most 1.

    None where it says nothing: it crashed, or ran out of time. One without a curve of its own is
    1 if it lived.
    """
    if outcome.status in NOT_STEADY:
        return 0.0
    if outcome.status is not Status.OK:
        return None
    return 1.0 / (1.0 + max(0.0, outcome.metrics.get(INSTABILITY, 0.0)))


def stability(outcomes: Sequence[Outcome], metric: str) -> float | None:
    """Return the stability index of the seeds of one loss under one setting, in [0, 1].

    It is the mean of their `steadiness`. Where none has a curve of its own, what wobbles is the
    metric between the seeds that lived: w is its coefficient of variation. None where no training
    says anything, or a single one has lived, of which nothing wobbles.
    """
    each = [value for o in outcomes if (value := steadiness(o)) is not None]
    if not each:
        return None
    living = [o for o in outcomes if o.status is Status.OK]
    if any(INSTABILITY in o.metrics for o in living):
        return mean(each)
    if len(each) == len(living) == 1:
        return None
    values = [o.metrics[metric] for o in living if metric in o.metrics]
    wobble = deviation(values) / abs(mean(values)) if len(values) > 1 and mean(values) else 0.0
    return mean(each) / (1.0 + wobble)


def lost_share(outcomes: Sequence[Outcome]) -> float | None:
    """Return the share of trainings that died or diverged; None of none.

    Those that crashed or ran out of time are no evidence, and do not count.
    """
    said = [o for o in outcomes if o.status is Status.OK or o.status in NOT_STEADY]
    if not said:
        return None
    return sum(o.status in NOT_STEADY for o in said) / len(said)
