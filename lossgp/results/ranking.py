"""How the losses of a run are put in order, where that takes the trainings of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from lossgp.search import Individual
from lossgp.search.settings import ScoringSettings

from .result import Yardstick


def in_order(individuals: Iterable[Individual], scoring: ScoringSettings) -> list[Individual]:
    """Return individuals, best first; of those with one name the last, whose score is the latest.

    Where the rule is joint they have their posteriors, from the trainings of all.
    """
    latest = list({i.candidate.name: i for i in individuals}.values())
    if scoring.is_joint:
        from lossgp.search.estimates import estimated  # late: SciPy takes its time

        # Sums of floats depend on the order: it is the same, whenever it is done.
        latest.sort(key=lambda i: (i.candidate.generation, i.candidate.slot))
        latest = estimated(latest)
    return sorted(latest, key=lambda i: i.order)


def beside(
    yardsticks: Sequence[Yardstick], individuals: Sequence[Individual], scoring: ScoringSettings
) -> tuple[Yardstick, ...]:
    """Return known losses as they compare with a run's, where the rule is joint."""
    if not scoring.is_joint:
        return tuple(yardsticks)
    from lossgp.search.estimates import compared

    found = compared([i.score for i in individuals], [y.score for y in yardsticks])
    return tuple(replace(y, score=s) for y, s in zip(yardsticks, found, strict=True))
