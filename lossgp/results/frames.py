"""Results as rows, for pandas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lossgp.expressions import LossPair
from lossgp.search import Score, label
from lossgp.search.normalising import words

from .confirmation import Baseline, Confirmed
from .formulas import shown
from .measured import figures, imputed

if TYPE_CHECKING:
    from pandas import DataFrame

    from .comparison import Comparison
    from .result import Result


def result_rows(result: Result) -> list[dict[str, Any]]:
    """Return one row a loss, best first, the known ones in their places.

    `rank` is None for a known loss, and for one whose generation is not complete. The figures are
    of the seeds of the search: `<metric>_mean` and
    `<metric>_std` of those that gave one; in `<metric>_mean_all` and `fitness`, which ranks,
    each of the `imputed` others counts as the ceiling. `formula` is what was trained (times what
    `learning_rate` says, where that is normalised), `latex` the simplified form. Where losses are
    confirmed, these come first, by `confirmed_fitness`, and `confirmed_<metric>_mean`,
    `confirmed_<metric>_std` and `confirmed_seeds` are of the fresh seeds; None for the others.
    Where losses are ranked by what all trainings say of them, `posterior_mean`, `posterior_low`,
    `posterior_high` (95 %) and `posterior_best` are that.
    """
    metric = result.objective.goal.key
    scored = [(i.score, rank, i.outcomes, i.candidate.label, LossPair.of(i.candidate.loss),
               i.candidate.origin, words(i.candidate.multipliers))
              for rank, i in result.ranked]  # fmt: skip
    known = [(y.score, None, y.outcomes, y.name, y.pair, "known", "") for y in result.yardsticks]
    fresh: dict[str, Confirmed | Baseline] = {label(one.name): one for one in _confirmed(result)}
    fresh |= {b.name: b for b in result.confirmation.baselines} if result.confirmation else {}

    def order(row: tuple[Any, ...]) -> tuple[Any, ...]:
        one = fresh.get(row[3])
        fitness = row[0].fitness if one is None else one.score.fitness
        return one is None, fitness, row[1] is None, row[1] or 0

    rows = []
    normalised = any(i.candidate.multipliers for i in result.individuals)
    for score, rank, outcomes, name, pair, origin, rate in sorted([*scored, *known], key=order):
        average, spread = figures(score, outcomes)
        rows.append(
            {
                "rank": rank,
                "name": name,
                **(_fresh_cells(fresh.get(name), metric) if fresh else {}),
                "fitness": score.fitness,
                **(_estimate_cells(score) if result.config.search.is_joint else {}),
                f"{metric}_mean": average,
                f"{metric}_std": spread,
                f"{metric}_mean_all": score.mean,
                "imputed": imputed(score, outcomes),
                **score.beside,
                "seeds": len(score.values),
                "failed": score.failures,
                "size": pair.size,
                "origin": origin,
                **({"learning_rate": rate} if normalised else {}),
                "formula": pair.text(),
                "latex": shown(pair).latex(),
            }
        )
    return rows


def _confirmed(result: Result) -> Sequence[Confirmed]:
    return result.confirmation.losses if result.confirmation else ()


def _estimate_cells(score: Score) -> dict[str, Any]:
    posterior = score.posterior.to_json() if score.posterior else {}
    return {f"posterior_{key}": posterior.get(key) for key in ("mean", "low", "high", "best")}


def _fresh_cells(one: Confirmed | Baseline | None, metric: str) -> dict[str, Any]:
    average, spread = figures(one.score, one.outcomes) if one else (None, None)
    return {
        "confirmed_fitness": one.score.fitness if one else None,
        f"confirmed_{metric}_mean": average,
        f"confirmed_{metric}_std": spread,
        "confirmed_seeds": len(one.outcomes) if one else None,
    }


def comparison_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """Return one row a training: loss, seed, status, every metric, seconds, and why it was lost."""
    return [
        {
            "loss": loss.name,
            "seed": outcome.seed,
            "status": str(outcome.status),
            **outcome.metrics,
            "seconds": outcome.seconds,
            "reason": outcome.reason,
        }
        for loss in comparison.losses
        for outcome in loss.outcomes
    ]


def dataframe(rows: Sequence[dict[str, Any]]) -> DataFrame:
    """Return rows as a pandas data frame.

    Raises:
        ImportError: pandas is not installed.
    """
    try:
        import pandas
    except ImportError:
        raise ImportError("to_dataframe needs pandas; install it: pip install pandas") from None
    return pandas.DataFrame(rows)
