"""`lossgp show`."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    # G meets generated samples under the label 1 only.
    described = {part: _describe(x, (1,) if part == "generator" else (1, 0)) for part, x in halves}
    if as_json:
        click.echo(json.dumps(data | {"losses": described}, indent=1))
        return
    click.echo(f"{named.name}{f': {named.note}' if named.note else ''}")
    for part, _ in halves:
        if part:
            click.echo(f"\n[{part}]")
        for line in _lines(described[part]):
            click.echo(line)


def _describe(loss: Loss, labels: tuple[int, ...]) -> dict[str, Any]:
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
            str(label): {
                "formula": text(tree, loss.link),
                "latex": latex(tree, loss.link),
                "minima": _minima(loss, label),
            }
            for label, tree in ((1, one), (0, zero))
            if label in labels
        },
    }


def _minima(loss: Loss, label: int) -> list[dict[str, Any]]:
    from lossgp.analysis.stationary import minima

    return [
        {
            "at": _number(m.at),
            "value": _number(m.value),
            "place": m.place,
            "flat": [_number(m.low), _number(m.high)] if m.is_flat else None,
            "closed_form": m.closed_form.text if m.closed_form else None,
            "constants": dict(m.closed_form.constants) if m.closed_form else {},
        }
        for m in minima(loss, label, closed_form=True)
    ]


def _lines(described: dict[str, Any]) -> Iterator[str]:
    """Yield what people read of a loss."""
    score = described["link"] == "identity"
    prediction = "score" if score else "y_pred"
    yield f"formula     {described['formula']}"
    if described["simplified"] != described["formula"]:
        yield f"simplified  {described['simplified']}"
    yield f"LaTeX       {described['latex']}"
    yield f"protected   {described['latex_protected']}"
    yield f"size        {described['size']} nodes"
    link = "the raw output of D" if score else "a sigmoid of the raw output, in [0, 1]"
    yield f"prediction  {prediction} is {link}"
    for label, own in described["by_class"].items():
        yield f"\ny_real = {label}"
        yield f"  loss      {own['formula']}"
        yield f"  LaTeX     {own['latex']}"
        for m in own["minima"]:
            yield f"  minimum   {_place(m, prediction)}"
        if not own["minima"]:
            yield "  minimum   none: the loss is constant"


def _number(value: float) -> float | str:
    """Return a number that JSON knows: infinities as text, no negative zero."""
    return value + 0.0 if math.isfinite(value) else str(value)


def _place(minimum: dict[str, Any], prediction: str) -> str:
    at, value = _figure(minimum["at"]), _figure(minimum["value"])
    form = minimum["closed_form"]
    where = f"{prediction} = {at}"
    if form and form != at:
        given = ", ".join(f"{k} = {_figure(v)}" for k, v in minimum["constants"].items())
        where += f" = {form}" + (f" with {given}" if given else "")
    if minimum["flat"]:
        low, high = map(_figure, minimum["flat"])
        where = f"{prediction} from {low} to {high}"
    end = f" ({minimum['place']} of the range)" if "end" in minimum["place"] else ""
    return f"at {where}, where the loss is {value}{end}"


def _figure(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.7g}"
