"""`lossgp fit`."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .interrupts import CommandInterrupt, interrupts
from .lines import say
from .options import Duration, json_option, output_file

if TYPE_CHECKING:
    from lossgp.fitting import Fit, FitProgress

SUFFIXES = (".txt",)


@click.command("fit")
@click.argument("curve", metavar="CURVE", type=click.Path(path_type=Path))
@click.option("--loss", metavar="NAME", help="Which loss, where the file holds several.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write the formulas, one a line, as `evolve --seed-losses` reads them.",
)  # fmt: skip
@click.option("--best", type=int, metavar="K", help="How many formulas.  [10]")
@click.option("--seed", type=int, metavar="S", help="Of the search.  [0]")
@click.option("--generations", type=int, metavar="T", help="Of programs.  [20]")
@click.option("--population", type=int, metavar="N", help="Programs in each.  [1000]")
@click.option(
    "--parsimony", type=float, metavar="ERROR",
    help="How much smaller the error must be for each node.  [0.001]",
)  # fmt: skip
@click.option(
    "--operators", metavar="SET|NAMES", help="paper, extended, or names with commas.  [paper]"
)
@click.option("--max-size", type=int, metavar="NODES", help="Of a program.  [60]")
@click.option(
    "--time-limit", type=Duration(), metavar="TIME", help="Begin no generation after it, as 2m."
)
@json_option("the formulas")
def command(
    curve: Path, output: Path | None, as_json: bool, operators: str | None, **given: Any
) -> None:
    """Turn a tabulated or learned loss into formulas.

    CURVE is a table with columns p (or y_pred, or score), l1 and l0: the loss for real and for
    generated samples; or with a row for each p, y_real and loss. gplearn searches for formulas of
    the operators that losses are trained with: of prediction and label together, and of l1 and l0
    apart. They are ranked by error, which counts residuals by the size of the loss where they
    lie, and by size.

    Ctrl-C ends the search, and keeps the best so far.
    """
    if output is not None:
        output_file(output, SUFFIXES)
    interrupts.words = lambda: "Interrupted before a generation of programs was complete."
    from lossgp.fitting import fit
    from lossgp.report.fit_display import Display

    if operators is not None and "," in operators:
        given["operators"] = tuple(name.strip() for name in operators.split(",") if name.strip())
    else:
        given["operators"] = operators
    with Display() as display:

        def on_generation(progress: FitProgress) -> None:
            interrupts.words = lambda: "Interrupted."
            display.generation(progress)

        found = fit(curve, on_generation=on_generation, **given)
    if output is not None:
        found.write(output)
    _show(found, curve, output, as_json=as_json)
    if found.ended == "interrupt":
        interrupts.words = lambda: "Interrupted; the best so far are above."
        raise CommandInterrupt


def _show(found: Fit, curve: Path, output: Path | None, *, as_json: bool) -> None:
    if as_json:
        data = {
            "curve": str(curve),
            "points": len(found.curve.p),
            "notes": list(found.curve.notes),
            "generations": found.generations,
            "ended": found.ended or "finished",
            "formulas": [one.to_json() for one in found.formulas],
        }
        click.echo(json.dumps(data, indent=1))
        return
    say(f"Formulas for {curve}: {len(found.curve.p)} points, {found.generations} generations")
    for note in found.curve.notes:
        say(f"Note: {note}")
    for rank, one in enumerate(found.formulas, 1):
        click.echo()
        say(f"{rank:3}  {one.loss.text()}")
        say(f"     error {_percent(one.error)}, {one.loss.size} nodes; largest residual "
            f"{one.largest:.3g}")  # fmt: skip
        say(f"     {one.loss.latex()}")
    click.echo()
    say("error: root mean square residual, of the size of the loss where it lies")
    if output is not None:
        say(f"Wrote {output}; start a search with them: lossgp evolve --seed-losses {output}")


def _percent(error: float) -> str:
    return f"{100 * error:.2g} %" if math.isfinite(error) else "not finite"
