"""`lossgp evolve`."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import completing
from .confirming import confirmation
from .hints import command as hint
from .interrupts import interrupts
from .lines import show_below, show_files
from .next_steps import next_steps
from .options import (
    assignments_option,
    budget_option,
    confirm_options_option,
    device_option,
    json_option,
    runs_dir_option,
    workers_option,
)
from .protocol_options import known_protocols
from .run_settings import protocol_of, run_settings
from .sections import SectionedCommand
from .seeds import seed_losses
from .tune import show_tuning
from .tuning import check, tune_option, tuned_best
from .under_display import under_display

if TYPE_CHECKING:
    from lossgp.results.progress import Progress
    from lossgp.results.result import Result
    from lossgp.studies.interruption import InterruptedStudyError


_OF_SEARCH = (
    "population",
    "generations",
    "genome",
    "seed_losses",
    "min_d_auc",
    "normalise",
    "surrogate",
    "learn_from",
)


_SECTIONS = {
    "Search": (
        "preset", "algorithm", "population", "generations", "seed", "genome", "seed_losses",
        "surrogate", "learn_from",
    ),
    "Training": ("protocol", "seeds", "normalise", "budget", "device", "workers"),
    "Score": ("min_d_auc", "confirm", "confirm_top", "confirm_options", "tune"),
    "Run": (
        "config_file", "assignments", "name", "resume", "retry_failed", "runs_dir", "as_json",
    ),
}  # fmt: skip


@click.command("evolve", cls=SectionedCommand, sections=_SECTIONS)
@click.option(
    "--config", "config_file", type=click.Path(path_type=Path), metavar="FILE",
    help="A TOML file; options of the command line override it.",
)  # fmt: skip
@click.option(
    "--preset",
    metavar="NAME",
    help="quick; plain, the paper's search cut short; or ganetic-1 to ganetic-8 of the paper.",
    shell_complete=completing.presets,
)
@click.option(
    "--algorithm", metavar="NAME", shell_complete=completing.algorithms,
    help="How candidates are found: gp, or a control of it: random, regularised-evolution, "
    "hill-climb.  [gp]",
)  # fmt: skip
@click.option(
    "--protocol",
    metavar="NAME",
    shell_complete=completing.protocols,
    help=f"What candidates are trained on: {known_protocols()}; or several, as digits,grid, for "
    "losses that are good on all.  [digits-mlp]",
)
@click.option(
    "--genome", type=click.Choice(["single", "pair"]),
    help="One loss for both D and G, or a loss for each.  [single]",
)  # fmt: skip
@click.option(
    "--seed-losses", metavar="LOSSES|FILE", shell_complete=completing.losses,
    help="What the first generation starts with: bce,ganetic; formulas; RUN#RANK; or a file.",
)  # fmt: skip
@click.option(
    "--surrogate", type=click.Choice(["none", "forest"]),
    help="Draw a pool, and train what a forest on earlier trainings predicts to be best.  [forest]",
)  # fmt: skip
@click.option(
    "--learn-from", metavar="RUN|all", multiple=True, shell_complete=completing.runs,
    help="Let the forest learn from an earlier run, too, or from all; may be repeated.",
)  # fmt: skip
@click.option("--population", type=int, metavar="N", help="Individuals  [16]")
@click.option("--generations", type=int, metavar="T", help="Generations  [3]")
@click.option("--seeds", type=int, metavar="K", help="Trainings that a candidate gets at most  [6]")
@click.option("--seed", type=int, metavar="S", help="Seed of the search  [0]")
@click.option(
    "--min-d-auc", type=float, metavar="X",
    help="Rule out losses whose D tells real from generated less well: 0.5 is chance, 1 always.",
)  # fmt: skip
@click.option(
    "--normalise", is_flag=True, default=None,
    help="Train every loss times what makes its slopes 1 in size: no factor is a learning rate.",
)  # fmt: skip
@click.option(
    "--confirm", "confirm", multiple=True, metavar="N|PROTOCOL:N",
    help="Train the best again on N fresh seeds, also under other protocols, as mnist:5; 0 "
    "does not.  [6]",
)  # fmt: skip
@click.option(
    "--confirm-top", type=click.IntRange(1, 1000), metavar="K", help="How many of the best  [3]"
)
@confirm_options_option("--confirm-set")
@tune_option
@assignments_option("Any other setting", "search.crossover=0.9", "trainer_options.iterations=500")
@budget_option
@device_option
@workers_option
@click.option("--name", metavar="NAME", help="Name of the run  [date and time]")
@click.option(
    "--resume",
    metavar="RUN",
    help="Continue a run, or extend it with --generations.",
    shell_complete=completing.runs,
)
@click.option(
    "--retry-failed", is_flag=True,
    help="Try again what crashed, timed out or raised, in complete generations, too.",
)  # fmt: skip
@runs_dir_option
@json_option("the result")
def command(
    config_file: Path | None,
    confirm: tuple[str, ...],
    confirm_top: int | None,
    confirm_options: dict[str, dict[str, Any]],
    assignments: dict[str, str],
    budget: str | None,
    device: str,
    workers: int | None,
    name: str | None,
    resume: str | None,
    retry_failed: bool,
    runs_dir: Path,
    as_json: bool,
    tune: int | None,
    **given: Any,
) -> None:
    """Search for losses, train them, and rank them.

    Prints the best distinct losses beside BCE and GANetic, trained under the same protocol
    and seeds, and writes best.tex, best.py, losses.csv, result.json and shapes.png.
    Ctrl-C once finishes the running trainings, and keeps and shows what there is; twice stops
    at once. --resume tries crashes and time-outs again, but leaves complete generations as they
    are; with --retry-failed the search goes on anew from the first one that ends otherwise.
    """
    if name and resume:
        raise click.UsageError("--name is for a new run, --resume for an existing one; give one")
    check(tune, budget)
    interrupts.words = partial(_how_to_go_on, resume, runs_dir)
    from lossgp.config import load, read
    from lossgp.report.search_display import Display
    from lossgp.studies.evolve import evolve

    if given["seed_losses"] is not None:
        given["seed_losses"] = seed_losses(given["seed_losses"], runs_dir)
    given["learn_from"] = list(given["learn_from"]) or None
    if given["learn_from"]:
        given["surrogate"] = given["surrogate"] or "forest"
    seeds, on = confirmation(confirm)
    overrides = {_place(key): value for key, value in given.items()}
    overrides |= {"search.confirm": seeds, "search.confirm_top": confirm_top}
    overrides |= {"search.confirm_on": on, "search.confirm_options": confirm_options or None}
    if assignments:
        named = {"protocol": assignments.get("protocol", given["protocol"])}
        protocol = protocol_of(named, config_file, resume, runs_dir)
        overrides |= run_settings(assignments, protocol)
    config: Any = (read if resume else load)(config_file, overrides)

    def searched(display: Display) -> Result:
        def on_progress(progress: Progress) -> None:
            interrupts.words = partial(_how_to_go_on, progress.run, runs_dir)
            display.progress(progress)

        return evolve(
            config,
            runs_dir=runs_dir,
            name=name,
            resume=resume,
            device=device,
            workers=workers,
            budget=budget,
            retry_failed=retry_failed,
            on_generation=display.generation,
            on_progress=on_progress,
        )

    def how_to_go_on(stop: InterruptedStudyError[Result]) -> str:
        return _how_to_go_on(stop.so_far.name, runs_dir, f"{stop.trainings} trainings are")

    with under_display(Display(), searched, how_to_go_on) as (result, _):
        tunings = tuned_best(result, tune, device=device, workers=workers, runs_dir=runs_dir)
        if as_json:
            tuned = {"tuned": [{"name": n, **t.to_json()} for n, t in tunings]} if tune else {}
            click.echo(json.dumps({**result.to_json(), **tuned}, indent=1))
        else:
            _show(result, runs_dir, budget)
            for title, one in tunings:
                click.echo()
                show_tuning(one, title)


def _how_to_go_on(run: str | None, runs_dir: Path, kept: str = "what was trained is") -> str:
    """Return what to say when a search is interrupted; run is None before there is one."""
    if run is None:
        return "Interrupted before the search began; give the same command again."
    return (
        f"Interrupted; {kept} kept. Continue with:\n"
        f"  {hint('evolve', '--resume', run, runs_dir=runs_dir)}"
    )


def _place(option: str) -> str:
    return f"search.{option}" if option in _OF_SEARCH else option


def _show(result: Result, runs_dir: Path, budget: str | None) -> None:
    """Print what there is; a search that has ended early may have nothing."""
    if result.files:
        _print(result)
    for line in next_steps(result, runs_dir, budget):
        click.echo(line)


def _print(result: Result) -> None:
    from rich.console import Console

    from lossgp.report.table import tables
    from lossgp.results.formulas import shown

    console = Console()
    for grid, below in tables(result, width=console.width):
        console.print()
        console.print(grid)
        show_below(console, below)
    if result.best is not None:
        click.echo("\nLaTeX of the best:")
        click.echo(f"  {shown(result.best.candidate.trained).latex()}")
    show_files(result.files)
