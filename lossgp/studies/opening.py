"""A search is opened: a new run or a stored one, with all that it trains with, checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lossgp._version import __version__
from lossgp.config import ConfigError, EvolveConfig, build, differences, rebuild
from lossgp.runs import Run, RunsError, Store
from lossgp.runs.device import device_type, known_device
from lossgp.runs.memo import FAILED, UNFINISHED
from lossgp.runs.names import new_name
from lossgp.runs.place import CHECKPOINTS, runs_directory
from lossgp.search.ruling_out import unmeasured
from lossgp.trainers import DeviceError, resolve_device

from .confirming import Request, at_the_end
from .lessons import gathered, lesson_json
from .protocols import prepared_trainer
from .session import Session, session

if TYPE_CHECKING:
    from lossgp.runs.spending import Spending
    from lossgp.search.surrogate import Lesson
    from lossgp.trainers import Status, Trainer


@dataclass(frozen=True)
class Opened:
    """A search that may begin, or go on.

    Attributes:
        config: its configuration.
        store, run: where it is recorded.
        session: what trains.
        asked, trainers: what its end confirms, each with its trainer.
        retry: how trainings ended that are done once more.
    """

    config: EvolveConfig
    store: Store
    run: Run
    session: Session
    asked: list[Request]
    trainers: list[Trainer]
    retry: frozenset[Status]


@contextmanager
def opened(
    given: Mapping[str, Any] | None,
    account: Spending,
    *,
    runs_dir: Path | str | None,
    name: str | None,
    resume: str | None,
    device: str,
    workers: int | None,
    retry_failed: bool,
) -> Iterator[Opened]:
    """Open a search to write, and close it at the end.

    Args:
        given: the configuration; of a run that is resumed what changes.
        account: what the session may spend.
        runs_dir, name, resume, device, workers, retry_failed: see `evolve`.

    Raises:
        ConfigError: the configuration is wrong, or differs from that of the resumed run.
        RunsError: the runs directory or the run cannot be used.
    """
    with ExitStack() as stack:
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
        retry = FAILED if retry_failed else UNFINISHED if resume else frozenset()
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
        yield Opened(settings, store, run, training, asked, trainers, retry)


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
    trained_on = known_device(store, store.run(name))
    if trained_on is None or device_type(asked) == trained_on:
        return asked
    if asked == "auto":
        try:
            return resolve_device(trained_on)
        except DeviceError:
            raise RunsError(
                f"run {name!r} is trained on {trained_on}, which is not there, and results of "
                "another device do not compare: resume it where there is one, or start a new run"
            ) from None
    else:
        raise RunsError(
            f"run {name!r} is trained on {trained_on}, and results of another device do not "
            f"compare: resume it with --device {trained_on}, or start a new run on {asked}"
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
    if run.device is None and (trained_on := known_device(store, run)) is not None:
        store.set_device(run, trained_on)  # a version that did not store it began the run
    return store.set_status(run, "running")
