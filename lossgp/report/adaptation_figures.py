"""Rates of crossover and mutation, and shares of the mutations, over a search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lossgp.results.adaptation import Adapted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = ("#0072B2", "#D55E00")


def draw_rates(axes: Axes, found: Sequence[Adapted]) -> None:
    """Draw the mean rates of each generation over the range of what offspring have drawn."""
    generations = [one.generation + 1 for one in found]
    for name, colour in zip(("crossover", "mutation"), _COLOURS, strict=True):
        drawn = [[getattr(rates, name) for rates in one.rates] for one in found]
        axes.fill_between(generations, list(map(min, drawn)), list(map(max, drawn)),
                          color=colour, alpha=0.15, linewidth=0)  # fmt: skip
        axes.plot(generations, [getattr(one, name) for one in found], marker="o", markersize=3,
                  color=colour, label=name)  # fmt: skip
    _whole_numbers(axes)
    axes.set(xlabel="generation", ylabel="rate", ylim=(0, 1.02),
             title="Rates that offspring drew: mean and range")  # fmt: skip
    axes.legend(loc="best", fontsize="x-small")


def draw_shares(axes: Axes, found: Sequence[Adapted]) -> None:
    """Draw how often each mutation was the one, generation by generation."""
    generations = [one.generation + 1 for one in found]
    for name in found[0].shares:
        axes.plot(generations, [one.shares.get(name, 0.0) for one in found], marker="o",
                  markersize=3, label=name)  # fmt: skip
    _whole_numbers(axes)
    axes.set(xlabel="generation", ylabel="share", ylim=(0, 1.02), title="Shares of the mutations")
    axes.legend(loc="best", fontsize="x-small")


def _whole_numbers(axes: Axes) -> None:
    """Let no tick stand between two generations."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
