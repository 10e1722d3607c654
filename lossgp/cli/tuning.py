"""Tuning the constants of a run's best when its search has ended."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .hints import command as hint
from .interrupts import interrupts

if TYPE_CHECKING:
    from lossgp.results.result import Result
    from lossgp.results.tuning import Tuning

tune_option = click.option(
    "--tune", "tune", type=click.IntRange(1, 100), metavar="K",
    help="Tune the constants of the K best when the search has ended.",
)  # fmt: skip


def check(tune: int | None, budget: str | None) -> None:
    """Refuse a budget beside --tune: it is the search's, and tuning would go beyond it.

    Raises:
        click.UsageError: both are given.
    """
    if tune is not None and budget is not None:
        raise click.UsageError(
            "--budget is the search's, and --tune spends more: leave one out, and tune later "
            "with a budget of its own: lossgp tune 'RUN#1' --budget ..."
        )


def tuned_best(
    result: Result, count: int | None, *, device: str, workers: int | None, runs_dir: Path
) -> Iterator[tuple[str, Tuning]]:
    """Yield the best of a finished search with their constants tuned, each with its name.

    Raises:
        TuningInterruptedError: at Ctrl-C; what was trained is kept.
    """
    if count is None or not result.finished:
        return
    from lossgp.expressions import LossPair
    from lossgp.expressions.coefficients import coefficients_of
    from lossgp.report.training_display import TrainingDisplay
    from lossgp.studies.tune import tune

    ranked = [
        (rank, LossPair.of(i.candidate.loss)) for rank, i in result.ranked if rank is not None
    ]
    for rank, pair in [(r, p) for r, p in ranked if coefficients_of(p)][:count]:
        name = f"{result.name}#{rank}"
        interrupts.words = partial(_how_to_go_on, name, runs_dir)
        with TrainingDisplay() as display:
            found = tune(
                pair,
                protocol=result.config.protocol,
                options=result.config.trainer_options,
                normalise=result.config.search.normalise,
                device=result.device or device,
                workers=workers,
                runs_dir=runs_dir,
                on_progress=display.progress,
            )
        yield name, found


def _how_to_go_on(name: str, runs_dir: Path) -> str:
    return (
        "Interrupted; the search is whole, and what was trained is kept. Continue with:\n"
        f"  {hint('tune', name, runs_dir=runs_dir)}"
    )
