"""The critic's Wasserstein estimate over the iterations, of every setting of a sweep."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lossgp.results.sweep import Cell, Sweep
from lossgp.trainers import TrainerError

from .sweep_layout import Row, drawn, names_rows, rows_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Drawing = Callable[[Path], Path]
History = dict[str, list[float]]
ESTIMATES = {"wasserstein": "training samples", "wasserstein_held_out": "held-out samples"}
"""Curves of a training's history that are estimates of the critic, and on what."""
_FLAT_TO = 1e3  # an axis beyond it is logarithmic on both sides of 0


def estimates(sweep: Sweep) -> Drawing | None:
    """Return what draws the estimates, a panel a setting; None where no history has them.

    Thin lines are seeds, thick ones their mean as long as all last.
    """
    rows = rows_of(sweep)
    found = {
        (number, column): own
        for number, row in enumerate(rows)
        for column, (_, cell) in enumerate(row.cells)
        if cell is not None and (own := histories(cell, row.loss))
    }
    if not found:
        return None

    def draw(path: Path) -> Path:
        from lossgp.analysis.figures import new_figure, save, styled

        across = max(len(row.cells) for row in rows)
        with styled():
            figure = new_figure(2.5 * across + 0.6, 1.9 * len(rows) + 0.8)
            panels = figure.subplots(len(rows), across, squeeze=False)
            for number, (line, row) in enumerate(zip(panels, rows, strict=True)):
                _draw_row(line, row, [found.get((number, i), []) for i in range(len(row.cells))])
                if names_rows(sweep):
                    line[0].set_ylabel(row.label, fontsize=7)
            named = {
                label: handle
                for axes in figure.axes
                for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
            }
            figure.suptitle("The critic's estimate of the Wasserstein distance", fontsize=10)
            figure.legend([*named.values()], [*named], loc="outside lower center", ncols=len(named))
            return save(figure, path)

    return draw


def histories(cell: Cell, loss: int) -> list[History]:
    """Return the kept histories of a cell's trainings that have an estimate."""
    from lossgp.trainers.gan.checkpoint import read

    one = cell.comparison.losses[loss]
    found = []
    for outcome in one.outcomes:
        path = cell.comparison.checkpoint(one, outcome.seed)
        if path is None:
            continue
        try:
            history = read(path).history
        except TrainerError:  # a damaged file says nothing
            continue
        if any(key in history for key in ESTIMATES) and history["iteration"]:
            found.append(history)
    return found


def _draw_row(line: Sequence[Axes], row: Row, of_cells: Sequence[list[History]]) -> None:
    for axes in line[len(row.cells) :]:
        axes.set_axis_off()
    for axes, (label, _), own in zip(line, row.cells, of_cells, strict=False):
        axes.set_title(drawn(label), fontsize=7.5)
        axes.tick_params(labelsize=6.5)
        for number, (key, title) in enumerate(ESTIMATES.items()):
            having = [history for history in own if key in history]
            if having:
                _draw_curves(axes, having, key, title, f"C{number}")
        values = [v for history in own for key in ESTIMATES for v in history.get(key, ())]
        finite = [v for v in values if np.isfinite(v)]
        if max(map(abs, finite), default=0.0) > _FLAT_TO:
            axes.set_yscale("symlog", linthresh=1.0)
        if not finite:
            axes.text(0.5, 0.5, "not kept", ha="center", transform=axes.transAxes, fontsize=7)


def _draw_curves(axes: Axes, own: list[History], key: str, title: str, colour: str) -> None:
    alone = "o" if max(len(history["iteration"]) for history in own) == 1 else ""
    for history in own:
        y = np.clip(np.asarray(history[key]), -1e12, 1e12)
        axes.plot(history["iteration"], y, f"{alone}-", lw=0.6, ms=3, alpha=0.4, color=colour)
    shortest = min(len(history[key]) for history in own)
    mean = np.mean([np.clip(history[key][:shortest], -1e12, 1e12) for history in own], axis=0)
    style = "-" if colour == "C0" else "--"
    axes.plot(own[0]["iteration"][:shortest], mean, style, lw=1.5, color=colour, label=title)
