"""`study`: arms of searches over run seeds, their finds confirmed and compared."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from lossgp.config import ConfigError
from lossgp.expressions import LossPair, zoo
from lossgp.report.live import both, is_wanted
from lossgp.report.study_display import StudyDisplay
from lossgp.results.confirmation import fresh_seeds
from lossgp.results.progress import Progress, StudyProgress, TrainingProgress
from lossgp.results.study import Member, Study, grid
from lossgp.runs import Store
from lossgp.runs.place import runs_directory

from .evolve import SearchInterruptedError, evolve
from .interruption import InterruptedStudyError
from .protocols import prepared_trainer
from .session import session, spending
from .study_config import StudyConfig, read_study, study_of
from .tracing import Trace

Listener = Callable[[StudyProgress], None]


class StudyInterruptedError(InterruptedStudyError[Study]):
    """A study was interrupted; every training that had finished is kept.

    Attributes:
        study: what there is so far.
    """

    def __init__(self, study: Study) -> None:
        super().__init__(f"study {study.name!r}", study)
        self.study = study


def study(
    config: StudyConfig | Mapping[str, Any] | Path | str,
    *,
    name: str = "study",
    runs_dir: Path | str | None = None,
    device: str = "auto",
    workers: int | None = None,
    progress: bool | None = None,
    on_progress: Listener | None = None,
) -> Study:
    """Search with each arm and each run seed, confirm what was found, and compare the arms.

    Each run is stored as NAME-ARM-SEED in the runs directory, and resumed where it is there. The
    result depends on the study, and on the kind of device alone: not on the workers, on
    interruptions, or on what else is stored.

    Args:
        config: a TOML file, or its data.
        name: of the study, where the data give none; of a file it is the file's.
        runs_dir: where runs live; `$LOSSGP_RUNS`, else `./runs`, by default.
        device: "auto", "cpu", "cuda", or "cuda:N".
        workers: processes that train at once; the number of cores by default.
        progress: whether to show progress; by default at a terminal and in a notebook, unless
            there is `on_progress`.
        on_progress: called whenever a training has finished.

    Raises:
        ConfigError: the study has mistakes, or a run of its name was searched otherwise.
        RunsError: the runs directory or a run cannot be used.
        StudyInterruptedError: a `KeyboardInterrupt`, after the running trainings were recorded.
    """
    if isinstance(config, Path | str):
        config = read_study(Path(config))
    elif not isinstance(config, StudyConfig):
        config = study_of(config, name=name)
    directory = runs_directory(runs_dir)
    with ExitStack() as stack:
        tell = on_progress
        if is_wanted(progress, on_progress):
            tell = both(stack.enter_context(StudyDisplay()).progress, on_progress)
        work = _Work(config, directory, device, workers, tell or (lambda progress: None))
        try:
            work.search()
            work.confirm()
        except KeyboardInterrupt:
            raise StudyInterruptedError(work.result()) from None
        return work.result()


class _Work:
    """A study under way."""

    def __init__(
        self,
        config: StudyConfig,
        directory: Path,
        device: str,
        workers: int | None,
        tell: Listener,
    ) -> None:
        first = config.arms[0].config(0)
        self.config = config
        self.directory = directory
        self.device = device
        self.workers = workers
        self.tell = tell
        self.common = first
        self.unit: str = config.budget.unit if config.budget else "iterations"
        self.trainer = prepared_trainer(first.protocol, first.trainer_options, device)
        self.members: list[Member] = []
        self.pairs: dict[str, LossPair] = {}
        self.fresh: dict[str, tuple[float, ...]] = {}
        self.target: tuple[str, str] | None = None
        if config.target:
            pair = LossPair.of(zoo.entry(config.target).loss)
            self.target = config.target, pair.key()
            self.pairs[pair.key()] = pair

    def search(self) -> None:
        """Do all runs, those of one seed after the other, so that arms grow alike.

        Raises:
            ConfigError: the budget is in iterations, and the protocol does not count any.
        """
        self.trainer.prepare()
        if self.trainer.iterations is None:
            if self.config.budget is not None and self.unit == "iterations":
                raise ConfigError(
                    f"study.budget is {self.config.budget}, and protocol "
                    f"{self.common.protocol!r} does not say how many a training has; give it in "
                    "trainings"
                )
            self.unit = "trainings"
        total, seconds = len(self.config.arms) * self.config.seeds, 0.0
        for seed in range(self.config.seeds):
            for arm in self.config.arms:
                done = len(self.members)
                remaining = seconds / done * (total - done) if done else None
                started = time.monotonic()

                def tell(progress: Progress, arm: str = arm.name, seed: int = seed,
                         remaining: float | None = remaining) -> None:  # fmt: skip
                    number = len(self.members) + 1
                    if self.config.budget is not None:  # its generations end nothing
                        progress = replace(progress, generations=0, remaining=None)
                    self.tell(
                        StudyProgress(
                            *(self.config.name, number, total, arm, seed, remaining, progress)
                        )
                    )

                self.member(arm.name, seed, tell)
                seconds += time.monotonic() - started

    def member(self, arm: str, seed: int, tell: Callable[[Progress], None]) -> None:
        """Search with an arm and a seed, up to the budget."""
        chosen = next(one for one in self.config.arms if one.name == arm)
        name, config = self.config.run(arm, seed), chosen.config(seed)
        trace = Trace(chosen.budget or self.config.budget, self.unit, self.trainer.iterations)
        try:
            result = evolve(
                config,
                runs_dir=self.directory,
                name=name,
                if_exists="resume",
                device=self.device,
                workers=self.workers,
                write=False,
                progress=False,
                on_generation=trace.generation,
                on_progress=tell,
            )
        except SearchInterruptedError:
            raise
        except ConfigError as error:
            raise ConfigError(
                f"study {self.config.name!r}, arm {arm!r}, seed {seed}: {error}\n  (call the "
                "changed study otherwise, with study.name, or delete the run)"
            ) from None
        if result.ended == "budget":
            self.closed(name, result.generations)
        self.pairs |= trace.pairs
        self.members.append(Member(arm, seed, name, tuple(trace.steps), trace.cost))

    def closed(self, name: str, generations: int) -> None:
        """Say of a run that its budget has ended that it is finished, with what it has."""
        with Store.open(self.directory, create=False) as store, store.lock(name):
            run = store.run(name)
            search = {**run.config["search"], "generations": generations}
            store.update_config(run, {**run.config, "search": search})
            store.set_status(run, "finished")

    def confirm(self) -> None:
        """Train all incumbents on fresh seeds."""
        wanted = self.result().wanted
        losses = [self.pairs[key] for key in wanted]
        seeds = fresh_seeds(self.config.confirm)

        def tell(progress: TrainingProgress) -> None:
            self.tell(StudyProgress(self.config.name, 0, len(self.members), confirming=progress))

        with (
            Store.open(self.directory, create=False) as store,
            session(
                store,
                self.common.protocol,
                self.common.trainer_options,
                self.trainer,
                spending(None),
                scope=f"study:{self.config.name}",
                workers=self.workers,
                time_limit=self.common.time_limit,
                memory_limit=int(self.common.memory_limit * 1e9),
            ) as training,
        ):
            training.prepare(
                lambda activity, done, total: tell(
                    TrainingProgress("preparing", done, total, activity=activity)
                )
            )
            outcomes, ended = training.train(losses, seeds, tell)
        objective = self.trainer.objective
        ceiling = objective.ceiling_of(training.reference)
        for key, of_loss in zip(wanted, outcomes, strict=True):
            if len(of_loss) == len(seeds):
                values = tuple(o.metrics.get(objective.goal.key, ceiling) for o in of_loss)
                self.fresh[key] = values
        if ended == "interrupt":
            raise KeyboardInterrupt

    def result(self) -> Study:
        """Return what there is so far."""
        config = self.config
        amount = config.budget.amount if config.budget else None
        horizon = amount or max([member.cost for member in self.members], default=0)
        order = {arm.name: position for position, arm in enumerate(config.arms)}
        return Study(
            config.name,
            self.trainer.protocol.describe(),
            self.trainer.objective,
            self.unit,
            grid(horizon, config.points, config.spacing),
            tuple(order),
            config.baseline,
            tuple(sorted(self.members, key=lambda m: (order[m.arm], m.seed))),
            config.seeds,
            dict(self.fresh),
            config.confirm,
            self.target,
            {arm.name: arm.lacks for arm in config.arms if arm.lacks is not None} or None,
            {arm.name: arm.budget.amount for arm in config.arms if arm.budget is not None},
        )
