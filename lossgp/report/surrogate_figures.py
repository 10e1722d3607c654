"""What a surrogate predicted of losses before their training, and what came."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lossgp.results.guidance import RunGuidance
from lossgp.search import Individual
from lossgp.search.prediction import measured_log, trained_values

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FARTHEST = 100.0
_LOG_FROM = 8.0  # axes are logarithmic where the largest value is so many times the least
_CHOSEN, _BY_CHANCE = "#D55E00", "#0072B2"


def draw_predictions(axes: Axes, individuals: Sequence[Individual], metric: str) -> None:
    """Draw measured over predicted, of the losses that were chosen and those left to chance."""
    ends: list[float] = []
    for chosen, colour, label in ((True, _CHOSEN, "chosen"), (False, _BY_CHANCE, "by chance")):
        points = [
            (_placed(one.mean), _placed(measured_log(values, math.inf)))
            for i in individuals
            if (one := i.candidate.prediction) is not None
            and one.chosen is chosen
            and (values := trained_values(i.score))
        ]
        if points:
            x, y = zip(*points, strict=True)
            axes.scatter(x, y, s=13, color=colour, alpha=0.7, linewidths=0, label=label)
            ends += [*x, *y]
    if ends:
        span = [min(ends), max(ends)]
        axes.plot(span, span, color="#888888", linewidth=0.8, linestyle=":")
        if span[1] > _LOG_FROM * span[0]:
            axes.set(xscale="log", yscale="log")
        axes.legend(loc="best", fontsize="x-small")
    axes.set(xlabel=f"predicted {metric}", ylabel=f"measured {metric}",
             title="Predicted before training, and measured")  # fmt: skip


def _placed(logarithm: float) -> float:
    """Return the number of a natural logarithm, as far as an axis can place it."""
    return math.exp(max(-_FARTHEST, min(logarithm, _FARTHEST)))


def draw_correlations(axes: Axes, found: RunGuidance) -> None:
    """Draw the rank correlation of predicted and measured, generation by generation."""
    told = {
        number + 1: one.correlation
        for number, one in found.generations.items()
        if one.correlation is not None
    }
    axes.axhline(0, color="#888888", linewidth=0.8)
    axes.plot(list(told), list(told.values()), marker="o", markersize=3, color=_CHOSEN)
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel="generation", ylabel="Spearman's rank correlation", ylim=(-1.05, 1.05),
             title="What the surrogate knew")  # fmt: skip
