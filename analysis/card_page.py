"""The card as one A4 page, for PDF and print."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from .card import Card
from .card_formulas import formula_lines
from .figures import PROTECTED, SIMPLIFIED, new_figure
from .game import Game
from .plots import draw_shapes, shown_sides
from .theory_plots import draw_discriminators, draw_divergences, draw_field

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

A4 = (8.27, 11.69)
_WIDTH = 122  # characters of a line of prose
_FORMULA, _LINE = 0.36, 0.16  # inches
_TEXT = 0.89 * A4[0] * 72.0  # points of a line of the page
_CELLS = 96  # characters of the cells of a row of the table


def page(card: Card) -> Figure:
    """Return the page: title, formulas, sentences, seven plots, table."""
    figure = new_figure(*A4, fitted=False)
    unbroken = [s.replace(" = ", "\u00a0=\u00a0") for s in card.sentences]
    lines = [line for s in unbroken for line in textwrap.wrap(f"• {s}", _WIDTH)]
    top = 0.40 + _FORMULA * len(card.formulas()) + _LINE * (len(lines) + len(card.closed_forms()))
    rest = A4[1] - top - 0.9  # inches, less margins
    heights = [top, 0.37 * rest, 0.20 * rest, 0.43 * rest]
    grid = figure.add_gridspec(
        4, 1, height_ratios=heights, left=0.08, right=0.97, top=0.975, bottom=0.02, hspace=0.30
    )
    head = figure.add_subplot(grid[0])
    _head(head, card, lines, top)
    plots = grid[1].subgridspec(len(shown_sides(card.losses)), 2, hspace=0.45, wspace=0.22)
    handles, labels = draw_shapes(figure, plots, card.losses)
    row = grid[2].subgridspec(1, 3, wspace=0.38)
    first, second, third = (figure.add_subplot(row[i]) for i in range(3))
    draw_discriminators(first, card.losses)
    draw_divergences(second, card.losses, second=True)
    second.set_title("Weight $f''(u)$ of the divergence")
    draw_field(third, Game.of(card.loss), 0.0)
    third.set_title("Dirac-GAN")
    names = [label.split(":")[0] for label in labels]
    head.legend(handles, names, loc="upper right", ncols=2, bbox_to_anchor=(1.0, 0.02))
    _table(figure.add_subplot(grid[3]), card)
    return figure


def _head(axes: Axes, card: Card, lines: list[str], height: float) -> None:
    axes.axis("off")
    axes.set(xlim=(0, 1), ylim=(height, 0))
    axes.text(0, 0.0, card.name, fontsize=15, weight="bold", va="top")
    axes.text(
        1, 0.0, f"{PROTECTED}\n{SIMPLIFIED}", fontsize=6.5, color="#555555", va="top", ha="right"
    )
    y = 0.50
    for line, size in formula_lines(card, 10.5, _TEXT):
        axes.text(0, y, line, fontsize=size, va="center")
        y += _FORMULA
    for line in [*card.closed_forms(), *lines]:
        axes.text(0, y, line, fontsize=8, va="center")
        y += _LINE


def _table(axes: Axes, card: Card) -> None:
    from matplotlib.transforms import Bbox

    axes.axis("off")
    columns = len(card.columns) - 1
    rows = [[label, *(_cut(c, _CELLS // columns) for c in cells)] for label, *cells in card.table()]
    table = axes.table(
        rows,
        colLabels=list(card.columns),
        cellLoc="left",
        colLoc="left",
        colWidths=[0.26, *[0.74 / columns] * columns],
        bbox=Bbox.unit(),
        edges="horizontal",
    )
    table.auto_set_font_size(False)
    table.set_fontsize(7)
    for (row, _), cell in table.get_celld().items():
        cell.PAD = 0.01
        cell.set_edgecolor("#CCCCCC")
        cell.set_linewidth(0.5)
        if row == 0:
            cell.set_text_props(weight="bold")


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
