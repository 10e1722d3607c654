"""The figures of a sweep: heat maps over two options, lines over each."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lossgp.results.options import shown
from lossgp.results.steadiness import LOST, STABILITY
from lossgp.results.sweep import Cell, Sweep

from .sweep_layout import drawn, longest
from .sweep_table import metric_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Drawing = Callable[[Path], Path]
_LOG_FROM = 8.0  # a scale is logarithmic where the largest value is so many times the least
_MOST_FACETS, _MOST_LINES, _MOST_TICKS = 12, 6, 10
_PLACED = 1e12  # what every backend can place on an axis


def heat_map(sweep: Sweep) -> Drawing | None:
    """Return what draws the objective and the stability over two options; None without two.

    The two options with the most values are the axes; each combination of the others, and each
    loss, is a panel.
    """
    if len(sweep.options) < 2 or sweep.one_at_a_time or not sweep.done:
        return None
    x = longest(sweep)
    y = max((i for i in range(len(sweep.options)) if i != x),
            key=lambda i: (len(sweep.options[i].values), -i))  # fmt: skip
    facets = _facets(sweep, (x, y))[:_MOST_FACETS]

    def draw(path: Path) -> Path:
        from lossgp.analysis.figures import new_figure, save, styled

        columns, rows = len(sweep.options[x].values), len(sweep.options[y].values)
        with styled():
            width = max(4.2, 1.0 + 0.85 * columns) * len(facets) + 1.0
            figure = new_figure(width, 2 * (1.5 + 0.62 * rows) + 0.5)
            panels = figure.subplots(2, len(facets), squeeze=False)
            for row, key in zip(panels, (sweep.metric, STABILITY), strict=True):
                values = [_values(sweep, (x, y), loss, at, key) for loss, at, _ in facets]
                norm = _norm(key, [v for part in values for line in part for v in line])
                image: Any = None
                for axes, (loss, at, label), part in zip(row, facets, values, strict=True):
                    image = _draw_heat(axes, sweep, (x, y), loss, at, key, part, norm)
                    axes.set_title(drawn(label), fontsize=9)
                name = metric_of(sweep, key).title
                better = "lower" if metric_of(sweep, key).better == "lower" else "higher"
                figure.colorbar(image, ax=list(row), label=f"{name} ({better} is better)")
            return save(figure, path)

    return draw


def _facets(sweep: Sweep, axes: tuple[int, int]) -> list[tuple[int, tuple[Any, ...], str]]:
    """Return the panels: the loss, a value of each option, and a title."""
    others = [i for i in range(len(sweep.options)) if i not in axes]
    found = []
    for number, name in enumerate(sweep.losses):
        for values in itertools.product(*(sweep.options[i].values for i in others)):
            at = list(sweep.usual)
            for i, value in zip(others, values, strict=True):
                at[i] = value
            words = [name] if len(sweep.losses) > 1 or not others else []
            words += [f"{sweep.options[i].key} {shown(at[i])}" for i in others]
            found.append((number, tuple(at), ", ".join(words)))
    return found


def _at(sweep: Sweep, axes: tuple[int, int], at: Sequence[Any], column: int, row: int) -> Cell:
    values = list(at)
    values[axes[0]] = sweep.options[axes[0]].values[column]
    values[axes[1]] = sweep.options[axes[1]].values[row]
    found = sweep.cell(values)
    assert found is not None  # a grid has every combination
    return found


def _values(
    sweep: Sweep, axes: tuple[int, int], loss: int, at: Sequence[Any], key: str
) -> list[list[float]]:
    x, y = (sweep.options[i] for i in axes)

    def value(column: int, row: int) -> float:
        cell = _at(sweep, axes, at, column, row)
        found = cell.average(cell.comparison.losses[loss], key)
        return math.nan if found is None else max(-_PLACED, min(_PLACED, found))

    return [[value(column, row) for column in range(len(x.values))] for row in range(len(y.values))]


def _norm(key: str, values: Sequence[float]) -> Any:
    from matplotlib.colors import LogNorm, Normalize

    there = [value for value in values if not math.isnan(value)]
    if key == STABILITY:
        return Normalize(0, 1)
    low, high = min(there, default=0.0), max(there, default=1.0)
    return LogNorm(low, high) if low > 0 and high > _LOG_FROM * low else Normalize(low, high)


def _draw_heat(
    axes: Axes,
    sweep: Sweep,
    over: tuple[int, int],
    loss: int,
    at: Sequence[Any],
    key: str,
    values: list[list[float]],
    norm: Any,
) -> Any:
    x, y = (sweep.options[i] for i in over)
    lower = metric_of(sweep, key).better == "lower"
    image = axes.imshow(values, cmap="viridis_r" if lower else "viridis", norm=norm, aspect="auto")
    axes.set_xticks(range(len(x.values)), [drawn(shown(v)) for v in x.values])
    axes.set_yticks(range(len(y.values)), [drawn(shown(v)) for v in y.values])
    axes.set_xlabel(drawn(x.key))
    axes.set_ylabel(drawn(y.key))
    axes.grid(visible=False)
    metric = metric_of(sweep, key)
    for row, line in enumerate(values):
        for column, value in enumerate(line):
            if math.isnan(value):
                continue
            cell = _at(sweep, over, at, column, row)
            text = metric.text(value)
            lost = cell.average(cell.comparison.losses[loss], LOST)
            if lost and key == sweep.metric:
                text += f"\n{100 * lost:.0f} % lost"
            red, green, blue, _ = image.to_rgba(np.array([value]))[0]
            dark = 0.3 * red + 0.59 * green + 0.11 * blue < 0.5
            axes.text(column, row, text, ha="center", va="center", fontsize=7.5,
                      color="white" if dark else "black")  # fmt: skip
    return image


def lines(sweep: Sweep) -> Drawing | None:
    """Return what draws objective and stability over each option; None without a training.

    Points are seeds, crosses lost ones; a line is a loss, or a combination of the other options
    where those are few.
    """
    if not sweep.done:
        return None

    def draw(path: Path) -> Path:
        from lossgp.analysis.figures import new_figure, save, styled

        with styled():
            count = len(sweep.options)
            figure = new_figure(max(5.6, 4.6 * count), 6.4)
            panels = figure.subplots(2, count, squeeze=False, sharex="col")
            for upper, lower, index in zip(panels[0], panels[1], range(count), strict=True):
                _draw_lines(upper, sweep, index, sweep.metric)
                _draw_lines(lower, sweep, index, STABILITY)
                upper.set_title(drawn(sweep.options[index].key))
                lower.set_xlabel(drawn(sweep.options[index].key))
                if len(upper.get_legend_handles_labels()[0]) > 1:
                    upper.legend(loc="best", fontsize=7)
            panels[0][0].set_ylabel(f"{metric_of(sweep, sweep.metric).title} (lower is better)")
            panels[1][0].set_ylabel("stability (higher is better)")
            return save(figure, path)

    return draw


def _draw_lines(axes: Axes, sweep: Sweep, index: int, key: str) -> None:
    option = sweep.options[index]
    everything: list[float] = []
    for number, (label, loss, at) in enumerate(_compared(sweep, index)):
        cells = sweep.along(index, at)
        if option.is_numeric:
            cells.sort(key=lambda one: float(one[0]))
        look: dict[str, Any] = {"color": f"C{number}"}
        averages = []
        for position, (value, cell) in enumerate(cells):
            of = cell.comparison.losses[loss]
            x = float(value) if option.is_numeric else float(position)
            mean = cell.average(of, key)
            averages.append((x, math.nan if mean is None else min(mean, _PLACED)))
            for outcome in of.outcomes if key == sweep.metric else ():
                figure = cell.measured(of, outcome, key)
                if figure is None:
                    continue
                everything.append(min(figure, _PLACED))
                marker = "o" if outcome in of.living else "x"
                axes.plot([x], [everything[-1]], marker, markersize=3.5, alpha=0.6, **look)
        everything += [mean for _, mean in averages if not math.isnan(mean)]
        axes.plot(*zip(*averages, strict=True), label=drawn(label), lw=1.6, **look)
    if not option.is_numeric:
        names = [drawn(shown(value)) for value, _ in sweep.along(index)]
        axes.set_xticks(range(len(names)), names)
        axes.set_xlim(-0.4, len(names) - 0.6)
    else:
        _scale_numbers(axes, sweep, index)
    if key == STABILITY:
        axes.set_ylim(-0.03, 1.03)
    elif everything and min(everything) > 0 and max(everything) > _LOG_FROM * min(everything):
        axes.set_yscale("log")


def _scale_numbers(axes: Axes, sweep: Sweep, index: int) -> None:
    """Set the axis of an option of numbers; few values are its ticks."""
    from matplotlib.ticker import NullLocator

    option = sweep.options[index]
    if option.is_geometric:
        axes.set_xscale("log")
    values = sorted({float(value) for value, _ in sweep.along(index)})
    if len(values) <= _MOST_TICKS:
        axes.set_xticks(values, [shown(value) for value in values])
        axes.xaxis.set_minor_locator(NullLocator())


def _compared(sweep: Sweep, index: int) -> list[tuple[str, int, tuple[Any, ...]]]:
    """Return the lines of a panel: a label, the loss, and a value of each option."""
    others = [i for i in range(len(sweep.options)) if i != index]
    combinations = [
        values
        for values in itertools.product(*(option.values for option in sweep.options))
        if values[index] == sweep.options[index].values[0]
    ]
    if sweep.one_at_a_time or len(combinations) * len(sweep.losses) > _MOST_LINES:
        combinations = [sweep.usual]
    found = []
    for number, name in enumerate(sweep.losses):
        for values in combinations:
            words = [name] if len(sweep.losses) > 1 or len(combinations) == 1 else []
            if len(combinations) > 1:
                words += [f"{sweep.options[i].key} {shown(values[i])}" for i in others]
            found.append((", ".join(words), number, tuple(values)))
    return found
