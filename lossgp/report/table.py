"""The table of a run's best losses, beside the known ones."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lossgp.common.echo import printable
from lossgp.results.formulas import short
from lossgp.results.shortcuts import stopped_at
from lossgp.search import Score
from lossgp.search.normalising import words
from lossgp.trainers.objective import Objective

from .confirmation_table import confirmation_notes, confirmation_table, fresh, seeds
from .estimates import estimate_notes, expected, interval, trained_words
from .known_titles import title
from .narrow import Column, fitted

if TYPE_CHECKING:
    from rich.table import Table

    from lossgp.results.guidance import RunGuidance
    from lossgp.results.result import Result, Yardstick

TURNED = "↺"
_MANY = 1e6
_LEAST = 28  # characters of the loss
_OF_D = ["d_acc", "d_auc"]
_D_GONE = 4  # the last stage of narrowing in which D's metrics are shown


def figures(score: Score, objective: Objective) -> tuple[str, list[str], str]:
    """Return mean ± spread, the metrics beside it, and what was lost or rules it out, as text.

    Where it is estimated with all others, the estimate stands with its interval.
    """
    beside = [(metric, score.beside.get(metric.key, math.nan)) for metric in objective.columns]
    lost = ((n, printable(status)) for status, n in score.statuses.items() if status != "ok")
    reasons = [*(f"{n} {status}" for n, status in lost), *filter(None, [score.ruled_out])]
    failed = ", ".join(reasons)
    spread = (
        interval(score.posterior, objective.goal)
        if score.posterior
        else objective.goal.spread(score.mean, score.std)
    )
    return spread, [metric.text(value) or "-" for metric, value in beside], failed


@dataclass(frozen=True)
class _Row:
    """A loss in the table: its score of the search, and the confirmed one, if it has one."""

    searched: Score | None
    confirmed: Score | None
    rank: str
    size: int
    origin: str
    multiplier: str
    formula: str

    @property
    def score(self) -> Score:
        found = self.confirmed or self.searched
        assert found is not None
        return found

    @property
    def order(self) -> tuple[bool, float, bool, str]:
        """Sorting key: what is confirmed first, for the other scores were selected on."""
        return self.confirmed is None, self.score.fitness, not self.rank, self.formula


def table(result: Result, rows: int = 8, width: int | None = None) -> tuple[Table, list[str]]:
    """Return the best losses with the known ones in their places, and what a reader must know.

    Those of a generation that is not complete have a dash for a rank. Where some are confirmed,
    their confirmed scores stand in a column before those of the search.

    Args:
        result: of a run.
        rows: how many of its losses.
        width: of the terminal in characters. In a narrow one the loss gets room at the expense of
            what is of least worth: its place in the run, D's two columns, its size.
    """
    rule, objective = result.config.search.rule, result.objective
    shown = sorted(_rows(result, rows), key=lambda row: row.order)
    goal = objective.goal.title
    estimated = any(row.searched and row.searched.posterior for row in shown)
    heading = f"{goal} [95 %]" if estimated else goal
    searched = Column(heading, [_spread(row.searched, objective) for row in shown])
    scores = [searched]
    if result.confirmation is not None:
        confirmed = [_spread(row.confirmed, objective) for row in shown]
        scores = [
            Column(f"{goal}, confirmed", confirmed),
            replace(searched, heading=f"{heading}, searched"),
        ]
    found = [figures(row.score, objective) for row in shown]
    columns = [
        Column("rank", [row.rank for row in shown]),
        *scores,
        *_beside(objective, [beside for _, beside, _ in found]),
    ]
    if estimated:
        counts = [str(len(row.searched.trained)) if row.searched else "" for row in shown]
        columns.append(Column("seeds", counts, until=3))
    if any(row.score.failures or row.score.ruled_out for row in shown):
        excluded = any(row.score.ruled_out for row in shown)
        heading = "seeds lost, or ruled out" if excluded else "seeds lost"
        columns.append(Column(heading, [failed for _, _, failed in found], "left", least=12))
    columns.append(Column("size", [str(row.size) for row in shown], until=3))
    columns.append(Column("from", [row.origin for row in shown], "left", until=1))
    if any(row.multiplier for row in shown):
        columns.append(Column("LR", [row.multiplier for row in shown], until=10))
    formulas = [row.formula.replace("; G: ", ";\nG: ") for row in shown]  # a pair: a line each
    columns.append(Column("loss (simplified)", formulas, "left", least=_LEAST))
    name = f"Best losses of run {result.name}, by {rule} of {goal}"
    out, missing = fitted(name, columns, width, [not row.rank for row in shown])
    notes = []
    if any(TURNED in str(cell) for column in out.columns for cell in column.cells):
        notes.append(f"Turned    {TURNED}: D took generated for real; its AUC is turned round")
    if "D AUC" in missing and any("AUC" in str(column.header) for column in out.columns):
        missing = [heading for heading in missing if heading not in ("D acc.", "D AUC")]
    if missing:
        notes.append(f"Narrow    without {', '.join(missing)}: see losses.csv, or a wider window")
    return out, notes


def _beside(objective: Objective, cells: list[list[str]]) -> list[Column]:
    """Return the columns of the metrics beside the score; D's two become one where it is narrow."""
    metrics = objective.columns
    by_key = {m.key: [row[i] for row in cells] for i, m in enumerate(metrics)}
    last = _D_GONE + len(metrics)
    if list(by_key) != _OF_D:
        return [Column(m.title, by_key[m.key], until=last - i) for i, m in enumerate(metrics)]
    areas = [area.replace(" turned", TURNED) for area in by_key["d_auc"]]
    both = [f"{rate} {area}" for rate, area in zip(by_key["d_acc"], areas, strict=True)]
    return [
        *(Column(m.title, by_key[m.key], until=2) for m in metrics),
        Column("D acc., AUC", both, since=3, until=_D_GONE),
    ]


def tables(
    result: Result, rows: int = 8, width: int | None = None
) -> list[tuple[Table, list[str]]]:
    """Return all tables of a run, each with the lines below it; `width` is as in `table`."""
    best, below = table(result, rows, width)
    found = [(best, summary(result) + below)]
    found += [
        (confirmation_table(result, confirmation), confirmation_notes(result, confirmation))
        for confirmation in result.confirmations
    ]
    return found


def _rows(result: Result, rows: int) -> list[_Row]:
    ranked = result.ranked
    whole = [(rank, i) for rank, i in ranked if i.score.is_whole] or ranked
    found = []
    for rank, i in whole[:rows]:
        confirmed, c = result.confirmed(i), i.candidate
        fresh_score = confirmed.score if confirmed else None
        multiplier = words(c.multipliers).removeprefix("LR ")
        cells = str(rank or "-"), c.size, c.label, multiplier, short(c.loss)
        found.append(_Row(i.score, fresh_score, *cells))
    baselines = {b.name: b for b in result.confirmation.baselines} if result.confirmation else {}
    known = {y.name: y for y in result.yardsticks}
    for name in {**known, **baselines}:
        scores = [
            there.score if there else None for there in (known.get(name), baselines.get(name))
        ]
        size = (known.get(name) or baselines[name]).pair.size
        found.append(_Row(scores[0], scores[1], "", size, "known", "", title(name)))
    return found


def _spread(score: Score | None, objective: Objective) -> str:
    return "" if score is None else figures(score, objective)[0]


def summary(result: Result) -> list[str]:
    """Return what stands below the table: protocol, scale, what was not trained, the verdict."""
    goal = result.objective.goal
    search = result.config.search
    most = "up to " if search.racing == "posterior" else ""
    each = f"{most}{seeds(result.config.seeds)} a loss, the same for all"
    lines = [f"Protocol  {result.protocol}; {each}"]
    whole = sum(i.score.is_whole for i in result.individuals)
    early = len(result.individuals) - whole
    if search.racing == "posterior":
        lines.append(f"Trained   {trained_words(result)}")
    else:
        losses = f"{whole} loss{'es' * (whole != 1)}"
        lines.append(f"Trained   {losses} on all seeds, {early} given up after fewer")
    lines += [*_rungs(result), *estimate_notes(result)]
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
    if result.guidance is not None:
        lines.append(f"Surrogate {guided(result.guidance)}")
    # A seed that was lost counts with a figure that says little of how good the known loss is.
    fit = [y for y in result.yardsticks if not y.lost]
    if result.confirmation is not None:
        most = "up to " * (result.config.search.racing != "fixed")
        lines.append(
            f"Ranked    first what is confirmed on {fresh(result.confirmation.seeds)}; the others "
            f"are searched on {most}{seeds(result.config.seeds)} only"
        )
    elif result.best is not None and fit:
        kind = "estimated" if result.best.score.posterior else "mean"
        verdict = f"{kind} {goal.title} {', '.join(_against(result.best.score, y) for y in fit)}"
        lines.append(f"Best      {verdict} (searched: on the seeds that selected it)")
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


def guided(found: RunGuidance) -> str:
    """Return in words how well a surrogate knew losses before their training, and what it chose."""
    whole = found.whole
    words = [f"chose {whole.chosen.losses} of {found.drawn} losses"]
    if whole.correlation is not None:
        words.append(
            f"rank correlation of predicted and measured {whole.correlation:.2f} ({whole.compared} "
            "losses, before they were trained)"
        )
    better = f"below the run's median {whole.chosen} chosen"
    if whole.by_chance.losses:
        better += f" and {whole.by_chance} left to chance"
    if whole.needed is not None:
        better += f", which would have needed about {whole.needed:.0f} for as many"
    return "; ".join([*words, better])


def _rungs(result: Result) -> list[str]:
    """Return how many losses were stopped at a rung, and whether that is sound, in words."""
    rungs = result.config.search.rungs
    stopped = stopped_at(result.individuals, rungs)
    if not any(i.score.rungs for i in result.individuals):
        return []
    counts = [f"{count} at {part:g}" for part, count in stopped.items()]
    lines = [f"Stopped   at a part of the first training: {', '.join(counts)}"]
    shown = []
    for found in result.rung_correlations:
        stops = f"{found.part:g} with {'the end' if found.to == 1 else format(found.to, 'g')}"
        rank = "-" if found.spearman is None else f"{found.spearman:.2f}"
        shown.append(f"{stops} {rank} ({found.losses})")
    lines.append(f"Rungs     rank correlation (of so many losses): {', '.join(shown)}")
    return lines


def scale(result: Result) -> str:
    """Return the ends of the metric's scale in words; nothing where they are not known."""
    if not result.reference:
        return ""
    objective, goal = result.objective, result.objective.goal
    floor = goal.text(objective.floor_of(result.reference))
    ceiling = goal.text(objective.ceiling_of(result.reference))
    return f"{goal.title} {floor} {objective.floor}, {ceiling} {objective.ceiling}"


def _against(score: Score, known: Yardstick) -> str:
    if expected(known.score) > 0:
        ratio = expected(score) / expected(known.score)
        times = f"{ratio:.2f}" if ratio < _MANY else f"{ratio:.3g}"
        return f"{times} times that of {title(known.name)}"
    # A classifier may make no mistake at all.
    words = "as that of" if expected(score) == 0 else "more than 0, that of"
    return f"{words} {title(known.name)}"
