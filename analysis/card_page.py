"""The card as one A4 page, for PDF and print."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from .card import Card, formula_text
from .figures import new_figure
from .game import Game
from .plots import draw_shapes
from .theory_plots import draw_discriminators, draw_divergences, draw_field

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

A4 = (8.27, 11.69)
_WIDTH = 112  # characters of a line of prose
_CELL = 46  # characters of a cell of the table


def page(card: Card) -> Figure:
    """Return the page: title, formulas, sentences, seven plots, table."""
    figure = new_figure(*A4)
    figure.set_layout_engine("constrained", rect=(0.02, 0.02, 0.96, 0.96))
    lines = [line for s in card.sentences for line in textwrap.wrap(f"• {s}", _WIDTH)]
    top = 0.5 + 0.32 * len(card.formulas()) + 0.17 * (len(lines) + len(card.closed_forms()))
    grid = figure.add_gridspec(4, 12, height_ratios=[top, 3.4, 2.2, 4.0])
    _head(figure.add_subplot(grid[0, :]), card, lines, top)
    plots = grid[1, :].subgridspec(2, 2)
    draw_shapes(figure, plots, card.losses)
    first, second, third = (figure.add_subplot(grid[2, 4 * i : 4 * i + 4]) for i in range(3))
    draw_discriminators(first, card.losses)
    draw_divergences(second, card.losses, second=True)
    second.set_title("Weight $f''(u)$ of the divergence")
    draw_field(third, Game.of(card.loss), 0.0)
    third.set_title("Dirac-GAN")
    _table(figure.add_subplot(grid[3, :]), card)
    return figure


def _head(axes: Axes, card: Card, lines: list[str], height: float) -> None:
    axes.axis("off")
    axes.set(xlim=(0, 1), ylim=(height, 0))
    axes.set_in_layout(False)  # wide text must not shrink the plots
    axes.text(0, 0.05, card.name, fontsize=15, weight="bold", va="top")
    y = 0.42
    for symbol, written in card.formulas():
        size = 10.5 if len(written) < 100 else 7
        axes.text(0, y, formula_text(symbol, written), fontsize=size, va="center")
        y += 0.32
    for line in [*card.closed_forms(), *lines]:
        axes.text(0, y, line, fontsize=8, va="center")
        y += 0.17


def _table(axes: Axes, card: Card) -> None:
    axes.axis("off")
    axes.set_in_layout(False)
    rows = [[a, _cut(b), _cut(c)] for a, b, c in card.table()]
    table = axes.table(
        rows,
        colLabels=["", card.name, card.other_name],
        cellLoc="left",
        colLoc="left",
        colWidths=[0.26, 0.37, 0.37],
        loc="upper center",
        edges="horizontal",
    )
    table.auto_set_font_size(False)
    table.set_fontsize(7)
    table.scale(1.0, 1.12)
    for cell in table.get_celld().values():
        cell.set_edgecolor("#CCCCCC")
        cell.set_linewidth(0.5)


def _cut(text: str) -> str:
    return text if len(text) <= _CELL else text[: _CELL - 1] + "…"
