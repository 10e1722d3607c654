"""`lossgp show`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import json_option, runs_dir_option

if TYPE_CHECKING:
    from lossgp.expressions import Loss

    from .losses import Named


@click.command("show")
@click.argument("what", metavar="LOSS|RUN")
@click.option("--latex", "only_latex", is_flag=True, help="Print nothing but the LaTeX.")
@click.option(
    "--rows", type=click.IntRange(1), default=8, show_default=True, help="Of a run's table."
)
@runs_dir_option
@json_option("everything")
def command(what: str, only_latex: bool, rows: int, runs_dir: Path, as_json: bool) -> None:
    """Print a loss, or the best losses of a run.

    Of a loss: the formula, its LaTeX, its form by class, and where its minima are. A LOSS is
    a known name, a formula, a pair "D: ...; G: ...", or RUN#RANK.
    """
    from lossgp.runs import FILE_NAME, Store

    if (runs_dir / FILE_NAME).exists():
        with Store.open(runs_dir, create=False) as store:
            if any(run.name == what for run in store.runs()):
                _show_run(store, what, rows, only_latex, as_json)
                return
    from .losses import resolve

    _show_loss(resolve(what, runs_dir), only_latex, as_json)


def _show_run(store: object, name: str, rows: int, only_latex: bool, as_json: bool) -> None:
    from rich.console import Console

    from lossgp.report.formulas import shown
    from lossgp.report.load import load
    from lossgp.report.table import summary, table
    from lossgp.runs import Store

    assert isinstance(store, Store)
    result = load(store, name)
    if as_json:
        click.echo(json.dumps(result.to_json(), indent=1))
    elif only_latex:
        for individual in result.individuals[:rows]:
            click.echo(shown(individual.candidate.loss).latex())
    elif not result.individuals:
        click.echo(f"Run {name!r} has no complete generation yet: lossgp evolve --resume {name}")
    else:
        console = Console()
        console.print(table(result, rows))
        for line in summary(result):
            console.print(line, markup=False, highlight=False, soft_wrap=True)


def _show_loss(named: Named, only_latex: bool, as_json: bool) -> None:
    from lossgp.expressions import LossPair

    pair = LossPair.of(named.loss)
    halves = [("", pair.discriminator)]
    if not pair.is_single:
        halves = [("discriminator", pair.discriminator), ("generator", pair.generator)]
    if only_latex:
        click.echo(pair.simplified().latex())
        return
    data = {"name": named.name, "note": named.note, "formula": pair.text()}
    described = {part: _describe(loss) for part, loss in halves}
    if as_json:
        click.echo(json.dumps(data | {"losses": described}, indent=1))
        return
    click.echo(f"{named.name}{f': {named.note}' if named.note else ''}")
    for part, loss in halves:
        if part:
            click.echo(f"\n[{part}]")
        for line in _lines(loss, described[part]):
            click.echo(line)


def _describe(loss: Loss) -> dict[str, object]:
    from lossgp.analysis.stationary import describe
    from lossgp.expressions.printing import latex, text

    one, zero = loss.by_class(epsilon=False)
    simple = loss.simplified()
    return {
        "formula": loss.text(),
        "simplified": simple.text(),
        "latex": simple.latex(),
        "latex_protected": loss.latex(epsilon=True),
        "link": loss.link,
        "size": loss.size,
        "by_class": {
            "1": {"formula": text(one, loss.link), "latex": latex(one, loss.link)},
            "0": {"formula": text(zero, loss.link), "latex": latex(zero, loss.link)},
        },
        "minima": {"1": describe(loss, 1), "0": describe(loss, 0)},
    }
