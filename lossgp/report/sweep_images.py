"""What the generators of a sweep make: image grids as the studies' figures have them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lossgp.results.options import shown
from lossgp.results.sweep import Cell, Sweep
from lossgp.trainers import TrainerError, trainer

from .image_grid import tiled
from .scatter import POINTS, REAL, draw_points
from .sweep_layout import Row, drawn, names_rows, rows_of
from .sweep_table import metric_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Drawing = Callable[[Path], Path]
_ALONG = (10, 2)  # images in a row and rows, of a value of one option
_IN_CELL = (3, 2)


def kept(cell: Cell, loss: int, seed: int) -> Path | None:
    """Return the file of a cell's generator with this seed, if it was kept."""
    return cell.comparison.checkpoint(cell.comparison.losses[loss], seed)


def option_images(sweep: Sweep, option: int, seed: int = 0) -> Drawing | None:
    """Return what draws images of one seed, a row a value of an option, the others as usual.

    Above each row stands the value and what the training of this seed came to. None where no
    generator was kept.
    """
    rows = [
        (name, number, value, cell, path)
        for number, name in enumerate(sweep.losses)
        for value, cell in sweep.along(option)
        if (path := kept(cell, number, seed)) is not None
    ]
    if not rows:
        return None

    def draw(path: Path) -> Path:
        from lossgp.analysis.figures import new_figure, save, styled

        with styled():
            points = hasattr(_trainer(rows[0][3]), "real")
            high = 2.6 if points else 1.75
            figure = new_figure(3.0 if points else 7.6, high * len(rows) + 0.3)
            panels = figure.subplots(len(rows), 1, squeeze=False)[:, 0]
            for axes, (name, number, value, cell, file) in zip(panels, rows, strict=True):
                of = f"{name}, " if len(sweep.losses) > 1 else ""
                label = f"{of}{sweep.options[option].key} {shown(value)}"
                axes.set_title(drawn(f"{label}: {told(sweep, cell, number, seed)}"), fontsize=8.5)
                draw_one(axes, cell, file, *_ALONG)
            others = [
                f"{o.key} {shown(o.usual)}" for i, o in enumerate(sweep.options) if i != option
            ]
            figure.suptitle(drawn(", ".join([f"seed {seed}", *others])), fontsize=8)
            return save(figure, path)

    return draw


def all_images(sweep: Sweep, seed: int = 0) -> Drawing | None:
    """Return what draws a few images of every setting, laid out as the sweep is.

    None where no generator was kept, and where there is one option alone: `option_images` has
    them.
    """
    rows = rows_of(sweep)
    some = [kept(c, row.loss, seed) for row in rows for _, c in row.cells if c is not None]
    if len(sweep.options) < 2 or not any(some):
        return None

    def draw(path: Path) -> Path:
        from lossgp.analysis.figures import new_figure, save, styled

        across = max(len(row.cells) for row in rows)
        with styled():
            figure = new_figure(2.0 * across + 0.4, 1.62 * len(rows) + 0.4)
            panels = figure.subplots(len(rows), across, squeeze=False)
            for line, row in zip(panels, rows, strict=True):
                _draw_row(line, sweep, row, seed)
            figure.suptitle(f"Seed {seed}", fontsize=9)
            return save(figure, path)

    return draw


def _draw_row(line: Any, sweep: Sweep, row: Row, seed: int) -> None:
    for axes in line:
        axes.set_axis_off()
    for column, (axes, (label, cell)) in enumerate(zip(line, row.cells, strict=False)):
        path = None if cell is None else kept(cell, row.loss, seed)
        if cell is None or path is None:
            continue
        above = f"{row.label}\n" if column == 0 and names_rows(sweep) else ""
        text = f"{above}{drawn(label)}\n{told(sweep, cell, row.loss, seed)}"
        axes.set_title(text, fontsize=6.5, fontweight="normal")
        draw_one(axes, cell, path, *_IN_CELL)


def told(sweep: Sweep, cell: Cell, loss: int, seed: int) -> str:
    """Return what the training of a seed came to, in words."""
    metric = metric_of(sweep, sweep.metric)
    outcome = next((o for o in cell.comparison.losses[loss].outcomes if o.seed == seed), None)
    if outcome is None:
        return ""
    value = outcome.metrics.get(metric.key)
    words = [] if value is None else [f"{metric.title} {metric.text(value)}"]
    return ", ".join([*words, *([] if outcome.status == "ok" else [str(outcome.status)])])


def draw_one(axes: Axes, cell: Cell, path: Path, columns: int, rows: int) -> None:
    """Draw what a kept generator gives: images, or points in the plane."""
    axes.set_axis_off()
    made = _trainer(cell)
    try:
        if hasattr(made, "real"):
            draw_points(axes, made.generate(path, POINTS), made.real(REAL))
            return
        picture = tiled(made.generate(path, columns * rows, seed=0), columns)
    except TrainerError:  # the file of a model that was damaged, or that another version wrote
        axes.text(0.5, 0.5, "cannot be read", ha="center", va="center", fontsize=7)
        return
    axes.imshow(picture, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    axes.set_axis_on()  # a frame, for images that are as white as the page
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set(visible=True, color="#BBBBBB", linewidth=0.5)


def _trainer(cell: Cell) -> Any:
    comparison = cell.comparison
    return trainer(comparison.trainer, comparison.protocol.model_dump(), comparison.device)
