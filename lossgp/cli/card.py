"""`lossgp card`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .completing import losses
from .lines import say
from .options import output_file, output_option, runs_dir_option

SUFFIXES = (".html", ".pdf", ".json", ".png", ".svg")


@click.command("card")
@click.argument("loss", shell_complete=losses)
@click.option(
    "--against",
    default="bce",
    show_default=True,
    help="The loss beside it, or none.",
    metavar="LOSS",
)
@output_option("The file to write: .html, .pdf, .json, .png or .svg; without it, text.")
@click.option("--name", help="The title.")
@click.option(
    "--style",
    type=click.Choice(["screen", "paper"]),
    default="screen",
    show_default=True,
    help="Size of type and lines in .html; .pdf, .png and .svg are a page for print.",
)
@runs_dir_option
def command(
    loss: str, against: str, output: Path | None, name: str | None, style: Any, runs_dir: Path
) -> None:
    """Everything that analysis knows of a loss, beside BCE's.

    Formula, form by class, minima, what D converges to, the divergence that G minimises, its
    gradients, and whether training oscillates. A LOSS is a known name, a formula, a pair
    "D: ...; G: ...", or RUN#RANK.
    """
    if output is not None:
        output_file(output, SUFFIXES)
    from lossgp.analysis.card import make_card
    from lossgp.analysis.card_files import write_card

    from .losses import resolve

    named = resolve(loss, runs_dir)
    rival = resolve(against, runs_dir) if against != "none" else None
    card = make_card(
        named.loss,
        name=name or named.name,
        against=rival.loss if rival else None,
        against_name=rival.name if rival else None,
    )
    if output is not None:
        write_card(card, output, style)
        say(f"Wrote {output}")
        return
    say(card.name)
    click.echo()
    for symbol, formula in card.formulas("text"):
        click.echo(f"  {symbol} = {formula}")
    click.echo("  (simplified for the labels 0 and 1, constants shortened)")
    for line in card.closed_forms():
        click.echo(f"  {line}")
    rows = [card.columns, *card.table()]
    widths = [max(len(row[i]) for row in rows) for i in range(len(card.columns))]
    click.echo()
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(f"  {'  '.join(cells)}".rstrip())
    click.echo()
    for sentence in card.sentences:
        click.echo(sentence)
