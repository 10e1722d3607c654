"""`lossgp plot`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lossgp.common.echo import quoted

from .completing import losses_and_runs
from .lines import say
from .options import output_file, output_option, runs_dir_option

if TYPE_CHECKING:
    from lossgp.expressions import Loss, LossPair
    from lossgp.results.result import Result

KINDS = ("shapes", "discriminators", "divergences", "field")
PICTURES = (".png", ".pdf", ".svg")
SUFFIXES = (*PICTURES, ".csv")


@click.command("plot")
@click.argument(
    "losses", nargs=-1, required=True, metavar="LOSS...|RUN", shell_complete=losses_and_runs
)
@click.option(
    "--against", default="bce", show_default=True, help="The loss to compare with, or none."
)
@output_option(
    "The file to write: .png, .pdf or .svg; or .csv, for the curves as numbers. Of a run it is "
    "search.png in the run's directory by default."
)
@click.option(
    "--kind", type=click.Choice(KINDS), default="shapes", show_default=True,
    help="Loss and gradient shapes; what D converges to; the divergence of G; the field of the "
    "Dirac-GAN.",
)  # fmt: skip
@click.option(
    "--style", type=click.Choice(["screen", "paper"]), default="screen", show_default=True
)
@click.option(
    "--range", "span", type=float, nargs=2, metavar="LOW HIGH",
    help="Of the predictions, or of the scores if a loss is one of scores  [0 1; -8 8]",
)  # fmt: skip
@click.option(
    "--pareto", is_flag=True,
    help="Of a run: mean against spread and size, with the losses that no other beats; into "
    "pareto.png by default.",
)  # fmt: skip
@runs_dir_option
def command(
    losses: tuple[str, ...],
    against: str,
    output: Path | None,
    kind: Any,
    style: Any,
    span: tuple[float, float] | None,
    pareto: bool,
    runs_dir: Path,
) -> None:
    """Draw losses and their gradients, for both labels, against BCE; or a whole search.

    A LOSS is a known name, a formula, a pair "D: ...; G: ...", or RUN#RANK. Of a RUN the picture
    shows its progress, size against score with the front, where its best loss came from, and what
    was not trained.
    """
    if len(losses) == 1 and (result := stored_run(losses[0], runs_dir)) is not None:
        from lossgp.report.pareto_figure import draw_pareto
        from lossgp.report.run_figures import draw_run

        name = "pareto.png" if pareto else "search.png"
        path = output_file(output or result.directory / name, PICTURES)
        (draw_pareto if pareto else draw_run)(result, path)
        say(f"Wrote {path}")
        return
    if pareto:
        raise click.UsageError(f"--pareto is of one run, and {quoted(losses[0], 60)} is none")
    if output is None:
        raise click.UsageError("say where to write to, as -o shapes.png")
    output_file(output, SUFFIXES)
    as_numbers = output.suffix.lower() == ".csv"
    if as_numbers and kind != "shapes":
        raise click.UsageError(f"-o {output}: numbers are written of --kind shapes, not of {kind}")
    if span is not None and kind != "shapes":
        raise click.UsageError(f"--range is of --kind shapes; {kind} has a range of its own")
    from .losses import resolve

    named = [resolve(written, runs_dir) for written in losses]
    shown: dict[str, Loss | LossPair] = {}
    for n in named:
        name = n.loss.text() if as_numbers and n.name == "formula" else n.name
        name = name if name not in shown and name != "formula" else f"loss {len(shown) + 1}"
        shown[name] = n.loss
    if against != "none":
        other = resolve(against, runs_dir)
        shown.setdefault(other.name, other.loss)
    _check_range(span, shown)
    if as_numbers:
        from lossgp.analysis import write_csv

        write_csv(shown, output, span)
    else:
        from lossgp.analysis.plot_kinds import draw

        draw(kind, shown, output, style, span)
    say(f"Wrote {output}")


def stored_run(name: str, runs_dir: Path) -> Result | None:
    """Return the run of this name, or None if there is none."""
    from lossgp.results.load import load
    from lossgp.runs import Store

    from .losses import is_run

    if not is_run(name, runs_dir):
        return None
    with Store.read_only(runs_dir) as store:
        return load(store, name)


def _check_range(span: tuple[float, float] | None, losses: dict[str, Loss | LossPair]) -> None:
    if span is None:
        return
    from lossgp.analysis.curves import points_of
    from lossgp.analysis.plots import on_scores

    try:
        points_of(span, on_scores(losses))
    except ValueError as error:
        raise click.UsageError(f"--range: {error}") from None
