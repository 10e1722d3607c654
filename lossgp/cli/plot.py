"""`lossgp plot`."""

from __future__ import annotations

from pathlib import Path

import click

from .options import runs_dir_option

SUFFIXES = (".png", ".pdf", ".svg")


@click.command("plot")
@click.argument("losses", nargs=-1, required=True, metavar="LOSS...")
@click.option(
    "--against", default="bce", show_default=True, help="The loss to compare with, or none."
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True,
    help="The file to write: .png, .pdf or .svg.",
)  # fmt: skip
@click.option(
    "--style", type=click.Choice(["screen", "paper"]), default="screen", show_default=True
)
@runs_dir_option
def command(
    losses: tuple[str, ...], against: str, output: Path, style: str, runs_dir: Path
) -> None:
    """Draw losses and their gradients, for both labels, against BCE.

    A LOSS is a known name, a formula, a pair "D: ...; G: ...", or RUN#RANK.
    """
    if output.suffix.lower() not in SUFFIXES:
        raise click.UsageError(
            f"-o {output}: the suffix is {output.suffix!r}; it must be one of {', '.join(SUFFIXES)}"
        )
    if not output.parent.is_dir():
        raise click.UsageError(f"-o {output}: there is no directory {output.parent}")
    from .losses import resolve

    named = [resolve(written, runs_dir) for written in losses]
    shown = {}
    for n in named:
        name = n.name if n.name not in shown and n.name != "formula" else f"loss {len(shown) + 1}"
        shown[name] = n.loss
    other = None if against == "none" else resolve(against, runs_dir).loss
    from lossgp.analysis.plots import shapes

    shapes(shown, output, against=other, style=style)
    click.echo(f"Wrote {output}")
