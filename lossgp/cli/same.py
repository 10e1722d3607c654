"""`lossgp same`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .completing import losses
from .options import runs_dir_option

if TYPE_CHECKING:
    from lossgp.expressions import Loss, LossPair

NEARLY = 1e-3
"""Differences below this are called small; a tolerance of reading, not of any level."""

USUAL = 8.0
"""Scores that a discriminator mostly gives; losses may be nearly equal there and differ beyond."""

_MEANING = {
    "structure": "equal in structure: the same formula, up to order and folding",
    "value": "equal in value, though written differently",
    "gradient": "equal in gradient up to a positive factor: an optimiser that does not see the "
    "scale, such as Adam, trains alike with both",
}


@click.command("same")
@click.argument("first", metavar="LOSS", shell_complete=losses)
@click.argument("second", metavar="LOSS", shell_complete=losses)
@runs_dir_option
@click.pass_context
def command(ctx: click.Context, first: str, second: str, runs_dir: Path) -> None:
    """Tell at which level two losses are equal, and the scale between them.

    Levels, strictest first: structure, value, gradient. The exit code is 0 where they are
    equal at some level, else 1; then it is told where they differ most, and by how much.
    """
    from lossgp.expressions import LossPair

    from .losses import resolve

    a, b = (LossPair.of(resolve(written, runs_dir).loss) for written in (first, second))
    level, scales = a.compare(b)
    if level is None or scales is None:
        click.echo("different: no common level of structure, value or gradient")
        for line in _differences(a, b):
            click.echo(line)
        ctx.exit(1)
    click.echo(_MEANING[level])
    if level == "gradient":
        factors = [f"{scale:.6g}" for scale in scales]
        alike = factors[0] == factors[1]
        shown = factors[0] if alike else f"{factors[0]} for D, {factors[1]} for G"
        click.echo(f"slopes of the first = {shown} x slopes of the second")
    if level != "structure":
        for line in _looked_at(a, b):
            click.echo(line)


def _halves(a: LossPair, b: LossPair) -> list[tuple[Loss, Loss, str]]:
    """Return the losses that are compared, with whose they are: D's and G's where they differ."""
    if a.is_single and b.is_single:
        return [(a.discriminator, b.discriminator, "")]
    return [(a.discriminator, b.discriminator, "D's "), (a.generator, b.generator, "G's ")]


def _differences(a: LossPair, b: LossPair) -> Iterator[str]:
    """Yield where the losses differ most, for D and for G where these have their own."""
    for first, second, whose in _halves(a, b):
        yield from _half(first, second, whose)


def _looked_at(a: LossPair, b: LossPair) -> Iterator[str]:
    """Yield on how many points, and of which range, losses were found to be equal."""
    for first, second, whose in _halves(a, b):
        gap, _ = first.gaps(second)
        name = _variable(first, second)
        yield (
            f"{f'{whose}losses were ' if whose else ''}compared at {gap.points:,} points of "
            f"{name} in [{gap.low:g}, {gap.high:g}]: evenly spread, near the ends, and where an "
            "operand changes its sign or turns"
        )


def _variable(a: Loss, b: Loss) -> str:
    return "score" if "identity" in (a.link, b.link) else "y_pred"


def _half(a: Loss, b: Loss, whose: str) -> Iterator[str]:
    name = _variable(a, b)
    gaps = a.gaps(b)
    for what, gap in zip(("values", "slopes"), gaps, strict=True):
        if gap.size == 0:
            yield f"{whose}{what} do not differ for {name} in [{gap.low:g}, {gap.high:g}]"
            continue
        yield (
            f"{whose}{what} differ most at {name} = {gap.at:.5g}, y_real = {gap.label}: "
            f"{gap.first + 0.0:.7g} and {gap.second:.7g} ({gap.size:.2g} of 1 + the first's size)"
        )
    if name == "score" and max(gap.size for gap in gaps) >= NEARLY:
        gaps = a.gaps(b, reach=USUAL)  # scores beyond are rare
    if 0 < max(gap.size for gap in gaps) < NEARLY:
        why = ": the epsilon of the protected operators can make differences this small"
        yield (
            f"{whose or 'The '}losses are nearly equal for {name} in "
            f"[{gaps[0].low:g}, {gaps[0].high:g}]{why if a.is_protected or b.is_protected else ''}"
        )
