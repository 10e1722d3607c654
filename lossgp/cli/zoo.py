"""`lossgp zoo`."""

from __future__ import annotations

import json

import click

from .hints import command as hint
from .options import json_option


@click.command("zoo")
@json_option("the losses")
def command(as_json: bool) -> None:
    """List the known losses: names, formulas, sources."""
    from lossgp.expressions import LossPair, zoo

    if as_json:
        rows = [
            {
                "name": e.name,
                "formula": e.formula,
                "latex": LossPair.of(e.loss).latex(),
                "title": e.title,
                "source": e.source,
            }
            for e in zoo.ENTRIES
        ]
        click.echo(json.dumps(rows, indent=1))
        return
    width = max(len(e.name) for e in zoo.ENTRIES)
    for e in zoo.ENTRIES:
        click.echo(f"{e.name:{width}}  {LossPair.of(e.loss).text()}")
        click.echo(f"{'':{width}}  {e.title} ({e.source})")
    click.echo(f"\nShow one:  {hint('show')} NAME\nPlot some: {hint('plot')} NAME NAME -o FILE")
