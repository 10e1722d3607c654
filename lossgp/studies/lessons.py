"""What a new run's surrogate learns from: trainings of earlier runs, copied when it begins."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from lossgp.common.echo import quoted
from lossgp.expressions import FormulaError, LossPair
from lossgp.results.individuals import individual_from_json
from lossgp.runs import Run, RunsError, Store
from lossgp.runs.memo import FAILED
from lossgp.search import GenerationalSearch, Individual, Search
from lossgp.search.rung_ends import RungEnds
from lossgp.search.surrogate import Lesson
from lossgp.trainers.objective import Objective

if TYPE_CHECKING:
    from lossgp.trainers import Trainer

ALL = "all"
"""Every training of the store under the protocol, whichever run or comparison it is of."""

_UNREADABLE = (FormulaError, LookupError, TypeError, ValueError, AttributeError)


def gathered(store: Store, names: Sequence[str], trainer: Trainer) -> list[Lesson]:
    """Return the trainings of runs, or of the whole store, under the trainer's protocol.

    Of a run they are those of its complete generations. What cannot be read is left out, and so
    is what says something of a machine only.

    Raises:
        RunsError: there is no such run, it is of another protocol, or nothing is trained.
    """
    wanted = trainer.protocol.hash()
    if ALL in names:
        found = list(_of_store(store, wanted, trainer.objective))
        where = f"in {store.runs_dir}"
    else:
        runs = [_run(store, name, trainer) for name in dict.fromkeys(names)]
        found = [one for run in runs for one in _of_run(store, run, trainer.objective)]
        where = f"in a complete generation of {', '.join(names)}"
    if not found:
        raise RunsError(
            f"learn_from: nothing is trained under this protocol ({trainer.protocol.describe()}) "
            f"{where}; leave it out, or name a run that has trained under it"
        )
    return found


def lesson_json(lesson: Lesson) -> dict[str, Any]:
    """Return a lesson as plain data, as the store keeps it."""
    return {"loss": lesson.loss.text(), "seed": lesson.seed, "value": lesson.value}


def teach(
    search: Search, store: Store, run: Run, ceiling: float, on_drawing: Callable[[int, int], None]
) -> None:
    """Make the surrogate of a search ready, where it has one: it learns what the run recorded.

    Args:
        search: which has not been asked yet.
        store, run: where lessons were recorded when the run began.
        ceiling: what a training counts with that gave no value.
        on_drawing: called while its pool is drawn.

    Raises:
        RunsError: the lessons cannot be read.
    """
    if not (isinstance(search, GenerationalSearch) and search.surrogate):
        return
    search.on_drawing = on_drawing
    search.surrogate.ceiling = ceiling
    try:
        search.surrogate.study([
            Lesson(LossPair.restored(data["loss"]), int(data["seed"]), data["value"])
            for data in store.lessons(run)
        ])  # fmt: skip
    except _UNREADABLE as error:
        raise RunsError(
            f"run {run.name!r} learnt from losses that this version cannot read; it was made by "
            f"lossgp {run.version}: use that version, or start a new run"
        ) from error


def _run(store: Store, name: str, trainer: Trainer) -> Run:
    run = store.run(name)
    if run.protocol_hash != trainer.protocol.hash():
        raise RunsError(
            f"learn_from: run {run.name!r} is trained under another protocol "
            f"({quoted(run.config.get('protocol'))} with other options, or of another version), "
            f"and what it learnt does not hold for this one ({trainer.protocol.describe()})"
        )
    return run


def _of_run(store: Store, run: Run, objective: Objective) -> Iterator[Lesson]:
    found: list[Individual] = []
    for generation in store.generations(run):
        for data in generation.individuals:
            with contextlib.suppress(*_UNREADABLE):
                found.append(individual_from_json(data, objective))
    ends = RungEnds()
    ends.learn(found, math.inf)
    for one in found:
        for seed, value in enumerate(ends.values(one.score, math.inf)):
            yield Lesson(one.candidate.pair, seed, value)


def _of_store(store: Store, protocol_hash: str, objective: Objective) -> Iterator[Lesson]:
    losses: dict[str, LossPair | None] = {}
    for text, outcome in store.memo.trainings_of_all(protocol_hash):
        if text not in losses:
            try:
                losses[text] = LossPair.restored(text)
            except _UNREADABLE:
                losses[text] = None
        loss = losses[text]
        if loss is not None and outcome.status not in FAILED:
            yield Lesson(loss, outcome.seed, outcome.metrics.get(objective.goal.key))
