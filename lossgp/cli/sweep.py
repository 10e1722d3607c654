"""`lossgp sweep`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import completing
from .hints import after_interruption
from .interrupts import interrupts
from .lines import say, show_below, show_failures, show_files, show_whole
from .options import study_options, variations_option
from .protocol_options import SUGAR, protocol_options, trainer_options, varied
from .under_display import under_display

if TYPE_CHECKING:
    from lossgp.results.sweep import Sweep

SEEDS = click.IntRange(1, 1000)


@click.command("sweep")
@click.argument(
    "losses",
    nargs=-1,
    required=True,
    metavar="LOSS... | FILE.toml",
    shell_complete=completing.losses,
)
@variations_option("learning_rate=1e-2,1e-3,1e-4")
@click.option(
    "--one-at-a-time", is_flag=True,
    help="Vary each option alone, around the defaults, in place of a full grid.",
)  # fmt: skip
@protocol_options(None)
@click.option(
    "--seeds", type=SEEDS, metavar="K", help="Trainings of each loss and setting  [the protocol's]"
)
@click.option(
    "--seeds-near", type=SEEDS, metavar="K",
    help="Of settings that differ from the defaults in one option at most  [--seeds]",
)  # fmt: skip
@click.option(
    "--columns", default="", metavar="NAMES",
    help="Further metrics in the table, as precision,recall; or all.",
)  # fmt: skip
@click.option(
    "-o", "--output", "--out", type=click.Path(path_type=Path), metavar="DIR",
    help="Where files go  [sweeps/PROTOCOL-HASH in the runs directory]",
)  # fmt: skip
@study_options("the sweep")
def command(
    losses: tuple[str, ...],
    variations: dict[str, list[str]],
    one_at_a_time: bool,
    protocol: str | None,
    assignments: dict[str, str],
    device: str,
    seeds: int | None,
    seeds_near: int | None,
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
    """Train losses under several settings of a protocol.

    Every combination of the values of --vary is a setting, or each option alone is varied around
    the defaults. Prints mean, interval, lost seeds and stability of each, and writes tables, all
    trainings and figures. A FILE.toml holds a whole sweep, and a study's claims, which the
    trainings judge; options change parts of it. Without --protocol it is digits-mlp, or the
    file's. What was trained before under the same options, by whichever command, is not trained
    again. Ctrl-C once finishes the running trainings, and keeps and shows what there is; twice
    stops at once.
    """
    interrupts.words = after_interruption
    from lossgp.report.comparison_table import ALL, check_columns
    from lossgp.report.sweep_files import check_place, write
    from lossgp.report.sweep_table import OF_MODELS
    from lossgp.report.training_display import TrainingDisplay
    from lossgp.runs.place import SWEEPS
    from lossgp.studies.resources import TIME_LIMIT
    from lossgp.studies.sweep import sweep
    from lossgp.studies.sweep_plan import checked, mark, planned

    given: Any = _losses(losses, runs_dir)
    named = planned(given, {}, protocol=protocol, options={}).protocol
    vary = varied(named, variations)
    options = trainer_options(named, assignments, {name: sugar[name] for name in SUGAR})
    asked_for: dict[str, Any] = {
        "vary": vary,
        "protocol": protocol,
        "options": options,
        "one_at_a_time": one_at_a_time,
        "seeds": seeds,
        "seeds_near": seeds_near,
    }
    plan = planned(given, **asked_for)
    chosen, settings, each = checked(plan, device)
    asked = [name.strip() for name in columns.split(",") if name.strip()]
    measures = settings.trainer.setting(0).measures
    check_columns(asked, None if measures is None else (*measures, *OF_MODELS))
    identity = mark(settings, chosen)
    directory = output or runs_dir / SWEEPS / f"{plan.name or plan.protocol}-{identity}"
    check_place(directory, identity)
    total = len(chosen) * sum(map(len, each))
    say(f"{len(each):,} settings, {total:,} trainings", err=True)

    def swept(display: TrainingDisplay) -> Sweep:
        return sweep(
            given,
            **asked_for,
            measures=OF_MODELS if ALL in asked else asked,
            device=device,
            workers=workers,
            budget=budget,
            time_limit=time_limit or TIME_LIMIT,
            retry_failed=retry_failed,
            runs_dir=runs_dir,
            on_progress=display.progress,
        )

    with under_display(TrainingDisplay(), swept) as (found, was_interrupted):
        if was_interrupted and not found.done:
            return
        paths = write(found, directory, asked)
        if as_json:
            click.echo(json.dumps(found.to_json(), indent=1))
        else:
            _print(found, paths, asked)


def _losses(words: tuple[str, ...], runs_dir: Path) -> Any:
    """Return what is to be trained: losses by name, or the path of a file with a sweep.

    Raises:
        click.UsageError: a file stands beside something else.
    """
    from lossgp.studies.sweep_file import is_file

    from .losses import named_losses

    if not any(map(is_file, words)):
        return named_losses(words, runs_dir)
    if len(words) > 1:
        raise click.UsageError(
            "a file with a sweep stands alone: its losses are in it (losses of [sweep])"
        )
    return Path(words[0])


def _print(swept: Sweep, paths: list[Path], columns: list[str]) -> None:
    from rich.console import Console

    from lossgp.report.comparison_table import lines, rich_table
    from lossgp.report.conclusions import verdict_lines
    from lossgp.report.sweep_table import sweep_grid, sweep_notes

    console = Console()
    say("")
    show_whole(console, rich_table(sweep_grid(swept, columns)))
    show_below(console, lines(sweep_notes(swept, columns)))
    if verdicts := verdict_lines(swept):
        say("")
        show_below(console, verdicts)
    show_files(paths)
    show_failures(
        outcome
        for cell in swept.cells
        for loss in cell.comparison.losses
        for outcome in loss.outcomes
    )
