"""`lossgp reliability`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import completing
from .hints import after_interruption
from .interrupts import interrupts
from .lines import show_below, show_failures, show_files, show_whole
from .options import assignments_option, device_option, study_options, variations_option
from .protocol_options import TABLE, values, varied
from .under_display import under_display

if TYPE_CHECKING:
    from lossgp.results.reliability_study import Reliability


@click.command("reliability")
@click.argument("protocol", metavar="PROTOCOL", shell_complete=completing.protocols)
@click.option(
    "--seeds", type=click.IntRange(4, 1000), default=8, show_default=True, metavar="N",
    help="Trainings of each loss.",
)  # fmt: skip
@assignments_option("Any option of the protocol", "iterations=240", table=TABLE)
@variations_option("iterations=120,240,480")
@click.option(
    "--loss", "losses", multiple=True, metavar="LOSS", shell_complete=completing.losses,
    help="Train this in place of the fixed set; six or more.",
)  # fmt: skip
@click.option(
    "--add", "added", multiple=True, metavar="LOSS", shell_complete=completing.losses,
    help="Train this besides, as RUN#1.",
)  # fmt: skip
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="DIR",
    help="Where files go  [reliability/PROTOCOL-HASH in the runs directory]",
)  # fmt: skip
@device_option
@study_options("the study")
def command(
    protocol: str,
    seeds: int,
    assignments: dict[str, str],
    variations: dict[str, list[str]],
    losses: tuple[str, ...],
    added: tuple[str, ...],
    output: Path | None,
    device: str,
    budget: str | None,
    time_limit: float | None,
    retry_failed: bool,
    workers: int | None,
    runs_dir: Path,
    as_json: bool,
) -> None:
    """Measure how far scores under a protocol can tell losses apart.

    Trains a fixed set of losses, the known ones and random trees, with many seeds, and reports
    for each statistic of the seeds the intraclass correlation among all losses and among the good
    half, how many seeds give 0.8 and what they cost, and where the noise comes from. With --vary
    it does so for every setting. What was trained before is not trained again; Ctrl-C once
    finishes the running trainings, and keeps and shows what there is.
    """
    interrupts.words = after_interruption
    from lossgp.report.reliability_files import check_place, write
    from lossgp.report.training_display import TrainingDisplay
    from lossgp.runs.place import RELIABILITY
    from lossgp.studies.reliability import mark, reliability, studied_losses, variants
    from lossgp.studies.resources import TIME_LIMIT

    from .losses import named_losses

    options, vary = values(protocol, assignments), varied(protocol, variations)
    named = named_losses(losses, runs_dir) if losses else None
    more = named_losses(added, runs_dir)
    chosen = studied_losses(named, more)
    asked = variants(protocol, options, vary, device)
    identity = mark(asked, chosen)
    directory = output or runs_dir / RELIABILITY / f"{protocol}-{identity}"
    check_place(directory, identity)

    def measured(display: TrainingDisplay) -> Reliability:
        return reliability(
            protocol,
            seeds=seeds,
            options=options,
            vary=vary,
            losses=named,
            add=more,
            device=device,
            workers=workers,
            budget=budget,
            time_limit=time_limit or TIME_LIMIT,
            retry_failed=retry_failed,
            runs_dir=runs_dir,
            on_progress=display.progress,
        )

    with under_display(TrainingDisplay(), measured) as (study, _):
        paths = write(study, directory)
        if as_json:
            click.echo(json.dumps(study.to_json(), indent=1))
        else:
            _print(study, paths)


def _print(study: Reliability, paths: list[Path]) -> None:
    from rich.console import Console

    from lossgp.report.comparison_table import lines, rich_table
    from lossgp.report.reliability_table import (
        noise_grid,
        noise_notes,
        reliability_grid,
        reliability_notes,
    )

    console = Console()
    tables = [(reliability_grid(study), reliability_notes(study))]
    tables.append((noise_grid(study), noise_notes(study)))
    for grid, below in tables:
        click.echo()
        if grid.rows:
            show_whole(console, rich_table(grid))
        show_below(console, lines(below))
    show_files(paths)
    show_failures(o for setting in study.settings for loss in setting.losses for o in loss.outcomes)
