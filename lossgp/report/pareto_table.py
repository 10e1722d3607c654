"""The table of a run's Pareto archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from lossgp.results.formulas import short
from lossgp.results.pareto import AIMS, mean_of

if TYPE_CHECKING:
    from lossgp.results.result import Result


def pareto_table(result: Result) -> Table:
    """Return the losses that no other beats in mean, spread and size at once, best mean first.

    The first column says which of them RUN@mean, RUN@spread and RUN@size are.
    """
    goal = result.objective.goal
    seeds = "fresh seeds" if result.confirmation else "the seeds of the search"
    out = Table(
        title=f"Losses of run {result.name} that no other beats in mean {goal.title}, its spread "
        f"and size, on {seeds}",
        title_justify="left",
        pad_edge=False,
    )
    out.add_column("chosen as")
    for heading in ("rank", f"mean {goal.title}", "spread", "size"):
        out.add_column(heading, justify="right", no_wrap=True)
    out.add_column("from")
    out.add_column("loss (simplified)", overflow="fold")
    ranks = {individual.candidate.name: rank for rank, individual in result.ranked}
    chosen = {aim: result.chosen(aim) for aim in AIMS}
    for one in result.pareto:
        candidate, score = one.candidate, result.score(one)
        out.add_row(
            " ".join(f"@{aim}" for aim in AIMS if chosen[aim] is one),
            str(ranks.get(candidate.name) or "-"),
            goal.text(mean_of(score)),
            goal.text(score.std),
            str(candidate.size),
            candidate.label,
            Text(short(candidate.loss)),
        )
    return out
