"""The picture of a run's Pareto archive: mean score against its spread, and the size of each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lossgp.common.echo import printable
from lossgp.results.formulas import short
from lossgp.results.pareto import AIMS, chosen, mean_of

from .comparison_figures import PLACED

if TYPE_CHECKING:
    from lossgp.results.result import Result
    from lossgp.search import Individual

BLUE, ORANGE = "#0072B2", "#D55E00"
_AREA = 4.0  # of a marker, in square points, for each node


def draw_pareto(result: Result, path: Path) -> Path:
    """Draw all losses that are compared, the archive among them, and return the path.

    The area of a marker is the size of the loss. The line is the limit of RUN@spread and
    RUN@size: one spread above the best mean. Equal results give equal bytes.

    Raises:
        ValueError: the path's suffix is not .png, .pdf or .svg.
    """
    from lossgp.analysis.figures import new_figure, save, styled

    archive = [_placed(i, result) for i in result.pareto]
    kept = {i.candidate.name for i in archive}
    rest = [_placed(i, result) for i in result.comparable if result.score(i).is_whole]
    rest = [i for i in rest if i.candidate.name not in kept]
    with styled() as scale:
        figure = new_figure(8.0 * scale, 5.0 * scale)
        axes = figure.subplots()
        for shown, colour, label in ((rest, BLUE, "others"), (archive, ORANGE, "the archive")):
            axes.scatter([i.score.mean for i in shown], [i.score.std for i in shown],
                         s=[_AREA * i.candidate.size for i in shown], color=colour, alpha=0.5,
                         linewidths=0, label=label if shown else None)  # fmt: skip
        for one in archive:
            aims = [f"@{aim}" for aim in AIMS if chosen(archive, aim) is one]
            # Only what has a name of its own is written out: archives may be long.
            formula = [printable(short(one.candidate.loss, 40))] if aims else []
            axes.annotate(
                "  ".join([one.candidate.label, *aims, *formula]),
                (one.score.mean, one.score.std),
                xytext=(4, 4),
                textcoords="offset points",
                fontsize="x-small",
                parse_math=False,
            )
        if archive:
            limit = archive[0].score.mean + archive[0].score.std
            axes.axvline(limit, color="#888888", linewidth=0.8, linestyle=":")
            axes.legend(loc="best", fontsize="x-small")
        goal = result.objective.goal.title
        axes.set(
            xlabel=f"mean {goal}",
            ylabel=f"standard deviation of {goal} over the seeds",
            title=f"Search {result.name}: what no loss beats in mean, spread and size (area), on "
            f"{'fresh seeds' if result.confirmation else 'the seeds of the search'}",
        )
        return save(figure, path)


def _placed(individual: Individual, result: Result) -> Individual:
    """Return an individual with the score that counts, cut to what every backend can place."""
    score = result.score(individual)
    return replace(
        individual,
        score=replace(
            score, posterior=None, mean=min(mean_of(score), PLACED), std=min(score.std, PLACED)
        ),
    )
