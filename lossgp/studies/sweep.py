"""`sweep`: losses trained under several settings of one protocol, and what differs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lossgp.config import ConfigError
from lossgp.report.live import both, is_wanted
from lossgp.report.training_display import TrainingDisplay
from lossgp.results.comparison import Compared, Comparison
from lossgp.results.progress import TrainingProgress
from lossgp.results.sweep import Cell, Sweep, identity
from lossgp.runs import Store, make_engine
from lossgp.runs.place import CHECKPOINTS, runs_directory
from lossgp.runs.remembered import FAILED
from lossgp.runs.varied_trials import SettingKey, VariedTrials
from lossgp.trainers import Outcome, Protocol
from lossgp.trainers.objective import Objective
from lossgp.trainers.preparation import listening
from lossgp.trainers.varied import VARIED

from .compare import TIME_LIMIT, AnyLoss, entrants, scope_of
from .headway import Headway
from .session import attempt, spending
from .sweep_settings import Settings, settings_of

if TYPE_CHECKING:
    from lossgp.results.result import Ended
    from lossgp.runs import Engine
    from lossgp.runs.spending import Spending


class SweepInterruptedError(KeyboardInterrupt):
    """A sweep was interrupted; every training that had finished is kept.

    Attributes:
        trainings: how many were added.
        sweep: what there is so far.
    """

    def __init__(self, trainings: int, sweep: Sweep) -> None:
        super().__init__("the sweep was interrupted")
        self.trainings = trainings
        self.sweep = sweep


def sweep(
    losses: Sequence[AnyLoss] | Mapping[str, AnyLoss],
    vary: Mapping[str, Sequence[Any]],
    *,
    protocol: str = "digits-mlp",
    options: Mapping[str, Any] | None = None,
    one_at_a_time: bool = False,
    seeds: int | None = None,
    seeds_near: int | None = None,
    device: str = "auto",
    workers: int | None = None,
    budget: float | str | None = None,
    time_limit: float = TIME_LIMIT,
    retry_failed: bool = False,
    runs_dir: Path | str | None = None,
    progress: bool | None = None,
    on_progress: Callable[[TrainingProgress], None] | None = None,
) -> Sweep:
    """Train each loss under every setting with each seed, and return what came of it.

    Only what the memo of the runs directory does not hold is trained; `compare` and searches
    under the same protocol share it.

    Args:
        losses: as `compare` takes them.
        vary: options of the protocol, each with the values that it takes.
        protocol: the trainer's name.
        options: of all settings. One that is varied, too, says around which value.
        one_at_a_time: vary each option alone, around the defaults; else every combination is a
            setting.
        seeds: trainings of each loss under each setting, with the seeds 0, 1, ...; the trainer's
            own number by default.
        seeds_near: as many of the settings that differ from the defaults in one option at most,
            which claims compare; `seeds` by default.
        device, workers, budget, time_limit, retry_failed, runs_dir, progress, on_progress: as of
            `compare`.

    Raises:
        ConfigError: the losses, the protocol, its options, the seeds or the budget are wrong.
        FormulaError: a formula cannot be read.
        RunsError: the runs directory cannot be used, or no worker can be set up.
        TrainerError: the trainer cannot be set up.
        SweepInterruptedError: a `KeyboardInterrupt`, after the running trainings were recorded; it
            holds the sweep so far.
    """
    account = spending(budget)
    chosen = entrants(losses)
    settings = settings_of(
        protocol, options or {}, vary, one_at_a_time=one_at_a_time, device=device
    )
    wanted = seeds_of(settings, seeds, seeds_near)
    if not 0 < time_limit < float("inf"):
        raise ConfigError(f"time_limit is {time_limit}; it must be more than 0 seconds")
    directory = runs_directory(runs_dir)
    with ExitStack() as stack:
        store = stack.enter_context(Store.open(directory))
        tell: Callable[[TrainingProgress], None] = on_progress or (lambda progress: None)
        if is_wanted(progress, on_progress):
            tell = both(stack.enter_context(TrainingDisplay()).progress, on_progress)
        engine = stack.enter_context(
            make_engine(
                VARIED,
                {"protocol": protocol, "settings": list(settings.given)},
                settings.trainer,
                workers=workers,
                time_limit=time_limit,
            )
        )
        work = _Work(settings, chosen, wanted, tell, directory / CHECKPOINTS)
        ended = work.prepare()
        if not ended:
            ended = work.train(store, engine, account, scope_of(time_limit), retry_failed)
    found = work.result()
    if ended == "interrupt":
        raise SweepInterruptedError(work.recorded, found)
    return found


def seeds_of(
    settings: Settings, seeds: int | None, near: int | None = None
) -> tuple[tuple[int, ...], ...]:
    """Return the seeds of each setting.

    Raises:
        ConfigError: there are too few or too many.
    """
    kind = settings.trainer.setting(0)
    count = kind.seeds if seeds is None else seeds
    more = count if near is None else near
    for name, number in (("seeds", count), ("seeds_near", more)):
        if not 1 <= number <= 1000:
            raise ConfigError(f"{name} is {number}; it must be from 1 to 1000")
    if more < count:
        raise ConfigError(
            f"seeds_near is {more}, and seeds {count}: the settings near the defaults need as many "
            "seeds as the others at least"
        )
    numbers = range(len(settings.values))
    return tuple(tuple(range(more if settings.near(i) else count)) for i in numbers)


def mark(settings: Settings, losses: Sequence[Compared]) -> str:
    """Return what tells a sweep from others (see `identity`)."""
    return identity(settings.hashes, [(c.name, c.pair.key()) for c in losses])


@dataclass(frozen=True)
class _Ready:
    """What is known of a setting once its data are ready."""

    protocol: Protocol
    objective: Objective
    extractor: str
    length: int
    reference: Mapping[str, float]


class _Work:
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
                    replace(loss, outcomes=tuple(own))
                    for loss, own in zip(self.losses, outcomes, strict=True)
                ),
                ablated=False,
                checkpoints=self.keep,
            )
            cells.append(Cell(values, comparison))
        return Sweep(
            *(settings.protocol, settings.options, settings.one_at_a_time, tuple(cells)),
            warnings=self.warnings,
        )
