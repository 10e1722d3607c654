"""A stored run as a result, without training anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from math import inf
from typing import Any

from lossgp.common.echo import printable
from lossgp.config import ConfigError, EvolveConfig, rebuild
from lossgp.expressions import FormulaError, LossPair, zoo
from lossgp.runs import CommittedGeneration, Run, RunsError, Store
from lossgp.runs.device import known_device
from lossgp.runs.memo import scoped
from lossgp.search import Individual, Score, score
from lossgp.search.scoring import NOT_TRAINED
from lossgp.search.settings import ScoringSettings
from lossgp.trainers import Outcome, Trainer, TrainerError, trainer_type
from lossgp.trainers.objective import Objective

from .confirming import with_confirmations
from .individuals import individual_from_json
from .ranking import beside, in_order
from .result import Result, Yardstick

# Individuals whose trainings tell on which device an old run was trained.
_ASKED = 20
# What reading the content of a row raises that this version did not write so.
UNREADABLE = (
    *(ConfigError, FormulaError, TrainerError),
    *(LookupError, TypeError, ValueError, AttributeError, ArithmeticError),
)


def load(store: Store, name: str) -> Result:
    """Return what a run has found up to its last complete generation.

    Raises:
        RunsError: there is no such run, or its records cannot be read.
    """
    return loaded(store, store.run(name))


def loaded(store: Store, run: Run) -> Result:
    """Return what a run has found; see `load`."""
    generations = store.generations(run)
    try:
        config = rebuild(run.config, f"run {run.name!r}")
        kind = trainer_type(config.protocol)
        # Not through the trainer itself: what it trains on may have gone since.
        protocol = kind.protocol_type.model_validate(config.trainer_options).describe()
        individuals = stored_individuals(
            generations, store.rescored(run), config.search, kind.objective
        )
    except UNREADABLE as error:
        raise unreadable(run, error) from error
    rejects: Counter[str] = Counter()
    for generation in generations:
        rejects.update(generation.rejects)
    device = _device(store, run, individuals, kind)
    if device is not None:
        individuals = [replace(i, outcomes=_trainings(store, run, i, device)) for i in individuals]
    result = Result(
        run.name,
        run.directory,
        config,
        tuple(individuals),
        beside(_yardsticks(store, run, config, kind, device), individuals, config.search),
        len(generations),
        dict(sorted(rejects.items())),
        {},
        protocol,
        kind.objective,
        device,
    )
    return with_confirmations(store, run, result)


def stored_individuals(
    generations: Sequence[CommittedGeneration],
    rescored: Mapping[int, Sequence[Mapping[str, Any]]],
    scoring: ScoringSettings,
    objective: Objective,
) -> list[Individual]:
    """Return all individuals of a run in their order, with their latest scores."""
    found = [individual_from_json(i, objective) for g in generations for i in g.individuals]
    known = {i.candidate.name: i.candidate for i in found}
    later = [
        Individual(known[data["name"]], Score.from_json(data["score"], objective))
        for number in sorted(rescored)
        for data in rescored[number]
    ]
    return in_order([*found, *later], scoring)


def unreadable(run: Run, error: Exception) -> RunsError:
    """Return the error of a run whose records are not read here, in one line."""
    reason = " ".join(str(error).split()) or type(error).__name__
    return RunsError(
        f"run {run.name!r} holds records that this version cannot read ({printable(reason)}); "
        f"it was made by lossgp {printable(run.version, 40)}"
    )


def _device(
    store: Store, run: Run, individuals: Sequence[Individual], kind: type[Trainer]
) -> str | None:
    """Return what the run was trained on; of an old run, where its figures were measured."""
    if (known := known_device(store, run)) is not None:
        return known
    metric = kind.objective.goal.key
    fitting = []
    for device in store.memo.devices(run.protocol_hash):
        pairs = [
            (figure, outcome.metrics.get(metric))
            for i in islice(individuals, _ASKED)
            for seed, outcome in _known(store, run, i.candidate.pair, device).items()
            for figure in i.score.values[seed : seed + 1]
        ]
        measured = [(a, b) for a, b in pairs if b is not None]
        if measured and all(a == b for a, b in measured):
            fitting.append(device)
    return fitting[0] if len(fitting) == 1 else None


def _trainings(store: Store, run: Run, individual: Individual, device: str) -> tuple[Outcome, ...]:
    """Return the trainings that a score comes of; none where the memo has not all of them."""
    scored = individual.score
    count = len(scored.values) - scored.statuses.get(NOT_TRAINED, 0)
    pair = individual.candidate.pair
    known = {**_known(store, run, pair, device, run.name), **_known(store, run, pair, device)}
    found = [known[seed] for seed in range(count) if seed in known]
    fits = [
        o.metrics.get(scored.metric, scored.values[o.seed]) == scored.values[o.seed] for o in found
    ]
    return tuple(found) if len(found) == count and all(fits) else ()


def _known(
    store: Store, run: Run, pair: LossPair, device: str, scope: str = ""
) -> dict[int, Outcome]:
    """Return the trainings of a loss in the memo; none where its rows cannot be read.

    Without a scope those that all runs share, else those that are of one run only.
    """
    key = scoped(pair.key(), scope) if scope else pair.key()
    try:
        return store.memo.trainings(key, run.protocol_hash, device)
    except RunsError:
        return {}


def _yardsticks(
    store: Store, run: Run, config: EvolveConfig, kind: type[Trainer], device: str | None
) -> list[Yardstick]:
    """Return the known losses whose trainings, all with a value, are in the memo.

    Only those of the run's own device count: the same training ends elsewhere on another.
    """
    found = []
    metric = kind.objective.goal.key
    for name in config.yardsticks if device is not None else ():
        pair = LossPair.of(zoo.entry(name).loss)
        known = _known(store, run, pair, str(device))
        outcomes = [known[s] for s in range(config.seeds) if s in known]
        if len(outcomes) == config.seeds and all(metric in o.metrics for o in outcomes):
            own = score(outcomes, config.seeds, inf, config.search, kind.objective)
            found.append(Yardstick(name, pair, own, tuple(outcomes)))
    return found
