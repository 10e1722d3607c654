"""`lossgp zoo`."""

from __future__ import annotations

import json
from itertools import groupby

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
                "aliases": zoo.aliases(e.name),
                "group": e.group,
                "form": e.form,
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
    for group, entries in groupby(zoo.ENTRIES, key=lambda e: e.group):
        click.echo(group)
        for e in entries:
            also = f"; also called {', '.join(names)}" if (names := zoo.aliases(e.name)) else ""
            click.echo(f"  {e.name:{width}}  {LossPair.of(e.loss).text()}")
            click.echo(f"  {'':{width}}  {e.title} ({e.source}{also})")
        click.echo()
    click.echo(
        "y_pred is a probability, score the raw output; y_real is 1 for real and 0 for generated\n"
        "samples. One formula serves D and G, which meets the label 1."
    )
    click.echo(f"\nShow one:  {hint('show')} NAME\nPlot some: {hint('plot')} NAME NAME -o FILE")
