"""Limits on the discriminator, below which a candidate is ruled out (GANetic paper, appendix D).

A discriminator that cannot tell generated from real samples cannot point the generator the way,
and one that is right less often than by chance is corrupt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lossgp.common.averages import mean
from lossgp.trainers import Outcome, Status
from lossgp.trainers.metrics import METRICS
from lossgp.trainers.objective import Objective

from .settings import ScoringSettings

AUC, ACCURACY = "d_auc", "d_acc"
LIMITS: dict[str, tuple[str, Callable[[float], float]]] = {
    # A discriminator that was turned round tells the two apart as well.
    "min_d_auc": (AUC, lambda value: max(value, 1 - value)),
    "min_d_acc": (ACCURACY, lambda value: value),
}
"""For each setting, the metric that it limits, and what counts of its value."""


def ruled_out(outcomes: Sequence[Outcome], settings: ScoringSettings) -> str:
    """Return why the trainings of a candidate rule it out, in a few words; empty if they do not.

    The mean over the seeds that ended well is compared, or over all that were measured where none
    did. Where metrics were measured and this was not, as older versions did not, that rules out:
    nobody knows that the discriminator is good enough. What has no metrics at all, as a training
    that diverged, counts as the ceiling in any case.
    """
    for setting, (key, counted) in LIMITS.items():
        limit = getattr(settings, setting)
        if limit is None:
            continue
        title = METRICS[key].title
        good = [o for o in outcomes if o.status is Status.OK and key in o.metrics]
        measured = good or [o for o in outcomes if key in o.metrics]
        if not measured:
            if any(o.metrics for o in outcomes):
                return f"{title} not measured"
            continue
        value = mean([counted(o.metrics[key]) for o in measured])
        if value < limit:
            return f"{title} {value:.3f} < {limit:g}"
    return ""


def unmeasured(settings: ScoringSettings, objective: Objective) -> list[str]:
    """Return the settings that limit what trainings of an objective do not measure."""
    known = (objective.goal.key, *objective.beside)
    return [
        setting
        for setting, (key, _) in LIMITS.items()
        if getattr(settings, setting) is not None and key not in known
    ]
