"""Trials of a portfolio: the trainings of each of its protocols, and what they come to together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from lossgp.expressions import LossPair, zoo
from lossgp.trainers import Outcome, TrainerError
from lossgp.trainers.portfolio import BASELINES, PortfolioTrainer, Scale, combined, ends

from .engine import Engine
from .store import Store
from .trial import Trainable
from .trials import Trials, of_each


class PortfolioTrials(Trials):
    """Trains losses under every protocol of a portfolio.

    Each protocol's trainings are remembered as its own: a run of that protocol alone, or another
    portfolio, takes them as they are. The combined outcomes are remembered beside them.

    Args:
        store, engine, trainer: where outcomes are kept, what trains, and of what.
        settings: the other arguments of `Trials`, but for metric and protocol.
    """

    def __init__(
        self, store: Store, engine: Engine, trainer: PortfolioTrainer, **settings: Any
    ) -> None:
        device, protocol = trainer.device, trainer.protocol
        super().__init__(store, engine, protocol.hash(), device, metric=trainer.metric, **settings)
        self._trainer = trainer
        settings = {**settings, "keep": None}
        self._parts = {
            name: Trials(
                *(store, engine, part.protocol.hash(), device),
                metric=part.metric,
                part_of=name,
                **settings,
            )
            for name, part in trainer.parts.items()
        }
        self._scales: dict[str, Scale] = {}

    def calibrate(
        self, reference: Mapping[str, float], tell: Callable[[int, int], None]
    ) -> dict[str, float]:
        """Train the known losses that others are compared with; returns the combined scale.

        Args:
            reference: the scale of each part, under its name.
            tell: called with how many of how many trainings are done.

        Raises:
            OutOfBudgetError, KeyboardInterrupt: after the running trainings were recorded.
        """
        protocol = self._trainer.protocol
        pairs = [LossPair.of(zoo.entry(name).loss) for name in BASELINES[protocol.combine]]
        seeds = range(protocol.baseline_seeds)
        each = len(pairs) * len(seeds)
        total = each * len(self._parts)
        for number, (name, trials) in enumerate(self._parts.items()):
            part = self._trainer.parts[name]
            trials.length = part.iterations or 0
            later = each * (len(self._parts) - number - 1)

            def left(missing: int, later: int = later) -> None:
                tell(total - missing - later, total)

            found = trials.run(
                pairs, seeds, on_start=left, on_outcome=lambda _, missing: left(missing)
            )
            whose = f"{name}."
            scale = {k.removeprefix(whose): v for k, v in reference.items() if k.startswith(whose)}
            floor, ceiling = part.objective.floor_of(scale), part.objective.ceiling_of(scale)
            values = [[o.metrics.get(part.metric, ceiling) for o in outcomes] for outcomes in found]
            self._scales[name] = Scale(floor, ceiling, values)
        self._count()
        return ends(self._trainer, self._scales)

    def run(
        self,
        losses: Sequence[Trainable],
        seeds: Sequence[int] | Sequence[Sequence[int]],
        *,
        part: float = 1.0,
        give_up_after: int = 0,
        on_start: Callable[[int], None] | None = None,
        on_outcome: Callable[[Outcome, int], None] | None = None,
        on_complete: Callable[[int, list[Outcome]], None] | None = None,
    ) -> list[list[Outcome]]:
        """Train under one protocol after the other, and return the combined outcomes.

        As `Trials.run`; a loss that one protocol gives up is trained no further, and what follows
        a seed that was given up does not count. `on_start` and `on_outcome` count trainings of the
        portfolio, rounded up; a training is told when that of one part is done.
        """
        wanted = of_each(seeds, len(losses))
        parts = len(self._parts)
        by_protocol: dict[str, list[list[Outcome]]] = {}
        try:
            for number, (name, trials) in enumerate(self._parts.items()):
                later = sum(map(len, wanted)) * (parts - number - 1)

                def left(missing: int, later: int = later) -> int:
                    return -(-(missing + later) // parts)

                def start(missing: int, first: bool = not number) -> None:
                    if on_start and first:
                        on_start(left(missing))

                def trained(outcome: Outcome, missing: int) -> None:
                    if on_outcome:  # the time of a whole one, about, for estimates
                        whole = replace(outcome, seconds=parts * outcome.seconds)
                        on_outcome(whole, left(missing))

                by_protocol[name] = trials.run(
                    losses, wanted, give_up_after=give_up_after, on_start=start, on_outcome=trained
                )
                # Those that were given up are not trained further by the other protocols.
                wanted = [tuple(o.seed for o in outcomes) for outcomes in by_protocol[name]]
        finally:
            self._count()
        made = [
            self._combined(loss, index, wanted[index], by_protocol)
            for index, loss in enumerate(losses)
        ]
        if on_complete:
            for index, outcomes in enumerate(made):
                on_complete(index, outcomes)
        return made

    def once_more(self, loss: Trainable, seed: int) -> Outcome:
        """Not of a portfolio: its models are those of its protocols."""
        raise TrainerError("a portfolio keeps no models; name one of its protocols alone")

    def _combined(
        self,
        loss: Trainable,
        index: int,
        seeds: Sequence[int],
        by_protocol: Mapping[str, Sequence[Sequence[Outcome]]],
    ) -> list[Outcome]:
        """Return the combined outcomes of a loss, recorded where they are new."""
        known = self._at(1.0).known(loss.key())
        made = []
        for seed in seeds:
            parts = {
                name: next(o for o in each[index] if o.seed == seed)
                for name, each in by_protocol.items()
            }
            outcome = combined(parts, self._trainer, self._scales)
            if seed not in known or not known[seed].same_result(outcome):
                self._at(1.0).record(loss.key(), loss.text(), outcome)
            made.append(outcome)
        return made

    def _count(self) -> None:
        self.recorded = sum(trials.recorded for trials in self._parts.values())
