"""Plots of losses: shapes and gradients (Figure 4 of the GANetic paper)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lossgp.expressions import Loss, LossPair, zoo

from .curves import SCORE_SPAN, Curve, curves, link_of, points_of
from .figures import (
    Style,
    dashes_on_top,
    fit_height,
    label_of,
    new_figure,
    note_protection,
    save,
    styled,
)
from .jets import Array
from .ranges import sigmoid

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.gridspec import GridSpecBase

Losses = Mapping[str, Loss | LossPair]
Span = tuple[float, float]

# The axes' heights are those of the curves this far from 0 and 1, where they have poles there.
_LOSS_POLES, _SLOPE_POLES = 0.04, 0.15
_STEEP = 4.0  # a curve that is so many times higher near its ends has a pole

_SIDES = {
    "real": r"real samples, $y=1$",
    "fake": r"generated samples, $y=0$",
    "generator": "generator",
}


def compared(losses: Losses, against: str | None) -> dict[str, Loss | LossPair]:
    """Return the losses with the one of the zoo they are held against, unless it is there.

    Raises:
        KeyError: the zoo has no loss of that name.
    """
    everything = dict(losses)
    if against is not None and against not in everything:
        known = zoo.entry(against).loss
        if all(known != loss for loss in everything.values()):
            everything[against] = known
    return everything


def on_scores(losses: Losses) -> bool:
    """Tell whether a plot must run over the score: some loss does not know the prediction."""
    return any(link_of(loss) == "identity" for loss in losses.values())


def shapes(
    losses: Losses,
    path: Path | str,
    against: str | None = "bce",
    style: Style = "screen",
    span: Span | None = None,
) -> Path:
    """Draw losses (left) and gradients (right) for both labels, as Figure 4 of the paper does.

    Args:
        losses: losses or pairs by the name they are to have in the legend.
        path: the file to write; .svg, .pdf or .png.
        against: the name of a loss of the zoo to draw beside them; None for none.
        style: "screen", or "paper" for smaller type and size.
        span: first and last point of the horizontal axis: scores where some loss is one of
            scores, else predictions; by default [−8, 8] or [0, 1].

    Raises:
        ValueError: the suffix or the style is unknown, or the span is empty or leaves [0, 1].
        KeyError: `against` is not in the zoo.
    """
    with styled(style) as scale:
        return save(shapes_figure(compared(losses, against), scale=scale, span=span), path)


def shapes_figure(losses: Losses, *, scale: float = 1.0, span: Span | None = None) -> Figure:
    """Return the figure of `shapes`; a third row for G where some pair has a loss for it."""
    rows = len(shown_sides(losses))
    figure = new_figure(10.5 * scale, (3.1 * rows + 0.5) * scale)
    handles, labels = draw_shapes(figure, figure.add_gridspec(rows, 2), losses, span)
    figure.legend(handles, labels, loc="outside upper left", ncols=_columns(labels))
    note_protection(figure, losses)
    return figure


def draw_shapes(
    figure: Figure, grid: GridSpecBase, losses: Losses, span: Span | None = None
) -> tuple[list[Any], list[str]]:
    """Draw losses and gradients into a grid of two columns; gives the legend's content.

    A grid of two rows shows D's sides alone, one of three G's as well.
    """
    scores = on_scores(losses)
    points = None if span is None else points_of(span, scores)
    row = None
    legend: tuple[list[Any], list[str]] = ([], [])
    for i, side in enumerate(("real", "fake", "generator")[: grid.nrows]):
        row = [figure.add_subplot(grid[i, j]) for j in (0, 1)]
        _shape_row(row, losses, side, scores, points)
        for axes in row:
            axes.tick_params(labelbottom=i == grid.nrows - 1)
        legend = legend if legend[0] else row[0].get_legend_handles_labels()
    for axes in row or ():
        axes.set_xlabel(r"score $s$" if scores else r"prediction $p=\sigma(s)$")
    return legend


def shown_sides(losses: Losses) -> list[str]:
    """Return the sides to draw: G's own where some pair has a loss for it."""
    pairs = any(isinstance(loss, LossPair) and not loss.is_single for loss in losses.values())
    return ["real", "fake", *(["generator"] if pairs else [])]


def _columns(labels: list[str]) -> int:
    return max(1, min(len(labels), 130 // (max(len(label) for label in labels) + 8)))


def _shape_row(
    row: list[Axes], losses: Losses, side: str, scores: bool, points: Array | None
) -> None:
    values, slopes = [], []
    for name, loss in losses.items():
        x, curve = _sampled(loss, side, scores, points)
        slope = curve.score_slope if scores else curve.slope
        row[0].plot(x, _drawable(curve.loss), label=label_of(name, loss))
        row[1].plot(x, _drawable(slope))
        values.append(curve.loss if scores else _without_poles(x, curve.loss, _LOSS_POLES))
        slopes.append(slope if scores else _without_poles(x, slope, _SLOPE_POLES))
    for axes, heights in zip(row, (values, slopes), strict=True):
        fit_height(axes, heights)
        dashes_on_top(axes)
    row[1].axhline(0.0, color="#444444", linewidth=0.8, linestyle="-", zorder=1.5)
    variable = "s" if scores else "p"
    symbol = {"real": "l_1", "fake": "l_0", "generator": "l_G"}[side]
    row[0].set_title(f"Loss, {_SIDES[side]}")
    row[1].set_title(f"Gradient, {_SIDES[side]}")
    row[0].set_ylabel(rf"${symbol}({variable})$")
    row[1].set_ylabel(rf"$d{symbol}/d{variable}$")


def _without_poles(p: Array, y: Array, reach: float) -> Array:
    """Return a curve, or its middle where it is far higher within `reach` of 0 or 1."""
    middle = y[(p > reach) & (p < 1.0 - reach)]
    finite = np.isfinite(y)
    if not finite.all() or not len(middle):
        return middle
    return y if np.ptp(y) <= _STEEP * np.ptp(middle) else middle


def _sampled(
    loss: Loss | LossPair, side: str, scores: bool, points: Array | None
) -> tuple[Array, Curve]:
    """Return points and curve; over the prediction the points crowd at 0 and 1, where poles are.

    Args:
        loss, side: what is drawn.
        scores: whether the points are scores.
        points: the points, rising, shape (n,); None for the whole range.
    """
    s = np.linspace(-SCORE_SPAN, SCORE_SPAN, 481) if points is None else points
    if not scores:
        p = s
        if points is None:
            p = np.union1d(np.linspace(0.0, 1.0, 401)[1:-1], sigmoid(s))
        return p, getattr(curves(loss, p), side)
    return s, getattr(curves(loss, s if link_of(loss) == "identity" else sigmoid(s)), side)


def _drawable(y: Array) -> Array:
    """Return the values with infinities cut to what every backend can place."""
    return np.clip(y, -1e12, 1e12)
