"""The table of a run's best losses, beside the known ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from lossgp.common.echo import printable
from lossgp.results.formulas import short
from lossgp.search import Score
from lossgp.search.normalising import words
from lossgp.trainers.objective import Objective

if TYPE_CHECKING:
    from lossgp.results.result import Result, Yardstick

_MANY = 1e6
TITLES = {"bce_logits": "BCE (on logits)", "ganetic": "GANetic", "bce": "BCE (on p)"}


def title(name: str) -> str:
    """Return how a known loss is called in a table."""
    return TITLES.get(name, name)


def figures(score: Score, objective: Objective) -> tuple[str, list[str], str]:
    """Return mean ± spread, the metrics beside it, and what was lost or rules it out, as text."""
    beside = [(metric, score.beside.get(metric.key, math.nan)) for metric in objective.columns]
    lost = ((n, printable(status)) for status, n in score.statuses.items() if status != "ok")
    reasons = [*(f"{n} {status}" for n, status in lost), *filter(None, [score.ruled_out])]
    failed = ", ".join(reasons)
    spread = objective.goal.spread(score.mean, score.std)
    return spread, [metric.text(value) or "-" for metric, value in beside], failed


def table(result: Result, rows: int = 8) -> Table:
    """Return the best losses with the known ones in their places, for a rich console.

    Those of a generation that is not complete have a dash for a rank.
    """
    rule, objective = result.config.search.rule, result.objective
    out = Table(
        title=f"Best losses of run {result.name}, by {rule} of {objective.goal.title}",
        title_justify="left",
        pad_edge=False,
    )
    ranked = result.ranked
    whole = [(rank, i) for rank, i in ranked if i.score.is_whole] or ranked
    found = [
        (
            i.score,
            str(rank or "-"),
            str(i.candidate.size),
            i.candidate.label,
            words(i.candidate.multipliers).removeprefix("LR "),
            short(i.candidate.loss),
        )
        for rank, i in whole[:rows]
    ]
    known = [(y.score, "", str(y.pair.size), "known", "", title(y.name)) for y in result.yardsticks]
    shown = sorted([*found, *known], key=lambda row: (row[0].fitness, row[1] == "", row[-1]))
    lost = any(score.failures or score.ruled_out for score, *_ in shown)
    excluded = any(score.ruled_out for score, *_ in shown)
    titles = [metric.title for metric in objective.columns]
    for heading in ("rank", objective.goal.title, *titles):
        out.add_column(heading, justify="right", no_wrap=True)
    if lost:
        out.add_column("seeds lost, or ruled out" if excluded else "seeds lost")
    out.add_column("size", justify="right")
    out.add_column("from")
    normalised = any(multiplier for *_, multiplier, _ in shown)
    if normalised:
        out.add_column("LR", justify="right", no_wrap=True)
    out.add_column("loss (simplified)", overflow="fold")
    for score, rank, size, origin, multiplier, formula in shown:
        spread, beside, failed = figures(score, objective)
        cells: list[str | Text] = [
            rank,
            spread,
            *beside,
            *([Text(failed)] if lost else []),
            size,
            origin,
            *([multiplier] if normalised else []),
            Text(formula),
        ]
        out.add_row(*cells, style="" if rank else "bold")
    return out


def summary(result: Result) -> list[str]:
    """Return what stands below the table: protocol, scale, what was not trained, the verdict."""
    seeds, goal = result.config.seeds, result.objective.goal
    lines = [
        f"Protocol  {result.protocol}; {seeds} seed{'s' * (seeds > 1)} a loss, the same for all"
    ]
    whole = sum(i.score.is_whole for i in result.individuals)
    early = len(result.individuals) - whole
    lines.append(
        f"Trained   {whole} loss{'es' * (whole != 1)} on all seeds, {early} given up after fewer"
    )
    if result.individuals:
        known = f"; known losses {result.known_cost}" if result.yardsticks else ""
        lines.append(f"Cost      {result.cost}{known}")
    if result.device is not None:
        lines.append(f"Device    {result.device}")
    else:
        lines.append(
            "Device    not known (the run is of an older version); so known losses are left out"
        )
    if words := scale(result):
        lines.append(f"Scale     {words}")
    if excluded := [i for i in result.individuals if i.score.ruled_out]:
        limits = result.config.search.limits
        lines.append(f"Ruled out {len(excluded)} loss{'es' * (len(excluded) != 1)}: {limits}")
    rejected = sum(result.rejects.values())
    if rejected:
        reasons = ", ".join(f"{n} {reason}" for reason, n in result.rejects.items())
        lines.append(f"Screened  {rejected} trees were not trained: {reasons}")
    # A seed that was lost counts with a figure that says little of how good the known loss is.
    fit = [y for y in result.yardsticks if not y.lost]
    if result.best is not None and fit:
        verdict = f"mean {goal.title} {', '.join(_against(result.best.score, y) for y in fit)}"
        lines.append(f"Best      {verdict} (on the seeds it was selected on)")
    lines += [
        f"Lost      {title(y.name)}: {y.lost}; nothing is compared with it"
        for y in result.yardsticks
        if y not in fit
    ]
    if result.individuals:
        if any(i.candidate.multipliers for i in result.individuals):
            lines.append(
                "Rates     normalised: a loss is trained times its LR, which makes its slopes 1 in "
                "size; known losses are not"
            )
        lines.append("Losses    simplified for the labels 0 and 1; constants are shortened")
    return [printable(line, None) for line in lines]


def scale(result: Result) -> str:
    """Return the ends of the metric's scale in words; nothing where they are not known."""
    if not result.reference:
        return ""
    objective, goal = result.objective, result.objective.goal
    floor = goal.text(objective.floor_of(result.reference))
    ceiling = goal.text(objective.ceiling_of(result.reference))
    return f"{goal.title} {floor} {objective.floor}, {ceiling} {objective.ceiling}"


def _against(score: Score, known: Yardstick) -> str:
    if known.score.mean > 0:
        ratio = score.mean / known.score.mean
        times = f"{ratio:.2f}" if ratio < _MANY else f"{ratio:.3g}"
        return f"{times} times that of {title(known.name)}"
    # A classifier may make no mistake at all.
    words = "as that of" if score.mean == 0 else "more than 0, that of"
    return f"{words} {title(known.name)}"
