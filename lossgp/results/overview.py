"""One line a run: where it stands, and the best loss that it has found."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from lossgp.config import rebuild
from lossgp.runs import Run, RunsError, Store, Unreadable
from lossgp.search import Individual
from lossgp.trainers import trainer_type
from lossgp.trainers.objective import Objective

from .individuals import individual_from_json
from .load import UNREADABLE, loaded, stored_individuals, unreadable
from .measured import figures


@dataclass(frozen=True)
class Overview:
    """What a list of runs says of one.

    Attributes:
        run: as it is stored.
        status: where it stands; "killed" where it says that it runs, and nobody writes it.
        generations, of: how many are complete, and how many there will be.
        protocol: its name.
        objective: what was minimised.
        best: the best candidate, if any was scored; with its confirmed score, if it has one.
        confirmed: on how many fresh seeds that rests; 0 where it is a score of the search.
    """

    run: Run
    status: str
    generations: int
    of: int
    protocol: str
    objective: Objective
    best: Individual | None
    confirmed: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return plain data; the figures are as in a run's files (see `measured.score_json`)."""
        best, metric = self.best, self.objective.goal.key
        average, spread = figures(best.score, best.outcomes) if best else (None, None)
        return {
            "run": self.run.name,
            "status": self.status,
            "generations": self.generations,
            "of": self.of,
            "protocol": self.protocol,
            "device": self.run.device,
            "best": best.candidate.loss.simplified().text() if best else None,
            f"{metric}_mean": average,
            f"{metric}_std": spread,
            f"{metric}_mean_all": best.score.mean if best else None,
            "confirmed_seeds": self.confirmed,
            "created": self.run.created.isoformat(timespec="seconds"),
            "note": self.run.note,
        }


def overviews(store: Store) -> list[Overview | Unreadable]:
    """Return all runs of a store, oldest first; in the place of one that is broken, why."""
    found: list[Overview | Unreadable] = []
    for run in store.listed():
        if isinstance(run, Unreadable):
            found.append(run)
            continue
        try:
            found.append(_overview(store, run))
        except RunsError as error:
            found.append(Unreadable(run.name, str(error)))
    return found


def _overview(store: Store, run: Run) -> Overview:
    generations = store.generations(run)
    try:
        config = rebuild(run.config, f"run {run.name!r}")
        objective = trainer_type(config.protocol).objective
        confirmed = 0
        if config.search.is_joint:
            rescored = store.rescored(run)
            individuals = stored_individuals(generations, rescored, config.search, objective)
            best = individuals[0] if individuals else None
        else:
            best = _best([i for g in generations for i in g.individuals], objective)
    except UNREADABLE as error:
        raise unreadable(run, error) from error
    if store.confirmations(run):
        result = loaded(store, run)
        if result.best is not None and (found := result.confirmed(result.best)) is not None:
            best = replace(result.best, score=found.score, outcomes=found.outcomes)
            confirmed = len(found.outcomes)
    status = str(run.status)
    if status == "running" and not store.is_written(run):
        status = "killed"
    return Overview(
        run,
        status,
        len(generations),
        config.search.generations,
        config.protocol,
        objective,
        best,
        confirmed,
    )


def _best(scored: list[dict[str, Any]], objective: Objective) -> Individual | None:
    """Return the best of stored individuals; only those of the least fitness are parsed."""

    def fitness(data: dict[str, Any]) -> float:
        value = data["score"]["fitness"]
        return math.inf if value is None else float(value)

    least = min(map(fitness, scored), default=math.inf)
    ties = [individual_from_json(i, objective) for i in scored if fitness(i) == least]
    return min(ties, key=lambda i: i.order, default=None)
