"""`evolve`: a whole search, from its configuration to ranked losses on disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from lossgp.common.echo import quoted
from lossgp.config import ConfigError, EvolveConfig
from lossgp.report.files import write_files
from lossgp.report.live import both, is_wanted
from lossgp.report.search_display import Display
from lossgp.results.individuals import individual_json
from lossgp.results.progress import Progress
from lossgp.results.result import Result
from lossgp.runs import stored_runs
from lossgp.search import Individual, Search, algorithm

from .confirming import Confirming, confirm_all
from .contest import Contest
from .heats import clear
from .interruption import InterruptedStudyError
from .lessons import teach
from .opening import opened
from .search_state import SearchState
from .session import attempt, spending
from .stored_generations import StoredGenerations


class SearchInterruptedError(InterruptedStudyError[Result]):
    """A search was interrupted; everything that had finished is stored.

    Attributes:
        run: the run's name, for `resume`.
        trainings: how many trainings this session has added.
        result: what there is so far.
    """

    def __init__(self, run: str, trainings: int, result: Result) -> None:
        super().__init__(f"run {run!r}", result, trainings)
        self.run = run
        self.result = result


def evolve(
    config: EvolveConfig | Mapping[str, Any] | None = None,
    *,
    runs_dir: Path | str | None = None,
    name: str | None = None,
    resume: str | None = None,
    device: str = "auto",
    workers: int | None = None,
    budget: float | str | None = None,
    retry_failed: bool = False,
    if_exists: Literal["error", "resume"] = "error",
    write: bool = True,
    progress: bool | None = None,
    on_generation: Callable[[Result], None] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Result:
    """Search for losses, and return them ranked.

    The run's directory then holds what `lossgp evolve` leaves there: best.tex, best.py, tables,
    result.json and shapes.png; `Result.files` names them.

    Args:
        config: what to search and how; keys as in the TOML file. With `resume`, only what
            changes: a larger `search.generations` extends the run.
        runs_dir: where runs live; `$LOSSGP_RUNS`, else `./runs`, by default.
        name: of the new run; the date and time by default.
        resume: the name of a run to continue. Its result is the one that it would have had
            without the interruption, to the bit. Trainings that crashed or timed out are tried
            again: those of known losses, and of the generation that is not complete. Complete
            generations stay as they are.
        device: "auto", "cpu", "cuda", or "cuda:N".
        workers: processes that train at once; the number of cores by default.
        budget: what may be spent before no training is started, and the run can be resumed:
            seconds, or text as "3m", "200-trainings" or "50000-iterations" (of trainings that
            are done now, not of those that are remembered).
        retry_failed: try again all trainings that crashed, timed out or raised, those of
            complete generations, too. From the first generation that ends otherwise the
            search goes on anew.
        if_exists: what to do where a run of this `name` exists: "error", or "resume" it, so that
            a script or a notebook may be run again as it is.
        write: whether to write the run's files; the store has the run in any case.
        progress: whether to show progress; by default at a terminal and in a notebook, unless
            there is `on_progress`.
        on_generation: called with the result so far after each generation.
        on_progress: called whenever a training has finished, and with what is prepared before.

    Raises:
        ConfigError: the configuration is wrong, or differs from that of the resumed run.
        RunsError: the runs directory or the run cannot be used.
        SearchInterruptedError: a `KeyboardInterrupt`, after the running trainings were recorded;
            it holds the result so far.
    """
    account = spending(budget)
    given = config.model_dump(mode="json") if isinstance(config, EvolveConfig) else config
    if if_exists not in ("error", "resume"):
        raise ConfigError(f"if_exists is {quoted(if_exists)}; it must be 'error' or 'resume'")
    if not resume and if_exists == "resume" and _is_stored(name, runs_dir):
        resume = name
    with ExitStack() as stack:
        if is_wanted(progress, on_progress):
            display = stack.enter_context(Display())
            on_progress = both(display.progress, on_progress)
            on_generation = both(display.generation, on_generation)
        search = stack.enter_context(
            opened(
                given,
                account,
                runs_dir=runs_dir,
                name=name,
                resume=resume,
                device=device,
                workers=workers,
                retry_failed=retry_failed,
            )
        )
        settings, store, run, training = search.config, search.store, search.run, search.session
        state = SearchState(settings, store, run, training, on_progress)
        try:
            ended = attempt(Generations(state, retry_failed, on_generation).run)
            confirming = Confirming(
                *(store, run, state.standings.individuals, False, account, on_progress),
                retry=search.retry,
                on_stopping=state.stopping,
            )
            if search.asked and not ended:
                training.engine.close()  # a confirmation has its own, and none needs two at once
                confirming.choose(state.generation, settings.search.confirm_top)
                ended = attempt(
                    lambda: confirm_all(
                        *(confirming, search.asked, search.trainers, settings, workers)
                    )
                )
                store.set_status(run, "finished")
        except Exception:
            store.set_status(run, "failed")
            raise
        if ended:
            store.set_status(run, "interrupted")
        result = _ended(state.result(ended), write)
        if ended == "interrupt":
            recorded = training.trials.recorded + confirming.recorded
            raise SearchInterruptedError(run.name, recorded, result)
        return result


@dataclass
class Generations:
    """The generations of a search: asked for, trained, told and committed.

    Attributes:
        state: what it has come to so far.
        retry_failed: whether complete generations with failed trainings are trained again.
        on_generation: who is told of each.
        stored: those that the store has and this session has not reached.
        contest: what is trained of the candidates.
    """

    state: SearchState
    retry_failed: bool = False
    on_generation: Callable[[Result], None] | None = None
    stored: StoredGenerations = field(init=False)
    contest: Contest = field(init=False)

    def __post_init__(self) -> None:
        self.stored = StoredGenerations(self.state, self.retry_failed)
        self.contest = Contest(self.state)

    def run(self) -> None:
        """Run all generations; those that are only read come first, for they take no time."""
        state, config = self.state, self.state.config
        state.session.on_stopping = state.stopping
        state.report("preparing", 0, 0)
        state.session.prepare(state.preparing)
        search = algorithm(config.algorithm)(config.search, config.seed)
        teach(search, state.store, state.run, state.ceiling, state.drawing)
        self.stored.read()
        while self.stored.is_next_read:
            self.one_generation(search)
        self.train_yardsticks()
        while search.generation < config.search.generations:
            self.one_generation(search)
        self.last_race()
        state.store.set_status(state.run, "finished")

    def one_generation(self, search: Search) -> None:
        """Ask, train, tell, and commit; what the store has is read, unless it is tried again."""
        state, stored = self.state, self.stored.take()
        asked = search.ask() if stored is None else self.stored.asked(search, stored)
        state.rejects.update(asked.rejects)
        if stored is None:
            scored, rescored = self.contest.generation(asked.number, asked.candidates)
        elif self.stored.tries_again(stored):
            scored, rescored = self.contest.generation(asked.number, asked.candidates)
            if not self.stored.is_outdated(stored, scored, rescored):
                scored, rescored = self.stored.restored(asked.candidates, stored)
        else:
            scored, rescored = self.stored.restored(asked.candidates, stored)
            state.standings.take([*scored, *rescored])
            for individual in scored:
                state.standings.add(individual)
        if state.standings.is_joint:
            search.update(state.standings.named())
        search.tell(state.standings.present(scored))
        self.commit(search, scored, rescored, asked.rejects)

    def last_race(self) -> None:
        """Tell the best apart once all generations are complete, if the racing does so.

        The search does not learn of it: a run that is extended goes on as if it had not been.
        """
        state = self.state
        if not state.racing.most(0):
            return
        if (rescored := self.stored.last_race()) is not None:
            state.standings.take(rescored)
            return
        rescored = self.contest.last_race(state.generation)
        state.store.set_final(state.run, [individual_json(i) for i in rescored])

    def train_yardsticks(self) -> None:
        """Train the known losses under the run's protocol and seeds, giving none up."""
        state, pairs = self.state, self.state.yardsticks.pairs
        state.headway.begin("yardsticks", len(pairs) * len(state.seeds))
        state.trials.run(
            pairs,
            state.seeds,
            on_start=state.left,
            on_outcome=state.trained,
            on_complete=state.yardsticks.know,
        )

    def commit(
        self,
        search: Search,
        scored: Sequence[Individual],
        rescored: Sequence[Individual],
        rejects: Mapping[str, int],
    ) -> None:
        """Store a generation, and tell whoever listens."""
        state = self.state
        state.store.commit_generation(
            state.run,
            state.generation,
            [individual_json(i) for i in scored],
            [individual_json(i) for i in search.state()],
            rejects,
            [individual_json(i) for i in rescored],
        )
        state.generation = search.generation
        clear(state.states)
        if self.on_generation:
            self.on_generation(state.result())


def _is_stored(name: str | None, runs_dir: Path | str | None) -> bool:
    return name is not None and any(run.name == name for run in stored_runs(runs_dir))


def _ended(result: Result, write: bool) -> Result:
    """Return a result with its files written, where there is anything to write of."""
    nothing = result.ended and not (result.individuals or result.yardsticks)
    return replace(result, files=tuple(write_files(result))) if write and not nothing else result
