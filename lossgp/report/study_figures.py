"""The picture of a study: what each arm had found at which cost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from lossgp.results.study import Member, Study, quartiles

from .known_titles import title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe & Ito's colours, which people with colour blindness can tell apart.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#000000")
_STYLES = ("-", "--", ":")
_PLACES = 60  # costs at which the searched curves are drawn
_MOST = 1e100  # what an axis can place


def draw_study(study: Study, path: Path) -> Path:
    """Draw the best so far over the cost, searched and confirmed, and return the path.

    A line is the median over the runs of an arm, the band from quartile to quartile; thin lines
    are the runs. Confirmed scores are known at the costs of the study. Equal studies give equal
    bytes.

    Raises:
        ValueError: the path's suffix is not .png, .pdf or .svg.
    """
    from lossgp.analysis.figures import new_figure, save, styled

    with styled() as scale:
        figure = new_figure(11.5 * scale, 4.8 * scale)
        left, right = figure.subplots(1, 2, sharey=True)
        steps = [study.horizon * (i + 1) / _PLACES for i in range(_PLACES)]
        if study.doubling:
            steps = [study.costs[0] * 2 ** (i * (len(study.costs) - 1) / _PLACES)
                     for i in range(_PLACES + 1)]  # fmt: skip
        _draw(left, study, steps, study.searched)
        _draw(right, study, list(study.costs), study.confirmed)
        goal = study.objective.goal.title
        left.set(title="Best so far, as the searches saw it", ylabel=goal)
        right.set(title=f"Best so far, on {study.confirm} fresh seeds")
        if (score := study.target_score) is not None and study.target is not None:
            right.axhline(min(score, _MOST), color="#444444", linewidth=1, linestyle="--",
                          label=title(study.target[0]))  # fmt: skip
        for axes in (left, right):
            axes.set_xlabel(f"cost of a run ({study.unit})")
            if study.doubling:
                axes.set_xscale("log", base=2)
                axes.set_xticks(study.costs, [f"{cost:,.0f}" for cost in study.costs])
                axes.set_xlim(study.costs[0], study.horizon)
            else:
                axes.set_xlim(0, study.horizon)
            _scale(axes)
            if axes.get_legend_handles_labels()[0]:
                axes.legend(loc="best", fontsize="x-small")
        figure.suptitle(f"Study {study.name}: median and quartiles of {study.seeds} runs an arm")
        return save(figure, path)


def _draw(axes: Axes, study: Study, costs: list[float],
          score: Callable[[Member, float], float | None]) -> None:  # fmt: skip
    for row, arm in enumerate(study.arms):
        colour = _COLOURS[row % len(_COLOURS)]
        style = _STYLES[row // len(_COLOURS) % len(_STYLES)]
        runs = study.of(arm)
        known: dict[float, list[float]] = {}
        for run in runs:
            line = [(cost, value) for cost in costs if (value := score(run, cost)) is not None]
            line = [(cost, value) for cost, value in line if value < _MOST]
            for cost, value in line:
                known.setdefault(cost, []).append(value)
            if line:
                axes.plot(*zip(*line, strict=True), "-", color=colour, linewidth=0.5, alpha=0.35)
        # Where some runs have nothing yet, a median would be that of the quick ones.
        whole = [cost for cost, values in sorted(known.items()) if len(values) == len(runs)]
        if whole:
            low, middle, high = zip(*(quartiles(known[cost]) for cost in whole), strict=True)
            axes.fill_between(whole, low, high, color=colour, alpha=0.15, linewidth=0)
            marker = "o" if len(whole) <= 20 else ""
            axes.plot(whole, middle, color=colour, linestyle=style, label=arm, marker=marker,
                      markersize=3)  # fmt: skip


def _scale(axes: Axes) -> None:
    low, high = axes.dataLim.y0, axes.dataLim.y1
    if low > 0 and high > 4 * low:
        axes.set_yscale("log")
