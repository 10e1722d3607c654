"""A stored run as a result, without training anything."""

from __future__ import annotations

from collections import Counter

from lossgp.config import ConfigError, EvolveConfig, build
from lossgp.expressions import FormulaError, LossPair, zoo
from lossgp.runs import Run, RunsError, Store
from lossgp.search import score
from lossgp.trainers import trainer

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
        individuals = [individual_from_json(i) for g in generations for i in g.individuals]
    except (ConfigError, FormulaError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise RunsError(
            f"run {name!r} holds records that this version cannot read ({error}); "
            f"it was made by lossgp {run.version}"
        ) from error
    rejects: Counter[str] = Counter()
    for generation in generations:
        rejects.update(generation.rejects)
    protocol = trainer(config.protocol, config.trainer_options).protocol
    return Result(
        name,
        run.directory,
        config,
        tuple(sorted(individuals, key=lambda i: i.order)),
        tuple(_yardsticks(store, run, config)),
        len(generations),
        dict(sorted(rejects.items())),
        {},
        protocol.describe(),
    )


def _yardsticks(store: Store, run: Run, config: EvolveConfig) -> list[Yardstick]:
    """Return the known losses whose trainings, all with a FID, are in the memo."""
    found = []
    for name in config.yardsticks:
        pair = LossPair.of(zoo.entry(name).loss)
        for device in ("cpu", "cuda"):
            known = store.trainings(pair.key(), run.protocol_hash, device)
            outcomes = [known[s] for s in range(config.seeds) if s in known]
            if len(outcomes) == config.seeds and all("fid" in o.metrics for o in outcomes):
                own = score(outcomes, config.seeds, float("inf"), config.search)
                found.append(Yardstick(name, pair, own))
                break
    return found
