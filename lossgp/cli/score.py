"""`lossgp score`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import completing
from .hints import after_interruption
from .hints import command as hint
from .interrupts import interrupts
from .lines import say, show_below, show_failures, show_files, show_whole
from .options import study_options
from .protocol_options import SUGAR, protocol_options, trainer_options
from .under_display import under_display

if TYPE_CHECKING:
    from lossgp.results.comparison import Comparison

SEEDS = click.IntRange(1, 1000)


@click.command("score")
@click.argument(
    "losses", nargs=-1, required=True, metavar="LOSS...", shell_complete=completing.losses
)
@protocol_options()
@click.option("--seeds", type=SEEDS, metavar="K", help="Trainings of each loss  [the protocol's]")
@click.option(
    "--ablate", is_flag=True,
    help="Each loss for G only, D only, and both; the first is the base, bce that of a single one.",
)  # fmt: skip
@click.option(
    "--columns", default="", metavar="NAMES",
    help="Further metrics in the second table, as kid,precision; or all.",
)  # fmt: skip
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="DIR",
    help="Where files go  [scores/PROTOCOL-HASH in the runs directory]",
)  # fmt: skip
@study_options("the comparison")
def command(
    losses: tuple[str, ...],
    protocol: str,
    assignments: dict[str, str],
    device: str,
    seeds: int | None,
    ablate: bool,
    columns: str,
    output: Path | None,
    budget: str | None,
    time_limit: float | None,
    retry_failed: bool,
    workers: int | None,
    runs_dir: Path,
    as_json: bool,
    **sugar: Any,
) -> None:
    """Train losses over seeds and compare them.

    Prints best, worst, mean and standard deviation of each loss, its discriminator's accuracy,
    and a paired test against the first loss; writes tables, all trainings and figures. What
    was trained before under the same protocol is not trained again; that holds for failures,
    too, unless --retry-failed is given (and for time-outs, unless the limit is another).
    Ctrl-C once finishes the running trainings, and keeps and shows what there is; twice stops
    at once.
    """
    interrupts.words = after_interruption
    from lossgp.report.comparison_files import check_place, write
    from lossgp.report.comparison_table import check_columns
    from lossgp.report.training_display import TrainingDisplay
    from lossgp.results.comparison import identity
    from lossgp.runs.place import SCORES
    from lossgp.studies.compare import compare, entrants
    from lossgp.studies.protocols import prepared_trainer
    from lossgp.studies.resources import TIME_LIMIT

    from .losses import named_losses

    options = trainer_options(protocol, assignments, {name: sugar[name] for name in SUGAR})
    named = named_losses(losses, runs_dir)
    chosen = entrants(named, ablate=ablate)
    asked = [name.strip() for name in columns.split(",") if name.strip()]
    prepared = prepared_trainer(protocol, options, device)
    check_columns(asked, prepared.measures)
    own = prepared.protocol
    mark = identity(own, [(c.name, c.pair.key()) for c in chosen])
    directory = output or runs_dir / SCORES / f"{protocol}-{mark}"
    check_place(directory, mark)

    def study(display: TrainingDisplay) -> Comparison:
        return compare(
            named,
            protocol=protocol,
            seeds=seeds,
            options=options,
            ablate=ablate,
            device=device,
            workers=workers,
            budget=budget,
            time_limit=time_limit or TIME_LIMIT,
            retry_failed=retry_failed,
            runs_dir=runs_dir,
            on_progress=display.progress,
        )

    with under_display(TrainingDisplay(), study) as (comparison, was_interrupted):
        if was_interrupted and not any(loss.outcomes for loss in comparison.losses):
            return
        paths = write(comparison, directory, asked)
        if as_json:
            click.echo(json.dumps(comparison.to_json(), indent=1))
        else:
            _print(comparison, paths, asked)


def _print(comparison: Comparison, paths: list[Path], columns: list[str]) -> None:
    from rich.console import Console

    from lossgp.common.echo import printable
    from lossgp.report.comparison_table import (
        convention_notes,
        lines,
        main_grid,
        notes,
        rich_table,
        scale_notes,
        side_grid,
    )

    console = Console()
    # What counts how is said once; protocol and scale stand under every table.
    tables = [(main_grid(comparison), notes(comparison))]
    if second := side_grid(comparison, columns):
        tables.append((second, scale_notes(comparison) + convention_notes(comparison, columns)))
    for grid, below in tables:
        say("")
        show_whole(console, rich_table(grid))
        show_below(console, lines(below))
    show_files(paths)
    show_failures(outcome for loss in comparison.losses for outcome in loss.outcomes)
    if without := printable(", ".join(_without_images(comparison)), None):
        say(
            f"No images or curves of {without}: trained before without being kept "
            f"({hint('sample', 'LOSS', '--train')})"
        )


def _without_images(comparison: Comparison) -> list[str]:
    """Return the losses with measured trainings, none of which was kept though it could be."""
    from lossgp.trainers import trainer_type

    if not hasattr(trainer_type(comparison.trainer), "generate"):
        return []
    return [
        loss.name
        for loss in comparison.losses
        if any(o.metrics for o in loss.outcomes)
        and not any(comparison.checkpoint(loss, o.seed) for o in loss.outcomes)
    ]
