"""Confirmations of a stored run, made of its plans and of the memo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lossgp.common.echo import printable
from lossgp.expressions import LossPair, zoo
from lossgp.runs import Run, RunsError, Store
from lossgp.runs.memo import scoped
from lossgp.search import Individual, Score, score
from lossgp.search.settings import SearchSettings
from lossgp.trainers import Outcome, TrainerError, trainer_type

from .confirmation import (
    BASELINES,
    Baseline,
    Confirmation,
    Confirmed,
    Plan,
    compared,
    fresh_seeds,
)
from .result import Result

if TYPE_CHECKING:
    from lossgp.trainers.objective import Objective


def with_confirmations(store: Store, run: Run, result: Result) -> Result:
    """Return a result with what is confirmed of it, those losses first, the best first.

    Raises:
        RunsError: the records cannot be read.
    """
    if result.device is None:
        return result
    found = confirmations(store, run, result.individuals, result.config.search, result.device)
    if not found:
        return result
    return replace(result, confirmations=found, individuals=ranked(result.individuals, found))


def ranked(
    individuals: Sequence[Individual], confirmations: Sequence[Confirmation]
) -> tuple[Individual, ...]:
    """Return the candidates in the order of what is known of them.

    First come those that were confirmed under the run's own protocol, by that score: it was not
    selected on. The others follow in the order of the search.
    """
    places = {
        loss.name: place
        for confirmation in confirmations
        if confirmation.own
        for place, loss in enumerate(confirmation.losses)
    }
    rest = len(places)
    return tuple(sorted(individuals, key=lambda i: places.get(i.candidate.name, rest)))


def plans(store: Store, run: Run) -> dict[str, Plan]:
    """Return what of a run is to be confirmed, by the hash of the protocol, its own first.

    Raises:
        RunsError: the records cannot be read.
    """
    found = {}
    try:
        for protocol, content in store.confirmations(run).items():
            found[protocol] = Plan.from_json(content)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise RunsError(
            f"run '{run.name}': what is confirmed of it cannot be read ({printable(repr(error))}); "
            "restore a copy of the store, or confirm the run anew with a newer lossgp"
        ) from error
    return dict(sorted(found.items(), key=lambda item: item[0] != run.protocol_hash))


def confirmations(
    store: Store,
    run: Run,
    individuals: Sequence[Individual],
    settings: SearchSettings,
    device: str,
) -> tuple[Confirmation, ...]:
    """Return the confirmations of a run, that under its own protocol first.

    A loss counts once all of its trainings are there: half of them say something else.
    """
    by_name = {i.candidate.name: i.candidate.pair for i in individuals}
    made = []
    for protocol, plan in plans(store, run).items():
        try:
            kind = trainer_type(plan.trainer)
            described = kind.protocol_type.model_validate(dict(plan.options)).describe()
        except (TrainerError, LookupError, ValueError):
            continue  # a protocol of another package, which is not installed here
        known = _Known(store, run, protocol, device, plan.reference, settings, kind.objective)
        baselines = known.baselines(plan.seeds)
        there: dict[str, tuple[LossPair, tuple[Outcome, ...]]] = {}
        waiting = []
        for planned in plan.losses:
            pair = by_name.get(planned.name)
            if pair is None or pair.key() != planned.key:
                continue  # of a generation that was tried again and ended otherwise
            outcomes = known.outcomes(pair, planned.seeds)
            if len(outcomes) == planned.seeds and len(baselines) == len(BASELINES):
                there[planned.name] = pair, outcomes
            else:
                waiting.append(planned.name)
        losses = []
        for name, (pair, outcomes) in there.items():
            own = known.score(outcomes)
            others = compared(own, baselines, len(there))
            losses.append(Confirmed(name, pair, own, outcomes, others))
        if losses or waiting:
            made.append(
                Confirmation(
                    plan.trainer,
                    described,
                    protocol == run.protocol_hash,
                    kind.objective,
                    tuple(sorted(losses, key=lambda loss: loss.order)),
                    baselines,
                    tuple(waiting),
                )
            )
    return tuple(made)


class _Known:
    """What the memo has of the fresh seeds under one protocol."""

    def __init__(
        self,
        store: Store,
        run: Run,
        protocol: str,
        device: str,
        reference: Mapping[str, float],
        settings: SearchSettings,
        objective: Objective,
    ) -> None:
        self._store = store
        self._run = run
        self._where = protocol, device
        self._ceiling = objective.ceiling_of(reference)
        self._settings = settings
        self._objective = objective

    def outcomes(self, pair: LossPair, seeds: int) -> tuple[Outcome, ...]:
        """Return the trainings of a loss on the fresh seeds, in their order."""
        known: dict[int, Outcome] = {}
        for key in (scoped(pair.key(), self._run.name), pair.key()):
            try:
                known |= self._store.memo.trainings(key, *self._where)
            except RunsError:  # rows that are damaged are trained again by who writes
                continue
        return tuple(known[seed] for seed in fresh_seeds(seeds) if seed in known)

    def score(self, outcomes: Sequence[Outcome]) -> Score:
        """Return the score of a loss by the rules of the run."""
        return score(outcomes, len(outcomes), self._ceiling, self._settings, self._objective)

    def baselines(self, seeds: int) -> tuple[Baseline, ...]:
        """Return the known losses of which all trainings are there."""
        found = []
        for name in BASELINES:
            pair = LossPair.of(zoo.entry(name).loss)
            outcomes = self.outcomes(pair, seeds)
            if seeds and len(outcomes) == seeds:
                found.append(Baseline(name, pair, self.score(outcomes), outcomes))
        return tuple(found)
