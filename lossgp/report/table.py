"""The table of a run's best losses, beside the known ones."""

from __future__ import annotations

import math

from rich.table import Table
from rich.text import Text

from lossgp.search import Score

from .formulas import short
from .result import Result

TITLES = {"bce_logits": "BCE (on logits)", "ganetic": "GANetic", "bce": "BCE (on p)"}


def title(name: str) -> str:
    """Return how a known loss is called in a table."""
    return TITLES.get(name, name)


def figures(score: Score) -> tuple[str, str, str]:
    """Return mean FID ± spread, discriminator accuracy, and failed seeds, as text."""
    accuracy = "" if math.isnan(score.d_acc) else f"{100 * score.d_acc:.0f} %"
    failed = ", ".join(f"{n} {status}" for status, n in score.statuses.items() if status != "ok")
    return f"{score.fid_mean:.1f} ± {score.fid_std:.1f}", accuracy, failed


def table(result: Result, rows: int = 8) -> Table:
    """Return the best losses with the known ones in their places, for a rich console."""
    rule = result.config.search.fitness
    out = Table(
        title=f"Best losses of run {result.name}, by {rule} of FID",
        title_justify="left",
        pad_edge=False,
    )
    ranked = list(enumerate(result.individuals, 1))
    whole = [(rank, i) for rank, i in ranked if i.score.is_whole] or ranked
    found = [
        (i.score, str(rank), str(i.candidate.loss.size), i.candidate.name, short(i.candidate.loss))
        for rank, i in whole[:rows]
    ]
    known = [(y.score, "", str(y.pair.size), "known", title(y.name)) for y in result.yardsticks]
    shown = sorted([*found, *known], key=lambda row: (row[0].fitness, row[1] == "", row[-1]))
    lost = any(score.failures for score, *_ in shown)
    for heading in ("rank", "FID", "D acc."):
        out.add_column(heading, justify="right", no_wrap=True)
    if lost:
        out.add_column("seeds lost")
    out.add_column("size", justify="right")
    out.add_column("from")
    out.add_column("loss (simplified)", overflow="fold")
    for score, rank, size, origin, formula in shown:
        fid, accuracy, failed = figures(score)
        cells: list[str | Text] = [
            rank,
            fid,
            accuracy,
            *([failed] if lost else []),
            size,
            origin,
            Text(formula),
        ]
        out.add_row(*cells, style="" if rank else "bold")
    return out


def summary(result: Result) -> list[str]:
    """Return what stands below the table: protocol, scale, what was not trained, the verdict."""
    seeds = result.config.seeds
    lines = [f"Protocol  {result.protocol}; {seeds} seeds a loss, the same for all"]
    whole = sum(i.score.is_whole for i in result.individuals)
    early = len(result.individuals) - whole
    lines.append(f"Trained   {whole} losses on all seeds, {early} given up after fewer")
    if result.reference:
        floor, ceiling = result.reference["fid_floor"], result.reference["fid_ceiling"]
        lines.append(
            f"Scale     FID {floor:.1f} real against real images, {ceiling:.1f} of a dead generator"
        )
    rejected = sum(result.rejects.values())
    if rejected:
        reasons = ", ".join(f"{n} {reason}" for reason, n in result.rejects.items())
        lines.append(f"Screened  {rejected} trees were not trained: {reasons}")
    if result.best is not None:
        parts = [
            f"{result.best.score.fid_mean / y.score.fid_mean:.2f} times that of {title(y.name)}"
            for y in result.yardsticks
        ]
        if parts:
            lines.append(f"Best      mean FID {', '.join(parts)} (on the seeds it was selected on)")
    return lines
