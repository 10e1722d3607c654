"""`sweep`: losses trained under several settings of one protocol, and what differs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lossgp.results.claims import Claim, judge
from lossgp.results.progress import TrainingProgress
from lossgp.results.sweep import Sweep
from lossgp.runs import make_engine
from lossgp.trainers.varied import VARIED

from .compare import AnyLoss
from .interruption import InterruptedStudyError
from .model_measures import measured
from .resources import TIME_LIMIT, Resources
from .sweep_plan import checked, planned
from .sweep_work import Work


class SweepInterruptedError(InterruptedStudyError[Sweep]):
    """A sweep was interrupted; every training that had finished is kept.

    Attributes:
        trainings: how many were added.
        sweep: what there is so far.
    """

    def __init__(self, trainings: int, sweep: Sweep) -> None:
        super().__init__("the sweep", sweep, trainings)
        self.sweep = sweep


def sweep(
    losses: Sequence[AnyLoss] | Mapping[str, AnyLoss] | Path | str,
    vary: Mapping[str, Sequence[Any]] | None = None,
    *,
    protocol: str | None = None,
    options: Mapping[str, Any] | None = None,
    one_at_a_time: bool = False,
    seeds: int | None = None,
    seeds_near: int | None = None,
    claims: Sequence[Claim] = (),
    measures: Sequence[str] = (),
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
        losses: as `compare` takes them; or a TOML file with a whole sweep, of which the other
            arguments change parts.
        vary: options of the protocol, each with the values that it takes.
        protocol: the trainer's name; digits-mlp by default.
        options: of all settings. One that is varied, too, says around which value.
        one_at_a_time: vary each option alone, around the defaults; else every combination is a
            setting.
        seeds: trainings of each loss under each setting, with the seeds 0, 1, ...; the trainer's
            own number by default.
        seeds_near: as many of the settings that differ from the defaults in one option at most,
            which claims compare; `seeds` by default.
        claims: what is judged by the trainings, beside the file's.
        measures: what else is measured of kept models (see `model_measures`).
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
    resources = Resources(
        *(device, workers, budget, time_limit, retry_failed, runs_dir, progress, on_progress)
    )
    plan = planned(
        losses,
        vary or {},
        protocol=protocol,
        options=options or {},
        one_at_a_time=one_at_a_time,
        seeds=seeds,
        seeds_near=seeds_near,
        claims=claims,
    )
    chosen, settings, wanted = checked(plan, device)
    with (
        resources.opened() as (store, tell),
        make_engine(
            VARIED,
            {"protocol": plan.protocol, "settings": list(settings.given)},
            settings.trainer,
            workers=workers,
            time_limit=time_limit,
        ) as engine,
    ):
        work = Work(settings, chosen, wanted, tell, resources.checkpoints)
        ended = work.prepare() or work.train(
            store, engine, resources.account, resources.scope, retry_failed
        )
    result = replace(work.result(), title=plan.title, paper=plan.paper)
    if not ended or result.done:
        named = {*measures, *(claim.measure for claim in plan.claims)}
        result = replace(result, cells=measured(result.cells, named))
        result = replace(result, verdicts=tuple(judge(result, claim) for claim in plan.claims))
    if ended == "interrupt":
        raise SweepInterruptedError(work.recorded, result)
    return result
