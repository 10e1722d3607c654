"""Results as rows, for pandas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lossgp.expressions import LossPair
from lossgp.search.normalising import words

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
    `learning_rate` says, where that is normalised), `latex` the simplified form.
    """
    metric = result.objective.goal.key
    scored = [(i.score, rank, i.outcomes, i.candidate.label, LossPair.of(i.candidate.loss),
               i.candidate.origin, words(i.candidate.multipliers))
              for rank, i in result.ranked]  # fmt: skip
    known = [(y.score, None, y.outcomes, y.name, y.pair, "known", "") for y in result.yardsticks]
    rows = []
    normalised = any(i.candidate.multipliers for i in result.individuals)
    for score, rank, outcomes, name, pair, origin, rate in sorted(
        [*scored, *known], key=lambda row: (row[0].fitness, row[1] is None, row[1] or 0)
    ):
        average, spread = figures(score, outcomes)
        rows.append(
            {
                "rank": rank,
                "name": name,
                "fitness": score.fitness,
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
