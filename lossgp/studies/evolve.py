"""`evolve`: a whole search, from its configuration to ranked losses on disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from lossgp._version import __version__
from lossgp.common.echo import quoted
from lossgp.config import ConfigError, EvolveConfig, build, differences, rebuild
from lossgp.report.files import write_files
from lossgp.report.live import both, is_wanted
from lossgp.report.search_display import Display
from lossgp.results.progress import Progress
from lossgp.results.result import Result
from lossgp.runs import Run, RunsError, Store, stored_runs
from lossgp.runs.device import device_type, known_device
from lossgp.runs.names import new_name
from lossgp.runs.place import CHECKPOINTS, runs_directory
from lossgp.runs.remembered import FAILED, UNFINISHED
from lossgp.search.ruling_out import unmeasured
from lossgp.trainers import DeviceError, resolve_device

from .confirming import Confirming, Request, at_the_end, confirm_all
from .lessons import gathered, lesson_json
from .protocols import prepared_trainer
from .search_session import SearchSession
from .session import attempt, session, spending

if TYPE_CHECKING:
    from lossgp.search.surrogate import Lesson
    from lossgp.trainers import Trainer


class SearchInterruptedError(KeyboardInterrupt):
    """A search was interrupted; everything that had finished is stored.

    Attributes:
        run: the run's name, for `resume`.
        trainings: how many trainings this session has added.
        result: what there is so far.
    """

    def __init__(self, run: str, trainings: int, result: Result) -> None:
        super().__init__(f"run {run!r} was interrupted")
        self.run = run
        self.trainings = trainings
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
        if not resume:  # what is refused leaves nothing behind, not even an empty store
            name = new_name(name or f"{datetime.now():%Y%m%d-%H%M%S}")
            settings = build(given or {})
            prepared = prepared_trainer(settings.protocol, settings.trainer_options, device)
            _check_limits(settings, prepared)
            _confirming_trainers(settings, device)
            learn_from = settings.search.learn_from
        create = not resume and not learn_from
        store = stack.enter_context(Store.open(runs_directory(runs_dir), create=create))
        lessons = gathered(store, learn_from, prepared) if not resume and learn_from else None
        name = str(resume or name)
        stack.enter_context(store.lock(name))
        if resume:
            settings = _resumed(store, resume, given)
            device = resumed_device(store, resume, device)
            prepared = prepared_trainer(settings.protocol, settings.trainer_options, device)
        asked, trainers = _confirming_trainers(settings, device)
        retry = FAILED if retry_failed else UNFINISHED if resume else ()
        training = stack.enter_context(
            session(
                store,
                settings.protocol,
                settings.trainer_options,
                prepared,
                account,
                scope=name,
                retry=retry,
                keep=runs_directory(runs_dir) / CHECKPOINTS if prepared.keeps_models else None,
                workers=workers,
                time_limit=settings.time_limit,
                memory_limit=int(settings.memory_limit * 1e9),
            )
        )
        run = _run(store, name, resume, settings, prepared, lessons)
        search = SearchSession(
            *(settings, store, run, training, retry_failed, on_generation, on_progress)
        )
        try:
            ended = attempt(search.search)
            confirming = Confirming(
                *(store, run, search.standings.individuals, False, account, on_progress, retry),
                on_stopping=search.stopping,
            )
            if asked and not ended:
                training.engine.close()  # a confirmation has its own, and none needs two at once
                confirming.choose(search.generation, settings.search.confirm_top)
                ended = attempt(lambda: confirm_all(confirming, asked, trainers, settings, workers))
                store.set_status(run, "finished")
        except Exception:
            store.set_status(run, "failed")
            raise
        if ended:
            store.set_status(run, "interrupted")
        result = _ended(search.result(ended), write)
        if ended == "interrupt":
            recorded = training.trials.recorded + confirming.recorded
            raise SearchInterruptedError(name, recorded, result)
        return result


def _check_limits(config: EvolveConfig, prepared: Trainer) -> None:
    for setting in unmeasured(config.search, prepared.objective):
        raise ConfigError(
            f"search.{setting} is {getattr(config.search, setting):g}, but protocol "
            f"{config.protocol!r} has no discriminator to measure: leave it out"
        )


def _confirming_trainers(config: EvolveConfig, device: str) -> tuple[list[Request], list[Trainer]]:
    """Return what the end of the search confirms, each with its trainer, checked."""
    asked = at_the_end(config)
    return asked, [prepared_trainer(r.trainer, r.options, device) for r in asked]


def _is_stored(name: str | None, runs_dir: Path | str | None) -> bool:
    return name is not None and any(run.name == name for run in stored_runs(runs_dir))


def _ended(result: Result, write: bool) -> Result:
    """Return a result with its files written, where there is anything to write of."""
    nothing = result.ended and not (result.individuals or result.yardsticks)
    return replace(result, files=tuple(write_files(result))) if write and not nothing else result


def _resumed(store: Store, name: str, given: Mapping[str, Any] | None) -> EvolveConfig:
    """Return the stored configuration with what may change changed, or refuse."""
    # A run of an older version lacks settings that came with a default since.
    old = rebuild(store.run(name).config, f"run {name!r}").model_dump(mode="json")
    merged = {**old, **(given or {})}
    if given and isinstance(given.get("search"), Mapping):
        merged["search"] = {**old["search"], **given["search"]}
    config = rebuild(merged, f"run {name!r}")
    new = config.model_dump(mode="json")
    more = new["search"]["generations"]
    fewer = more < old["search"]["generations"]
    changed = differences(old, {**new, "search": {**new["search"], "generations": -1}})
    # What confirms a search does not change it.
    free = "search.generations:", "search.confirm"
    changed = [line for line in changed if not line.startswith(free)]
    if fewer:
        changed.append(f"search.generations: {old['search']['generations']} -> {more}")
    if changed:
        lines = "\n  ".join(changed)
        raise ConfigError(
            f"run {name!r} cannot be resumed with another configuration (only more "
            f"generations, and other confirmations, are possible); start a new run for\n  {lines}"
        )
    return config


def resumed_device(store: Store, name: str, asked: str) -> str:
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
    store: Store,
    name: str,
    resume: str | None,
    config: EvolveConfig,
    prepared: Trainer,
    lessons: list[Lesson] | None,
) -> Run:
    data, protocol = config.model_dump(mode="json"), prepared.protocol
    if not resume:
        copied = None if lessons is None else [lesson_json(lesson) for lesson in lessons]
        return store.create_run(name, data, protocol.hash(), __version__, prepared.device, copied)
    run = store.run(name)
    if run.protocol_hash != protocol.hash():
        raise RunsError(
            f"run {name!r} was trained under another version of protocol {protocol.name!r} "
            f"(lossgp {run.version}, this is {__version__}); start a new run"
        )
    store.update_config(run, data)
    if run.device is None and (own := known_device(store, run)) is not None:
        store.set_device(run, own)  # a version that did not store it began the run
    return store.set_status(run, "running")
