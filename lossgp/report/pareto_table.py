"""The table of a run's Pareto archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossgp.results.formulas import short
from lossgp.results.pareto import AIMS, mean_of

from .narrow import Column, fitted
from .table import summary

if TYPE_CHECKING:
    from rich.table import Table

    from lossgp.results.result import Result


def pareto_table(result: Result, width: int | None = None) -> tuple[Table, list[str]]:
    """Return the losses that no other beats in mean, spread and size at once, best mean first.

    The first column says which of them RUN@mean, RUN@spread and RUN@size are. The table is made
    to fit the width of a terminal, and comes with the lines below it.
    """
    goal = result.objective.goal
    seeds = "fresh seeds" if result.confirmation else "the seeds of the search"
    ranks = {individual.candidate.name: rank for rank, individual in result.ranked}
    chosen = {aim: result.chosen(aim) for aim in AIMS}
    found = [(one.candidate, result.score(one)) for one in result.pareto]
    names = [" ".join(f"@{aim}" for aim in AIMS if chosen[aim] is one) for one in result.pareto]
    columns = [
        Column("chosen as", names, "left"),
        Column("rank", [str(ranks.get(candidate.name) or "-") for candidate, _ in found]),
        Column(f"mean {goal.title}", [goal.text(mean_of(score)) for _, score in found]),
        Column("spread", [goal.text(score.std) for _, score in found]),
        Column("size", [str(candidate.size) for candidate, _ in found]),
        Column("from", [candidate.label for candidate, _ in found], "left", until=1),
        Column("loss (simplified)", [short(c.loss) for c, _ in found], "left", least=28),
    ]
    name = f"Losses of run {result.name} that no other beats in mean {goal.title}, its spread and "
    out, _ = fitted(f"{name}size, on {seeds}", columns, width)
    return out, summary(result)
