"""The formulas of a card as lines that Matplotlib can draw."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .card import Card
from .figures import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SMALLEST, _PLAIN = 5.0, 7.0  # sizes of type, in points


def drawable_latex(written: str) -> str:
    """Return LaTeX in what Matplotlib's mathtext knows."""
    written = re.sub(r"\\operatorname\{(\w+)\}", r"\\mathrm{\1}", written)
    return written.replace(r"\left", "").replace(r"\right", "")


def formulas_figure(card: Card) -> Figure:
    """Return the formulas drawn as mathematics; in plain text where they cannot be."""
    rows = card.formulas()
    width = 10.5
    figure = new_figure(width, 0.52 * len(rows) + 0.1)
    for i, (line, size) in enumerate(formula_lines(card, 13.0, 72.0 * (width - 0.1))):
        figure.text(0.005, 1.0 - (i + 0.5) / len(rows), line, va="center", fontsize=size)
    return figure


def formula_lines(card: Card, size: float, width: float) -> list[tuple[str, float]]:
    """Return the formulas of a card as lines to draw, each with its size of type in points.

    Args:
        card: the card.
        size: the size of type that is wanted; smaller where a formula would not fit.
        width: of the line, in points.
    """
    rows = zip(card.formulas(), card.formulas("text"), strict=True)
    return [_formula_line(symbol, a, b, size, width) for (symbol, a), (_, b) in rows]


def _formula_line(
    symbol: str, written: str, plain: str, size: float, width: float
) -> tuple[str, float]:
    """Return `$symbol = LaTeX$`, or plain text cut to the line where that cannot be drawn."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.mathtext import MathTextParser

    line = f"${symbol} = {drawable_latex(written)}$"
    try:
        drawn = MathTextParser("path").parse(line, dpi=72, prop=FontProperties(size=size))
    except ValueError:
        drawn = None
    fitting = 0.0 if drawn is None else size * min(1.0, width / float(drawn[0]))
    if fitting >= _SMALLEST:
        return line, fitting
    line = f"{symbol} = {plain}".replace("$", "")
    most = int(width / (0.62 * _PLAIN))  # about how many letters are in a line
    return line if len(line) <= most else line[: most - 1] + "…", _PLAIN
