"""`lossgp confirm`."""

from __future__ import annotations

import json
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import completing
from .hints import command as hint
from .interrupts import interrupts
from .lines import say, show_below, show_failures, show_files
from .next_steps import budget_end
from .options import (
    budget_option,
    confirm_options_option,
    device_option,
    json_option,
    runs_dir_option,
    workers_option,
)
from .under_display import under_display

if TYPE_CHECKING:
    from lossgp.results.result import Result
    from lossgp.studies.interruption import InterruptedStudyError


@click.command("confirm")
@click.argument("run", metavar="RUN", shell_complete=completing.runs)
@click.option(
    "--top", type=click.IntRange(1, 1000), default=3, show_default=True, metavar="K",
    help="How many of the best, as the search ranks them.",
)  # fmt: skip
@click.option(
    "--seeds", type=click.IntRange(0, 1000), default=10, show_default=True, metavar="N",
    help="Fresh seeds under the run's own protocol; 0 leaves it out.",
)  # fmt: skip
@click.option(
    "--protocol", "protocols", multiple=True, metavar="PROTOCOL:N",
    help="Another protocol, with N fresh seeds, as mnist:5; may be given again.",
)  # fmt: skip
@confirm_options_option("--set")
@click.option("--retry-failed", is_flag=True, help="Try again what crashed, timed out or raised.")
@budget_option
@device_option
@workers_option
@runs_dir_option
@json_option("the run")
def command(
    run: str,
    top: int,
    seeds: int,
    protocols: tuple[str, ...],
    confirm_options: dict[str, dict[str, Any]],
    retry_failed: bool,
    budget: str | None,
    device: str,
    workers: int | None,
    runs_dir: Path,
    as_json: bool,
) -> None:
    """Train the best losses of a run again, on seeds that its search has never used.

    The score that a search shows of its best is the luckiest of many. Here BCE on logits,
    GANetic and the best losses get the same fresh seeds (1000, 1001, ...), and are compared over
    them with paired intervals. From then on RUN#1 is the best that was confirmed, and tables and
    files show what held. What was trained before is not trained again: the same command goes on
    where it was interrupted.
    """
    from lossgp.report.search_display import Display
    from lossgp.studies.confirm import confirm

    from .confirming import seeds_on_protocols

    words = ["confirm", run, "--top", str(top), "--seeds", str(seeds)]
    words += [word for written in protocols for word in ("--protocol", written)]
    words += [
        word
        for name, options in confirm_options.items()
        for key, value in options.items()
        for word in ("--set", f"{name}.{key}={json.dumps(value)}")
    ]
    interrupts.words = partial(_how_to_go_on, words, runs_dir)
    on = seeds_on_protocols(protocols, "--protocol")

    def confirmed(display: Display) -> Result:
        return confirm(
            run,
            top=top,
            seeds=seeds,
            on=on,
            options=confirm_options,
            runs_dir=runs_dir,
            device=device,
            workers=workers,
            budget=budget,
            retry_failed=retry_failed,
            on_progress=display.progress,
        )

    def how_to_go_on(stop: InterruptedStudyError[Result]) -> str:
        return _how_to_go_on(words, runs_dir, f"{stop.trainings} trainings are")

    with under_display(Display(), confirmed, how_to_go_on) as (result, _):
        _show(result, words, runs_dir, budget, as_json=as_json)


def _how_to_go_on(words: list[str], runs_dir: Path, kept: str = "what was trained is") -> str:
    return f"Interrupted; {kept} kept. Continue with:\n  {hint(*words, runs_dir=runs_dir)}"


def _show(
    result: Result, words: list[str], runs_dir: Path, budget: str | None, *, as_json: bool
) -> None:
    if as_json:
        click.echo(json.dumps(result.to_json(), indent=1))
        return
    from rich.console import Console

    from lossgp.report.table import tables

    console = Console()
    for shown, below in tables(result, width=console.width):
        console.print()
        console.print(shown)
        show_below(console, below)
    show_files(result.files)
    trained = [
        one.outcomes
        for confirmation in result.confirmations
        for several in (confirmation.losses, confirmation.baselines)
        for one in several
    ]
    show_failures(chain.from_iterable(trained))
    if result.ended == "budget":
        click.echo()
        say(f"{budget_end(budget)}. Go on: {hint(*words, runs_dir=runs_dir)}")
