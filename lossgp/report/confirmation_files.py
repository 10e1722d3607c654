"""What a run leaves on disk of its trainings on fresh seeds."""

from __future__ import annotations

from collections.abc import Mapping

from lossgp.results.confirmation import Baseline, Confirmed
from lossgp.results.result import Result
from lossgp.search import label

from .csv_files import csv_text


def fresh_scores(result: Result) -> Mapping[str, Baseline | Confirmed]:
    """Return what was confirmed under the run's own protocol, by the names that files use."""
    if (confirmation := result.confirmation) is None:
        return {}
    losses: dict[str, Baseline | Confirmed] = {label(c.name): c for c in confirmation.losses}
    return losses | {baseline.name: baseline for baseline in confirmation.baselines}


def confirmation_csv(result: Result) -> str:
    """Return one row a training on a fresh seed, the protocols one after the other.

    `name` is that of `losses.csv`; metrics that a protocol does not measure are empty.
    """
    rows: list[tuple[str, str, Baseline | Confirmed]] = []
    for confirmation in result.confirmations:
        where = confirmation.protocol
        rows += [(where, baseline.name, baseline) for baseline in confirmation.baselines]
        rows += [(where, label(loss.name), loss) for loss in confirmation.losses]
    measured = {key for _, _, one in rows for o in one.outcomes for key in o.metrics}
    goals = list(dict.fromkeys(c.objective.goal.key for c in result.confirmations))
    keys = [*goals, *sorted(measured - set(goals))]
    return csv_text(
        ["protocol", "name", "seed", "status", *keys, "reason"],
        [
            [where, name, o.seed, str(o.status), *(o.metrics.get(key) for key in keys), o.reason]
            for where, name, one in rows
            for o in one.outcomes
        ],
    )
