"""`lossgp same`."""

from __future__ import annotations

from pathlib import Path

import click

from .options import runs_dir_option

_MEANING = {
    "structure": "equal in structure: the same formula, up to order and folding",
    "value": "equal in value on the whole domain, though written differently",
    "gradient": "equal in gradient up to a positive factor: an optimiser that does not see the "
    "scale, such as Adam, trains alike with both",
}


@click.command("same")
@click.argument("first", metavar="LOSS")
@click.argument("second", metavar="LOSS")
@runs_dir_option
@click.pass_context
def command(ctx: click.Context, first: str, second: str, runs_dir: Path) -> None:
    """Tell at which level two losses are equal, and the scale between them.

    Levels, strictest first: structure, value, gradient. The exit code is 0 where they are
    equal at some level, else 1.
    """
    from lossgp.expressions import LossPair

    from .losses import resolve

    a, b = (LossPair.of(resolve(written, runs_dir).loss) for written in (first, second))
    level, scales = a.compare(b)
    if level is None or scales is None:
        click.echo("different: no common level of structure, value or gradient")
        ctx.exit(1)
    click.echo(_MEANING[level])
    if level == "gradient":
        factors = [f"{scale:.6g}" for scale in scales]
        alike = factors[0] == factors[1]
        shown = factors[0] if alike else f"{factors[0]} for D, {factors[1]} for G"
        click.echo(f"slopes of the first = {shown} x slopes of the second")
