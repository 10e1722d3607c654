"""A stored run as a result, without training anything."""

from __future__ import annotations

from collections import Counter
from math import inf

from lossgp.config import ConfigError, EvolveConfig, build
from lossgp.expressions import FormulaError, LossPair, zoo
from lossgp.runs import Run, RunsError, Store
from lossgp.search import score
from lossgp.trainers import Trainer, trainer_type

from .result import Result, Yardstick, individual_from_json


def load(store: Store, name: str) -> Result:
    """Return what a run has found up to its last complete generation.

    Raises:
        RunsError: there is no such run, or its records cannot be read.
    """
    run = store.run(name)
    generations = store.generations(run)
    try:
        config = build(run.config, f"run {name!r}")
        kind = trainer_type(config.protocol)
        # Not through the trainer itself: what it trains on may have gone since.
        protocol = kind.protocol_type.model_validate(config.trainer_options).describe()
        individuals = [
            individual_from_json(i, kind.objective) for g in generations for i in g.individuals
        ]
    except (ConfigError, FormulaError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise RunsError(
            f"run {name!r} holds records that this version cannot read ({error}); "
            f"it was made by lossgp {run.version}"
        ) from error
    rejects: Counter[str] = Counter()
    for generation in generations:
        rejects.update(generation.rejects)
    return Result(
        name,
        run.directory,
        config,
        tuple(sorted(individuals, key=lambda i: i.order)),
        tuple(_yardsticks(store, run, config, kind)),
        len(generations),
        dict(sorted(rejects.items())),
        {},
        protocol,
        kind.objective,
    )


def _yardsticks(
    store: Store, run: Run, config: EvolveConfig, kind: type[Trainer]
) -> list[Yardstick]:
    """Return the known losses whose trainings, all with a value, are in the memo."""
    found = []
    metric = kind.objective.goal.key
    for name in config.yardsticks:
        pair = LossPair.of(zoo.entry(name).loss)
        for device in ("cpu", "cuda"):
            known = store.trainings(pair.key(), run.protocol_hash, device)
            outcomes = [known[s] for s in range(config.seeds) if s in known]
            if len(outcomes) == config.seeds and all(metric in o.metrics for o in outcomes):
                own = score(outcomes, config.seeds, inf, config.search, kind.objective)
                found.append(Yardstick(name, pair, own))
                break
    return found
