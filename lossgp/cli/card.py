"""`lossgp card`."""

from __future__ import annotations

from pathlib import Path

import click

from .options import output_file, output_option, runs_dir_option

SUFFIXES = (".html", ".pdf", ".json", ".png", ".svg")


@click.command("card")
@click.argument("loss")
@click.option("--against", default="bce", show_default=True, help="The known loss beside it.")
@output_option("The file to write: .html, .pdf, .json, .png or .svg; without it, text.")
@click.option("--name", help="The title.")
@runs_dir_option
def command(loss: str, against: str, output: Path | None, name: str | None, runs_dir: Path) -> None:
    """Everything that analysis knows of a loss, beside BCE's.

    Formula, form by class, minima, what D converges to, the divergence that G minimises, its
    gradients, and whether training oscillates. A LOSS is a known name, a formula, a pair
    "D: ...; G: ...", or RUN#RANK.
    """
    if output is not None:
        output_file(output, SUFFIXES)
    from lossgp.analysis.card import make_card, write_card
    from lossgp.expressions import FormulaError, zoo

    from .losses import resolve

    if against not in zoo.BY_NAME:
        raise FormulaError(f"--against {against!r}: must be one of {', '.join(zoo.names())}")
    named = resolve(loss, runs_dir)
    card = make_card(named.loss, name=name or named.name, against=against)
    if output is not None:
        write_card(card, output)
        click.echo(f"Wrote {output}")
        return
    click.echo(f"{card.name}\n")
    for symbol, formula in card.formulas():
        click.echo(f"  {symbol} = {formula}")
    for line in card.closed_forms():
        click.echo(f"  {line}")
    rows = [("", card.name, against), *card.table()]
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    click.echo()
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(f"  {'  '.join(cells)}".rstrip())
    click.echo()
    for sentence in card.sentences:
        click.echo(sentence)
