"""A sweep under way: its data made ready, its trainings done, and what there is of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lossgp.config import ConfigError
from lossgp.results.comparison import Compared, Comparison
from lossgp.results.progress import TrainingProgress
from lossgp.results.sweep import Cell, Sweep
from lossgp.runs import Store
from lossgp.runs.memo import FAILED
from lossgp.runs.varied_trials import SettingKey, VariedTrials
from lossgp.trainers import Outcome, Protocol
from lossgp.trainers.objective import Objective
from lossgp.trainers.preparation import listening

from .headway import Headway
from .session import attempt
from .sweep_settings import Settings

if TYPE_CHECKING:
    from lossgp.results.result import Ended
    from lossgp.runs import Engine
    from lossgp.runs.spending import Spending


@dataclass(frozen=True)
class _Ready:
    """What is known of a setting once its data are ready."""

    protocol: Protocol
    objective: Objective
    extractor: str
    length: int
    reference: Mapping[str, float]


class Work:
    """A sweep under way."""

    def __init__(
        self,
        settings: Settings,
        losses: Sequence[Compared],
        seeds: Sequence[tuple[int, ...]],
        tell: Callable[[TrainingProgress], None],
        keep: Path,
    ) -> None:
        self.settings = settings
        self.losses = tuple(losses)
        self.seeds = tuple(seeds)
        self.tell = tell
        self.keep = keep
        self.ready: list[_Ready] = []
        self.outcomes: list[list[list[Outcome]]] = []
        self.warnings = settings.trainer.setting(0).warnings()
        self.recorded = 0

    def prepare(self) -> Ended:
        """Make ready the data and the scale of each setting; return what ended it."""
        self.tell(TrainingProgress("preparing", warnings=self.warnings))

        def listener(activity: str, done: int, total: int) -> None:
            self.tell(TrainingProgress("preparing", done, total, activity=activity))

        def make_ready() -> None:
            with listening(listener):
                for index in range(len(self.settings.values)):
                    one = self.settings.trainer.setting(index)
                    one.prepare()
                    self.ready.append(
                        _Ready(
                            one.protocol,
                            one.objective,
                            one.extractor_name,
                            one.iterations or 0,
                            dict(one.reference()),
                        )
                    )

        return attempt(make_ready)

    def train(
        self, store: Store, engine: Engine, account: Spending, scope: str, retry_failed: bool
    ) -> Ended:
        """Train what is missing; return what ended it before its time."""
        budget = account.budget
        if budget is not None and budget.unit == "iterations" and not all(
            one.length for one in self.ready
        ):  # fmt: skip
            raise ConfigError(
                f"the budget is {budget}, and protocol {self.settings.protocol!r} does not say how "
                "many a training has; give it in trainings or as a time"
            )
        trials = VariedTrials(
            *(store, engine, self.settings.trainer.device),
            [SettingKey(r.protocol.hash(), r.objective.goal.key, r.length) for r in self.ready],
            scope=scope,
            retry=FAILED if retry_failed else (),
            spending=account,
            keep=self.keep,
            on_stopping=lambda why: self.tell(TrainingProgress(why)),
        )
        headway = Headway(engine.workers)
        pairs = [one.pair for one in self.losses]

        def begin(missing: int) -> None:
            headway.begin("training", missing)
            self.tell(TrainingProgress("training", 0, missing))

        def trained(outcome: Outcome, missing: int) -> None:
            headway.trained(outcome)
            headway.left(missing)
            left = headway.remaining(later=0)
            self.tell(TrainingProgress("training", headway.done, headway.total, left))

        ended = attempt(lambda: trials.run(pairs, self.seeds, on_start=begin, on_outcome=trained))
        self.outcomes = trials.so_far(pairs, self.seeds)
        self.recorded = trials.recorded
        return ended

    def result(self) -> Sweep:
        """Return what there is so far."""
        settings = self.settings
        cells = []
        for index, values in enumerate(settings.values):
            made = settings.trainer.setting(index)
            ready = self.ready[index] if index < len(self.ready) else None
            outcomes = self.outcomes[index] if self.outcomes else [[] for _ in self.losses]
            comparison = Comparison(
                trainer=settings.protocol,
                protocol=made.protocol,
                extractor=ready.extractor if ready else "",
                device=made.device,
                objective=made.objective,
                reference=ready.reference if ready else {},
                seeds=self.seeds[index],
                losses=tuple(
                    replace(loss, outcomes=tuple(of_loss))
                    for loss, of_loss in zip(self.losses, outcomes, strict=True)
                ),
                ablated=False,
                checkpoints=self.keep,
            )
            cells.append(Cell(values, comparison))
        return Sweep(
            *(settings.protocol, settings.options, settings.one_at_a_time, tuple(cells)),
            warnings=self.warnings,
        )
