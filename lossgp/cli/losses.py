"""From the words of a command line to losses."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from pathlib import Path

from lossgp.expressions import FormulaError, Loss, LossPair, zoo

_RANKED = re.compile(r"(?P<run>[A-Za-z0-9][\w.-]*)#(?P<rank>\d+)", re.ASCII)
_IN_FORMULAS = re.compile(r"\b(y_pred|y_real|score)\b|^[\d.]+$", re.ASCII)


@dataclass(frozen=True)
class Named:
    """A loss with the name that plots and tables give it."""

    name: str
    loss: Loss | LossPair
    note: str = ""


def resolve(written: str, runs_dir: Path) -> Named:
    """Return the loss of a zoo name, of RUN#RANK, of a formula, or of a pair "D: ...; G: ...".

    In a pair stand formulas, or names, of which D's or G's part is taken.

    Raises:
        FormulaError: it is none of them.
        RunsError: the run or the rank does not exist.
    """
    halves = LossPair.split(written)
    if halves is None:
        known = _known(written, runs_dir)
        return known or Named("formula", LossPair.parse(written).discriminator)
    d, g = (_known(half, runs_dir) for half in halves)
    pair = LossPair(
        LossPair.of(d.loss).discriminator if d else Loss.parse(halves[0]),
        LossPair.of(g.loss).generator if g else Loss.parse(halves[1]),
    )
    loss = pair.discriminator if pair.is_single else pair
    return Named(f"D: {d.name}; G: {g.name}" if d and g else "formula", loss)


def _known(written: str, runs_dir: Path) -> Named | None:
    """Return the loss of a zoo name or of RUN#RANK; None for what may be a formula."""
    if written in zoo.BY_NAME or written in zoo.ALIASES:
        entry = zoo.entry(written)
        return Named(entry.name, entry.loss, f"{entry.title}; {entry.source}")
    if ranked := _RANKED.fullmatch(written):
        return _ranked(ranked["run"], int(ranked["rank"]), runs_dir)
    if re.fullmatch(r"[\w.-]+", written) and not _IN_FORMULAS.search(written):
        near = difflib.get_close_matches(written, zoo.names(), 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise FormulaError(
            f"{written!r} is no known loss, no run and no formula{hint} "
            f"(known losses: {', '.join(zoo.names())}; `lossgp runs` lists the runs)"
        )
    return None


def _ranked(run: str, rank: int, runs_dir: Path) -> Named:
    from lossgp.report.load import load
    from lossgp.runs import RunsError, Store

    with Store.read_only(runs_dir) as store:
        result = load(store, run)
    found, goal = result.individuals, result.objective.goal
    if not 1 <= rank <= len(found):
        raise RunsError(f"run {run!r} has ranks 1 to {len(found)}, not {rank}")
    best = found[rank - 1]
    figure = goal.spread(best.score.mean, best.score.std)
    note = f"{goal.title} {figure}; {best.candidate.origin}"
    return Named(f"{run}#{rank}", best.candidate.loss, note)
