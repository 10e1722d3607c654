"""`lossgp show`."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lossgp.common.echo import quoted

from .completing import losses_and_runs
from .description import description, forms_of, lines
from .hints import command as hint
from .lines import say, show_below
from .options import json_option, runs_dir_option

if TYPE_CHECKING:
    from .losses import Named


@click.command("show")
@click.argument("what", metavar="LOSS|RUN", shell_complete=losses_and_runs)
@click.option(
    "--latex", "only_latex", is_flag=True,
    help="Print nothing but the LaTeX of the simplified form, constants shortened.",
)  # fmt: skip
@click.option(
    "--pareto", is_flag=True,
    help="Of a run: the losses that no other beats in mean, spread and size at once.",
)  # fmt: skip
@click.option(
    "--rows", type=click.IntRange(1), default=8, show_default=True, help="Of a run's table."
)
@click.option(
    "--seconds", type=click.IntRange(0, 600), default=3, show_default=True,
    help="Time for SymPy to simplify a loss; 0 leaves it to quick rules.",
)  # fmt: skip
@runs_dir_option
@json_option("everything")
def command(
    what: str,
    only_latex: bool,
    pareto: bool,
    rows: int,
    seconds: int,
    runs_dir: Path,
    as_json: bool,
) -> None:
    """Print a loss, or the best losses of a run.

    Of a loss: the evolved form, which is trained, and the forms for display with how far they
    are from it; LaTeX; whether it is proved finite with a bounded gradient; its form by class,
    and where its minima are. A LOSS is a known name, a formula (text or LaTeX), a pair
    "D: ...; G: ...", RUN#RANK, or RUN@size, RUN@spread, RUN@mean: the smallest, the steadiest or
    the best of those that no other beats, the first two within one spread of the best mean.
    """
    from lossgp.runs import Store

    from .losses import is_run, resolve

    if is_run(what, runs_dir):
        with Store.read_only(runs_dir) as store:
            _show_run(store, what, rows, only_latex, as_json, pareto)
        return
    if pareto:
        raise click.UsageError(f"--pareto is of a run, and there is no run {quoted(what, 60)}")
    _show_loss(resolve(what, runs_dir), only_latex, as_json, seconds)


def _show_run(
    store: object, name: str, rows: int, only_latex: bool, as_json: bool, pareto: bool
) -> None:
    from rich.console import Console

    from lossgp.report.pareto_table import pareto_table
    from lossgp.report.table import tables
    from lossgp.results.formulas import shown
    from lossgp.results.load import load
    from lossgp.runs import Store

    assert isinstance(store, Store)
    result = load(store, name)
    losses = result.pareto if pareto else result.individuals
    if as_json and pareto:
        names = {i.candidate.label for i in losses}
        data = result.to_json()
        click.echo(json.dumps([one for one in data["losses"] if one["name"] in names], indent=1))
    elif as_json:
        click.echo(json.dumps(result.to_json(), indent=1))
    elif only_latex:
        for individual in losses[:rows]:
            click.echo(shown(individual.candidate.trained).latex())
    elif not result.individuals:
        click.echo(
            f"Run {name!r} has no complete generation yet: "
            + hint("evolve", "--resume", name, runs_dir=store.runs_dir)
        )
    else:
        console = Console()
        width = console.width
        grids = [pareto_table(result, width)] if pareto else tables(result, rows, width)
        for number, (grid, below) in enumerate(grids):
            if number:
                console.print()
            console.print(grid)
            show_below(console, below)
        if note := store.run(name).note:
            say(f"Note      {note}")


def _show_loss(named: Named, only_latex: bool, as_json: bool, seconds: int) -> None:
    from lossgp.expressions import LossPair, zoo
    from lossgp.expressions.rounding import short_pair

    pair = LossPair.of(named.loss)
    halves = [("", pair.discriminator)]
    if not pair.is_single:
        halves = [("discriminator", pair.discriminator), ("generator", pair.generator)]
    if only_latex:
        click.echo(short_pair(pair).latex())
        return
    if named.name in zoo.BY_NAME:
        seconds = 0  # a known loss is shown as its paper writes it
    data = {"name": named.name, "note": named.note, "formula": pair.text()}
    # G meets generated samples under the label 1 only.
    labels = {part: (1,) if part == "generator" else (1, 0) for part, _ in halves}
    with ThreadPoolExecutor(len(halves)) as pool:
        # SymPy simplifies in a child process while the rest is computed here.
        forms = [pool.submit(forms_of, loss, seconds, labels[part]) for part, loss in halves]
        rest = [description(loss, labels[part]) for part, loss in halves]
        found = [form.result() for form in forms]
    described = {part: form | own for (part, _), form, own in zip(halves, found, rest, strict=True)}
    if as_json:
        click.echo(json.dumps(data | {"losses": described}, indent=1))
        return
    say(f"{named.name}{f': {named.note}' if named.note else ''}")
    for part, _ in halves:
        if part:
            click.echo(f"\n[{part}]")
        for line in lines(described[part]):
            click.echo(line)
