"""The table of a run's best losses, beside the known ones."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from lossgp.expressions import LossPair
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
    """Return the best losses with the yardsticks in their places, for a rich console."""
    out = Table(title=f"Best losses of run {result.name}", title_justify="left", pad_edge=False)
    out.add_column("rank", justify="right")
    out.add_column("loss (simplified)", overflow="fold", ratio=1)
    out.add_column("FID", justify="right", no_wrap=True)
    out.add_column("D acc.", justify="right", no_wrap=True)
    out.add_column("size", justify="right")
    out.add_column("from")
    out.add_column("seeds lost")
    for fitness, rank, loss, score, size, origin in _rows(result, rows):
        fid, accuracy, failed = figures(score)
        known = rank == ""
        style = "bold" if known else ""
        if math.isinf(fitness):
            failed = f"{failed} (ruled out)"
        out.add_row(rank, Text(loss), fid, accuracy, size, origin, failed, style=style)
    return out


def summary(result: Result) -> list[str]:
    """Return what stands below the table: protocol, scale, what was not trained, the verdict."""
    seeds = result.config.seeds
    lines = [f"Protocol  {result.protocol}; {seeds} seeds a loss, the same for all"]
    if result.reference:
        floor, ceiling = result.reference["fid_floor"], result.reference["fid_ceiling"]
        lines.append(
            f"Scale     FID {floor:.1f} real against real images, {ceiling:.1f} for a dead generator"
        )
    rejected = sum(result.rejects.values())
    if rejected:
        reasons = ", ".join(f"{n} {reason}" for reason, n in result.rejects.items())
        lines.append(f"Screened  {rejected} trees were not trained: {reasons}")
    if result.best is not None:
        best = result.best.score
        for y in result.yardsticks:
            factor = y.score.fid_mean / best.fid_mean if best.fid_mean > 0 else math.inf
            lines.append(
                f"Best      has {1 / factor:.2f} times the mean FID of {title(y.name)} "
                f"on the seeds it was selected on"
            )
    return lines


def _rows(result: Result, rows: int) -> Iterator[tuple[float, str, str, Score, str, str]]:
    found = [
        (
            i.score.fitness,
            str(rank),
            short(i.candidate.loss),
            i.score,
            str(i.candidate.loss.size),
            f"{i.candidate.name}: {i.candidate.origin}",
        )
        for rank, i in enumerate(result.individuals[:rows], 1)
    ]
    known = [
        (
            y.score.fitness,
            "",
            f"{title(y.name)}: {_known(y.pair)}",
            y.score,
            str(y.pair.size),
            "known",
        )
        for y in result.yardsticks
    ]
    yield from sorted([*found, *known], key=lambda row: (row[0], row[1] == "", row[2]))


def _known(pair: LossPair) -> str:
    return short(pair.discriminator if pair.is_single else pair)
