"""`evolve`: a whole search, from its configuration to ranked losses on disk."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import __version__
from .config import ConfigError, EvolveConfig, build, differences
from .expressions import LossPair, zoo
from .protocols import prepared_trainer
from .report.result import Progress, Result, Yardstick, individual_json
from .runs import LocalEngine, Run, RunsError, Store
from .runs.device import device_type, known_device
from .runs.place import runs_directory
from .runs.trials import OutOfTimeError, Trials
from .search import Candidate, GeneticSearch, Individual, Score, score
from .trainers import DeviceError, Outcome, resolve_device
from .trainers.preparation import listening

if TYPE_CHECKING:
    from .trainers import Trainer


class SearchInterruptedError(KeyboardInterrupt):
    """A search was interrupted; everything that had finished is stored.

    Attributes:
        run: the run's name, for `resume`.
        trainings: how many trainings this session has added.
    """

    def __init__(self, run: str, trainings: int) -> None:
        super().__init__(f"run {run!r} was interrupted")
        self.run = run
        self.trainings = trainings


def evolve(
    config: EvolveConfig | Mapping[str, Any] | None = None,
    *,
    runs_dir: Path | str | None = None,
    name: str | None = None,
    resume: str | None = None,
    device: str = "auto",
    workers: int | None = None,
    budget: float | None = None,
    on_generation: Callable[[Result], None] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Result:
    """Search for losses, and return them ranked.

    Args:
        config: what to search and how; keys as in the TOML file. With `resume`, only what
            changes: a larger `search.generations` extends the run.
        runs_dir: where runs live; `$LOSSGP_RUNS`, else `./runs`, by default.
        name: of the new run; the date and time by default.
        resume: the name of a run to continue. Its result is the one that it would have had
            without the interruption, to the bit.
        device: "auto", "cpu", "cuda", or "cuda:N".
        workers: processes that train at once; the number of cores by default.
        budget: seconds after which no training is started; the run can be resumed.
        on_generation: called with the result so far after each generation.
        on_progress: called whenever a training has finished.

    Raises:
        ConfigError: the configuration is wrong, or differs from that of the resumed run.
        RunsError: the runs directory or the run cannot be used.
        SearchInterruptedError: a `KeyboardInterrupt`, after the running trainings were recorded.
    """
    started = time.monotonic()
    given = config.model_dump(mode="json") if isinstance(config, EvolveConfig) else config
    with ExitStack() as stack:
        store = stack.enter_context(Store.open(runs_directory(runs_dir), create=not resume))
        name = resume or name or f"{datetime.now():%Y%m%d-%H%M%S}"
        stack.enter_context(store.lock(name))
        settings = _resumed(store, resume, given) if resume else build(given or {})
        device = _resumed_device(store, resume, device) if resume else device
        prepared = prepared_trainer(settings.protocol, settings.trainer_options, device)
        engine = stack.enter_context(_engine(settings, prepared, workers))
        run = _run(store, name, resume, settings, prepared)
        state = _State(settings, store, run, prepared, engine.workers, on_generation, on_progress)
        state.trials = Trials(
            store,
            engine,
            prepared.protocol.hash(),
            prepared.device,
            scope=name,
            deadline=started + budget if budget is not None else None,
            on_stopping=state.stopping,
        )
        try:
            state.warnings = prepared.warnings()
            state.report("preparing", 0, 0)
            with listening(state.preparing):
                prepared.prepare()
                state.reference = dict(prepared.reference())
            state.search()
        except OutOfTimeError:
            store.set_status(run, "interrupted")
        except KeyboardInterrupt:
            store.set_status(run, "interrupted")
            raise SearchInterruptedError(name, state.trials.recorded) from None
        except Exception:
            store.set_status(run, "failed")
            raise
        return state.result()


def _resumed(store: Store, name: str, given: Mapping[str, Any] | None) -> EvolveConfig:
    """Return the stored configuration with what may change changed, or refuse."""
    # Through `build`: a run of an older version lacks settings that came with a default since.
    old = build(store.run(name).config, f"run {name!r}").model_dump(mode="json")
    merged = {**old, **(given or {})}
    if given and isinstance(given.get("search"), Mapping):
        merged["search"] = {**old["search"], **given["search"]}
    config = build(merged, f"run {name!r}")
    new = config.model_dump(mode="json")
    more = new["search"]["generations"]
    fewer = more < old["search"]["generations"]
    changed = differences(old, {**new, "search": {**new["search"], "generations": -1}})
    changed = [line for line in changed if not line.startswith("search.generations:")]
    if fewer:
        changed.append(f"search.generations: {old['search']['generations']} -> {more}")
    if changed:
        lines = "\n  ".join(changed)
        raise ConfigError(
            f"run {name!r} cannot be resumed with another configuration (only more "
            f"generations are possible); start a new run for\n  {lines}"
        )
    return config


def _resumed_device(store: Store, name: str, asked: str) -> str:
    """Return the device for a resumed run: of the type that it has been trained on so far.

    Raises:
        RunsError: another one was asked for. A run of both would rank losses by the device.
    """
    own = known_device(store, store.run(name))
    if own is None or device_type(asked) == own:
        return asked
    if asked == "auto":
        try:
            return resolve_device(own)
        except DeviceError:
            raise RunsError(
                f"run {name!r} is trained on {own}, which is not there, and results of another "
                "device do not compare: resume it where there is one, or start a new run"
            ) from None
    else:
        raise RunsError(
            f"run {name!r} is trained on {own}, and results of another device do not compare: "
            f"resume it with --device {own}, or start a new run on {asked}"
        )


def _run(
    store: Store, name: str, resume: str | None, config: EvolveConfig, prepared: Trainer
) -> Run:
    data, protocol = config.model_dump(mode="json"), prepared.protocol
    if not resume:
        return store.create_run(name, data, protocol.hash(), __version__, prepared.device)
    run = store.run(name)
    if run.protocol_hash != protocol.hash():
        raise RunsError(
            f"run {name!r} was trained under another version of protocol {protocol.name!r} "
            f"(lossgp {run.version}, this is {__version__}); start a new run"
        )
    store.update_config(run, data)
    return store.set_status(run, "running")


def _engine(config: EvolveConfig, prepared: Trainer, workers: int | None) -> LocalEngine:
    return LocalEngine(
        trainer=config.protocol,
        options=config.trainer_options,
        device=prepared.device,
        workers=workers or prepared.side_by_side(),
        time_limit=config.time_limit or prepared.time_limit,
        memory_limit=int(config.memory_limit * 1e9),
    )


@dataclass
class _State:
    """A search under way."""

    config: EvolveConfig
    store: Store
    run: Run
    trainer: Trainer
    workers: int
    on_generation: Callable[[Result], None] | None
    on_progress: Callable[[Progress], None] | None
    trials: Trials = field(init=False)
    reference: dict[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    individuals: list[Individual] = field(default_factory=list)
    yardsticks: list[Yardstick] = field(default_factory=list)
    rejects: Counter[str] = field(default_factory=Counter)
    generation: int = 0
    done: int = 0
    seconds: list[float] = field(default_factory=list)

    @property
    def seeds(self) -> range:
        """The seeds of every candidate; the same in all runs, so that the memo serves."""
        return range(self.config.seeds)

    def search(self) -> None:
        """Run all generations."""
        self.train_yardsticks()
        search = GeneticSearch(self.config.search, self.config.seed)
        while search.generation < self.config.search.generations:
            self.one_generation(search)
        self.store.set_status(self.run, "finished")

    def one_generation(self, search: GeneticSearch) -> None:
        """Ask, train, tell, and commit."""
        asked = search.ask()
        self.rejects.update(asked.rejects)
        candidates = asked.candidates
        self.begin("generation", len(candidates) * len(self.seeds))
        first = self.train(candidates, self.seeds[:1])
        chosen = self.promoted(candidates, first)
        scored = {
            index: Individual(candidates[index], self.score(first[index]), tuple(first[index]))
            for index in range(len(candidates))
            if index not in chosen
        }
        self.individuals += scored.values()

        def complete(place: int, outcomes: list[Outcome]) -> None:
            index = chosen[place]
            scored[index] = Individual(candidates[index], self.score(outcomes), tuple(outcomes))
            self.individuals.append(scored[index])

        self.train([candidates[index] for index in chosen], self.seeds, complete)
        in_order = [scored[i] for i in range(len(asked.candidates))]
        search.tell(in_order)
        self.commit(search, in_order, asked.rejects)

    def train(
        self,
        candidates: Sequence[Candidate],
        seeds: Sequence[int],
        on_complete: Callable[[int, list[Outcome]], None] | None = None,
    ) -> list[list[Outcome]]:
        """Train candidates, each until it has failed too often."""
        return self.trials.run(
            [c.pair for c in candidates],
            seeds,
            give_up_after=self.config.search.give_up_after,
            on_outcome=self.trained,
            on_complete=on_complete,
        )

    def promoted(
        self, candidates: Sequence[Candidate], first: Sequence[Sequence[Outcome]]
    ) -> list[int]:
        """Return the indices of the candidates that are worth the other seeds."""
        count = math.ceil(self.config.search.promoted * len(candidates))
        scores = [self.score(own, seeds=1) for own in first]
        order = sorted(range(len(candidates)), key=lambda i: (scores[i].mean, i))
        return sorted(order[:count])

    def train_yardsticks(self) -> None:
        """Train the known losses under the run's protocol and seeds, giving none up."""
        pairs = [LossPair.of(zoo.entry(name).loss) for name in self.config.yardsticks]
        self.begin("yardsticks", len(pairs) * len(self.seeds))
        outcomes = self.trials.run(pairs, self.seeds, on_outcome=self.trained)
        self.yardsticks = [
            Yardstick(name, pair, self.score(own), tuple(own))
            for name, pair, own in zip(self.config.yardsticks, pairs, outcomes, strict=True)
        ]

    def score(self, outcomes: Sequence[Outcome], seeds: int | None = None) -> Score:
        """Return the score of outcomes under the run's settings; of all its seeds, or fewer."""
        objective = self.trainer.objective
        ceiling = objective.ceiling_of(self.reference)
        return score(outcomes, seeds or len(self.seeds), ceiling, self.config.search, objective)

    def commit(
        self, search: GeneticSearch, scored: list[Individual], rejects: dict[str, int]
    ) -> None:
        """Store a generation, and tell whoever listens."""
        self.store.commit_generation(
            self.run,
            self.generation,
            [individual_json(i) for i in scored],
            [individual_json(i) for i in search.archive.members],
            rejects,
        )
        self.generation = search.generation
        if self.on_generation:
            self.on_generation(self.result())

    def begin(self, stage: str, total: int) -> None:
        """Start counting the trainings of a stage."""
        self.stage, self.done = stage, 0
        self.report(stage, 0, total)

    def trained(self, outcome: Outcome, missing: int) -> None:
        """Count a training."""
        self.done += 1
        self.seconds.append(outcome.seconds)
        self.report(self.stage, self.done, self.done + missing)

    def stopping(self) -> None:
        """Note that no more trainings start; whatever ends the process now, this is known."""
        self.store.set_status(self.run, "interrupted")
        self.report("stopping", 0, 0)

    def preparing(self, activity: str, done: int, total: int) -> None:
        """Show what is made ready before the first training."""
        self.report("preparing", done, total, activity)

    def report(self, stage: str, done: int, total: int, activity: str = "") -> None:
        """Show progress."""
        if self.on_progress is None:
            return
        best = min(self.individuals, key=lambda i: i.order, default=None)
        generations = self.config.search.generations
        self.on_progress(
            Progress(
                self.run.name,
                stage,
                self.generation + 1,
                generations,
                done,
                total,
                best,
                dict(self.rejects),
                self._remaining(total - done),
                self.trainer.objective,
                activity,
                self.warnings,
            )
        )

    def _remaining(self, here: int) -> float | None:
        if not self.seconds:
            return None
        each = math.fsum(self.seconds) / len(self.seconds) / self.workers
        search = self.config.search
        later = search.generations - self.generation - (self.stage == "generation")
        per_candidate = 1 + search.promoted * (len(self.seeds) - 1)
        return each * (here + later * search.population * per_candidate)

    def result(self) -> Result:
        """Return what there is so far."""
        return Result(
            self.run.name,
            self.run.directory,
            self.config,
            tuple(sorted(self.individuals, key=lambda i: i.order)),
            tuple(self.yardsticks),
            self.generation,
            dict(sorted(self.rejects.items())),
            dict(self.reference),
            self.trainer.protocol.describe(),
            self.trainer.objective,
            self.run.device,
            self.warnings,
        )
