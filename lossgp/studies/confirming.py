"""The trainings that confirm the best losses of a run, wherever they are asked for."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lossgp.config import EvolveConfig
from lossgp.expressions import LossPair, zoo
from lossgp.results.confirmation import BASELINES, Plan, Planned, fresh_seeds
from lossgp.results.confirming import plans
from lossgp.results.progress import Progress
from lossgp.runs import Run, Store
from lossgp.runs.spending import Charge, OutOfBudgetError, Spending
from lossgp.search import Individual
from lossgp.search.confirmation_settings import ConfirmationSettings
from lossgp.trainers import Outcome, Status

from .session import Session, session

if TYPE_CHECKING:
    from lossgp.trainers import Trainer


@dataclass(frozen=True)
class Request:
    """A protocol under which losses are to be confirmed, and on how many fresh seeds."""

    trainer: str
    options: Mapping[str, Any] = field(hash=False)
    seeds: int


def requests(config: EvolveConfig, *, seeds: int, on: Mapping[str, int],
             options: Mapping[str, Mapping[str, Any]]) -> list[Request]:  # fmt: skip
    """Return what is to be trained to confirm a run: its own protocol first.

    Args:
        config: of the run.
        seeds: under its own protocol; 0 leaves that out.
        on: other protocols, each with its seeds. The run's own among them takes the run's
            options, too: with others on top it is another protocol.
        options: of those protocols.
    """
    found = [Request(config.protocol, config.trainer_options, seeds)] if seeds else []
    for name, count in on.items():
        base = config.trainer_options if name == config.protocol else {}
        found.append(Request(name, {**base, **options.get(name, {})}, count))
    return found


def at_the_end(config: EvolveConfig) -> list[Request]:
    """Return what the end of a search has to confirm by its configuration."""
    s = config.search
    return requests(config, seeds=s.confirm, on=s.confirm_on, options=s.confirm_options)


def most_at_the_end(settings: ConfirmationSettings) -> int:
    """Return how many trainings the end of a search may take under its own protocol."""
    return settings.confirm * (settings.confirm_top + len(BASELINES))


@dataclass
class Confirming:
    """Trains the best of a run, and the baselines, on fresh seeds.

    Attributes:
        store, run: where it is recorded.
        individuals: all that the run has found.
        asked: whether a person asks for it; the end of a search replaces what it had chosen
            before itself, and confirms only what a budget of trainings or iterations covers.
        spending: the account that pays.
        tell: who is shown how far it is; None for nobody.
        retry: how trainings ended that are done once more.
        on_stopping: called when no more trainings start, with why.
        best: those of the individuals that are to be confirmed; see `choose`.
        generations: how many generations the run has.
        recorded: how many trainings it has added.
    """

    store: Store
    run: Run
    individuals: Sequence[Individual]
    asked: bool
    spending: Spending
    tell: Callable[[Progress], None] | None = None
    retry: Collection[Status] = ()
    on_stopping: Callable[[str], None] | None = None
    best: list[Individual] = field(default_factory=list)
    generations: int = 0
    recorded: int = 0

    def choose(self, generations: int, top: int) -> None:
        """Choose the best of the search that are worth confirming.

        Only losses of complete generations, trained on all seeds of the search, and not ruled
        out.
        """
        fit = [
            i
            for i in self.individuals
            if i.candidate.generation < generations
            and i.score.is_whole
            and i.score.fitness < math.inf
        ]
        self.best = sorted(fit, key=lambda i: i.order)[:top]
        self.generations = generations

    def train(self, request: Request, training: Session) -> None:
        """Record what is to be confirmed under one protocol, and train what the memo lacks.

        Raises:
            OutOfBudgetError, KeyboardInterrupt: after the running trainings were recorded.
        """
        training.prepare(lambda *step: self._preparing(training, *step))
        plan = self._plan(request, training)
        # The baselines first: what is complete when the time is up can be shown.
        losses = [LossPair.of(zoo.entry(name).loss) for name in BASELINES]
        numbers = [plan.seeds] * len(losses)
        pairs = {i.candidate.name: i.candidate.pair for i in self.individuals}
        for planned in plan.losses:
            pair = pairs[planned.name]
            # A search may have found, or been given, a baseline: it has as many seeds.
            losses.append(pair)
            numbers.append(plan.seeds if pair in losses[: len(BASELINES)] else planned.seeds)
        seeds = [fresh_seeds(number) for number in numbers]
        known = sum(
            len(training.trials.so_far([loss], each)[0])
            for loss, each in zip(losses, seeds, strict=True)
        )
        missing = sum(numbers) - known
        charge = Charge(missing, missing * training.trials.length)
        if not self.asked and not self.spending.covers(charge):
            raise OutOfBudgetError
        self.store.set_confirmation(self.run, training.trainer.protocol.hash(), plan.to_json())
        headway = training.headway
        headway.begin("confirming", sum(numbers))

        def left(missing: int) -> None:
            headway.left(missing)
            remaining = headway.remaining(later=0)
            self._report(training, "confirming", headway.done, headway.total, remaining)

        def trained(outcome: Outcome, missing: int) -> None:
            headway.trained(outcome)
            left(missing)

        training.on_stopping = self._stopping(training)
        try:
            training.trials.run(losses, seeds, on_start=left, on_outcome=trained)
        finally:
            self.recorded += training.trials.recorded

    def _plan(self, request: Request, training: Session) -> Plan:
        """Return what is confirmed under a protocol: what is asked for now, and what was before.

        Each loss once, with the larger number of seeds; one that is no more is left out.
        """
        keys = {i.candidate.name: i.candidate.pair.key() for i in self.individuals}
        before = plans(self.store, self.run).get(training.trainer.protocol.hash())
        found = {
            planned.name: planned
            for planned in (before.losses if before else ())
            if keys.get(planned.name) == planned.key and (self.asked or planned.asked)
        }
        for individual in self.best:
            name = individual.candidate.name
            old = found.get(name)
            found[name] = Planned(
                name,
                keys[name],
                max(request.seeds, old.seeds if old else 0),
                self.asked or (old is not None and old.asked),
            )
        return Plan(request.trainer, request.options, training.reference, tuple(found.values()))

    def _preparing(self, training: Session, activity: str, done: int, total: int) -> None:
        self._report(training, "preparing", done, total, None, activity)

    def _stopping(self, training: Session) -> Callable[[str], None]:
        def stopping(why: str) -> None:
            if self.on_stopping is not None:
                self.on_stopping(why)
            else:
                self._report(training, why, 0, 0, None)

        return stopping

    def _report(self, training: Session, stage: str, done: int, total: int,
                remaining: float | None, activity: str = "") -> None:  # fmt: skip
        if self.tell is None:
            return
        self.tell(
            Progress(
                self.run.name,
                stage,
                self.generations,
                self.generations,
                done,
                total,
                min(self.individuals, key=lambda i: i.order, default=None),
                {},
                remaining,
                training.trainer.objective,
                activity,
                training.warnings,
                training.trainer.protocol.name,
            )
        )


def confirm_all(confirming: Confirming, asked: list[Request], trainers: list[Trainer],
                config: EvolveConfig, workers: int | None) -> None:  # fmt: skip
    """Train all that is asked for, each protocol in a session of its own.

    Raises:
        OutOfBudgetError, KeyboardInterrupt: after the running trainings were recorded.
    """
    for request, prepared in zip(asked, trainers, strict=True):
        with session(
            confirming.store,
            request.trainer,
            request.options,
            prepared,
            confirming.spending,
            scope=confirming.run.name,
            retry=confirming.retry,
            workers=workers,
            time_limit=config.time_limit if request.trainer == config.protocol else None,
            memory_limit=int(config.memory_limit * 1e9),
        ) as training:
            confirming.train(request, training)
