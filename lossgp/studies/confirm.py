"""`confirm`: the best losses of a stored run on seeds that its search has never used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from lossgp.common.echo import quoted
from lossgp.config import ConfigError, EvolveConfig, rebuild
from lossgp.report.files import write_files
from lossgp.report.live import both, is_wanted
from lossgp.report.search_display import Display
from lossgp.results.confirming import with_confirmations
from lossgp.results.load import loaded
from lossgp.results.progress import Progress
from lossgp.results.result import Result
from lossgp.runs import RunsError, Store
from lossgp.runs.memo import FAILED
from lossgp.runs.place import runs_directory

from .confirming import Confirming, confirm_all, requests
from .interruption import InterruptedStudyError
from .opening import resumed_device
from .protocols import prepared_trainer
from .session import attempt, spending

DEFAULT_SEEDS = 10
DEFAULT_TOP = 3


class ConfirmationInterruptedError(InterruptedStudyError[Result]):
    """A confirmation was interrupted; every training that had finished is kept.

    Attributes:
        run: the run's name.
        trainings: how many trainings this session has added.
        result: what there is so far.
    """

    def __init__(self, run: str, trainings: int, result: Result) -> None:
        super().__init__(f"the confirmation of run {run!r}", result, trainings)
        self.run = run
        self.result = result


def confirm(
    run: str,
    *,
    top: int = DEFAULT_TOP,
    seeds: int | None = None,
    on: Mapping[str, int] | None = None,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    runs_dir: Path | str | None = None,
    device: str = "auto",
    workers: int | None = None,
    budget: float | str | None = None,
    retry_failed: bool = False,
    write: bool = True,
    progress: bool | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Result:
    """Train the best losses of a run on fresh seeds, and return the run with its new ranking.

    BCE on logits and GANetic are trained on the same seeds (1000, 1001, ...), and each loss is
    compared with them over these. What the memo holds is not trained again, so that an
    interrupted confirmation goes on where it was. Losses that were confirmed before stay so.

    Args:
        run: its name.
        top: how many of the best, as the search ranks them.
        seeds: fresh seeds under the run's own protocol, 10 by default; 0 leaves that out.
        on: other protocols, each with its number of fresh seeds.
        options: of those protocols, a mapping each.
        runs_dir: where runs live; `$LOSSGP_RUNS`, else `./runs`, by default.
        device: "auto", "cpu", "cuda", or "cuda:N"; of the type that the run was trained on.
        workers: processes that train at once; the number of cores by default.
        budget: what may be spent before no training is started: seconds, or text as "3m",
            "200-trainings" or "50000-iterations".
        retry_failed: try trainings again that crashed, timed out or raised.
        write: whether to write the run's files anew.
        progress: whether to show progress; by default at a terminal and in a notebook, unless
            there is `on_progress`.
        on_progress: called whenever a training has finished, and with what is prepared before.

    Raises:
        ConfigError: a number, a protocol or its options are wrong.
        RunsError: the run cannot be used, or has no loss that could be confirmed.
        TrainerError: a trainer cannot be set up.
        ConfirmationInterruptedError: a `KeyboardInterrupt`, after the running trainings were
            recorded; it holds the result so far.
    """
    account = spending(budget)
    wanted = DEFAULT_SEEDS if seeds is None else seeds
    _check(top, wanted, on or {}, options or {})
    with ExitStack() as stack:
        if is_wanted(progress, on_progress):
            on_progress = both(stack.enter_context(Display()).progress, on_progress)
        store = stack.enter_context(Store.open(runs_directory(runs_dir), create=False))
        stored = store.run(run)
        stack.enter_context(store.lock(run))
        config = rebuild(stored.config, f"run {run!r}")
        asked = requests(config, seeds=wanted, on=on or {}, options=options or {})
        device = resumed_device(store, run, device)
        trainers = [prepared_trainer(r.trainer, r.options, device) for r in asked]
        result = loaded(store, stored)
        if result.device is None:
            store.set_device(stored, trainers[0].device)  # a run of an old version
            result = loaded(store, stored)
        confirming = Confirming(
            store,
            stored,
            result.individuals,
            True,
            account,
            on_progress,
            FAILED if retry_failed else (),
        )
        confirming.choose(result.generations, top)
        if not confirming.best:
            raise RunsError(
                f"run {run!r} has no loss yet that was trained on all its seeds: resume it first"
            )
        reference = _reference(config, device)

        ended = attempt(lambda: confirm_all(confirming, asked, trainers, config, workers))
        result = replace(result, reference=reference, ended=ended)
        result = with_confirmations(store, stored, result)
        if write:
            result = replace(result, files=tuple(write_files(result)))
        if ended == "interrupt":
            raise ConfirmationInterruptedError(run, confirming.recorded, result)
        return result


def _reference(config: EvolveConfig, device: str) -> dict[str, float]:
    """Return the scale of the run's own metric, which its files name."""
    prepared = prepared_trainer(config.protocol, config.trainer_options, device)
    prepared.prepare()
    return dict(prepared.reference())


def _check(top: int, seeds: int, on: Mapping[str, int],
           options: Mapping[str, Mapping[str, Any]]) -> None:  # fmt: skip
    """Raise `ConfigError` where a number is out of range."""
    if not 1 <= top <= 1000:
        raise ConfigError(f"top is {top}; it must be from 1 to 1000")
    if not 0 <= seeds <= 1000:
        raise ConfigError(f"seeds is {seeds}; it must be from 0 to 1000")
    for name, count in on.items():
        if not 1 <= count <= 1000:
            raise ConfigError(f"protocol {quoted(name)} has {count} seeds; it must be 1 to 1000")
    if unknown := [name for name in options if name not in on]:
        raise ConfigError(
            f"options of {quoted(unknown[0])}: it is not among the protocols to confirm on "
            f"({', '.join(map(quoted, on)) or 'there are none'})"
        )
    if not seeds and not on:
        raise ConfigError("seeds is 0, and there is no other protocol: nothing is to be confirmed")
