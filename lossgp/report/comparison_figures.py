"""The figures of a comparison: box plot, images, learning curves (Figures 2, E, F of the paper)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lossgp.common.echo import printable
from lossgp.results.comparison import Compared, Comparison
from lossgp.trainers import Outcome, Status, trainer

from .comparison_table import metric_of
from .image_grid import tiled
from .real_images import draw_real, real_images
from .scatter import POINTS, REAL, draw_points

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Drawing = Callable[[Path], Path]
_LOG_FROM = 8.0  # an axis is logarithmic where the largest value is so many times the least
_FAR = 4.0  # a floor that is so many times below the least value is written, not drawn
_COLUMNS, _ROWS = 6, 3  # images of one training in the figure of images
_RUNS = ("best", "worst", "random")
PLACED = 1e12  # what every backend can place on an axis


def boxes(comparison: Comparison) -> Drawing | None:
    """Return what draws the box plot over the seeds (Figure 2); None without any figure.

    The boxes are of the living seeds, whose points are shown; lost ones are crosses at the
    value that they count as.
    """
    if not any(
        comparison.counted(o) is not None for loss in comparison.losses for o in loss.outcomes
    ):
        return None

    def draw(path: Path) -> Path:
        from lossgp.analysis.figures import new_figure, save, styled

        with styled():
            figure = new_figure(max(5.0, 2.2 + 0.95 * len(comparison.losses)), 4.4)
            _draw_boxes(figure.add_subplot(), comparison)
            return save(figure, path)

    return draw


def _draw_boxes(axes: Axes, comparison: Comparison) -> None:
    places = range(1, len(comparison.losses) + 1)
    living = [list(drawable(comparison.values(loss))) for loss in comparison.losses]
    drawn = [(position, own) for position, own in zip(places, living, strict=True) if own]
    if drawn:
        axes.boxplot(
            [own for _, own in drawn],
            positions=[position for position, _ in drawn],
            widths=0.55,
            showfliers=False,
            medianprops={"color": "#D55E00", "linewidth": 1.8, "linestyle": "-"},
            boxprops={"color": "#444444"},
            whiskerprops={"color": "#444444", "linestyle": "-"},
            capprops={"color": "#444444", "linestyle": "-"},
        )
    for position, own in drawn:
        axes.scatter(_beside(position, len(own)), own, s=14, color="#0072B2", alpha=0.8, zorder=3)
    lost = [list(drawable(values)) for values in _lost(comparison)]
    for position, values in zip(places, lost, strict=True):
        label = "lost seed" if values and not any(lost[: position - 1]) else None
        at = _beside(position, len(values))
        axes.scatter(at, values, s=26, marker="x", color="#000000", label=label, zorder=3)
    everything = [v for own in (*living, *lost) for v in own]
    if comparison.floor is not None:
        label = f"floor: {comparison.objective.floor}"
        if min(everything) < _FAR * comparison.floor:
            everything.append(comparison.floor)
            axes.axhline(
                comparison.floor, color="#009E73", linestyle="--", linewidth=1.2, label=label
            )
        else:  # on the axis it would press the boxes together
            axes.plot([], [], " ", label=f"{label}, {comparison.floor:.3g} (below the axis)")
    if min(everything) > 0 and max(everything) > _LOG_FROM * min(everything):
        axes.set_yscale("log")
    axes.set_xticks(
        list(places), [drawn_name(loss) for loss in comparison.losses], rotation=25, ha="right"
    )
    axes.set_xlim(0.4, len(comparison.losses) + 0.6)
    axes.set_ylabel(f"{metric_of(comparison, comparison.metric).title} (lower is better)")
    count = len(comparison.seeds)
    axes.set_title(f"{count} seed{'s' * (count > 1)} a loss, {comparison.trainer}")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="best")


def drawn_name(loss: Compared) -> str:
    """Return a loss's name as it is drawn: no part of it is a formula of matplotlib's."""
    return printable(loss.name).replace("$", r"\$")


def _lost(comparison: Comparison) -> list[list[float]]:
    return [
        [
            value
            for o in loss.outcomes
            if o.status is not Status.OK and (value := comparison.counted(o)) is not None
        ]
        for loss in comparison.losses
    ]


def _beside(position: int, count: int) -> NDArray[np.float64]:
    """Return x positions that keep equal values apart; the same at every call."""
    if count == 1:
        return np.array([float(position)])
    return position + np.linspace(-0.16, 0.16, count)


def images(comparison: Comparison) -> Drawing | None:
    """Return what draws images of each loss's best, worst and a random training (Figure E).

    None where no checkpoint is there, as for trainings of older runs and for classifiers.
    """
    chosen = [
        (
            loss,
            {
                title: _kept(comparison, loss, o)
                for title, o in shown_runs(comparison, loss).items()
            },
        )
        for loss in comparison.losses
    ]
    chosen = [(loss, {t: p for t, p in runs.items() if p}) for loss, runs in chosen]
    chosen = [(loss, runs) for loss, runs in chosen if runs]
    if not chosen:
        return None

    def draw(path: Path) -> Path:
        from lossgp.analysis.figures import new_figure, save, styled

        made: Any = trainer(comparison.trainer, comparison.protocol.model_dump(), comparison.device)
        with styled():
            across = max(len(runs) for _, runs in chosen)
            high = 3.2 if hasattr(made, "real") else 1.9  # squares of points, rows of images
            real = real_images(made, _COLUMNS * _ROWS)
            above = int(real is not None)
            figure = new_figure(3.5 * across, high * (len(chosen) + above) + 0.4)
            cells = figure.subplots(len(chosen) + above, across, squeeze=False)
            if real is not None:
                draw_real(cells[0], real, _COLUMNS)
            for row, (loss, runs) in zip(cells[above:], chosen, strict=True):
                _draw_row(row, comparison, loss, runs, made)
            return save(figure, path)

    return draw


def shown_runs(comparison: Comparison, loss: Compared) -> dict[str, Outcome]:
    """Return the best and the worst training of a loss, and one of the others at random.

    Lost seeds that were measured take part: the worst run is often one of them.
    """
    measured = [o for o in loss.outcomes if comparison.metric in o.metrics]
    ranked = sorted(measured, key=lambda o: (o.metrics[comparison.metric], o.seed))
    if not ranked:
        return {}
    shown = {"best": ranked[0]}
    if len(ranked) > 1:
        shown["worst"] = ranked[-1]
    if len(ranked) > 2:
        others = sorted(ranked[1:-1], key=lambda o: o.seed)
        shown["random"] = others[int(np.random.default_rng(0).integers(len(others)))]
    return shown


def _kept(comparison: Comparison, loss: Compared, o: Outcome) -> tuple[Outcome, Path] | None:
    path = comparison.checkpoint(loss, o.seed)
    return (o, path) if path else None


def _draw_row(
    row: Sequence[Axes], comparison: Comparison, loss: Compared, runs: Any, made: Any
) -> None:
    metric = metric_of(comparison, comparison.metric)
    for axes, title in zip(row, _RUNS, strict=False):
        axes.set_axis_off()
        if title not in runs:
            continue
        outcome, path = runs[title]
        draw_generated(axes, made, path)
        value = metric.text(outcome.metrics[comparison.metric])
        axes.set_title(f"{drawn_name(loss)}: {title}, {metric.title} {value}", fontsize=8)


def draw_generated(axes: Axes, made: Any, path: Path) -> None:
    """Draw what a kept generator gives, by its trainer: a few images, or points in the plane."""
    if hasattr(made, "real"):
        draw_points(axes, made.generate(path, POINTS), made.real(REAL))
        return
    picture = tiled(made.generate(path, _COLUMNS * _ROWS, seed=0), _COLUMNS)
    axes.imshow(picture, cmap="gray", vmin=0, vmax=255, interpolation="nearest")


def drawable(values: Sequence[float]) -> NDArray[np.float64]:
    """Return the values cut to what every backend can place; NaN stays a gap."""
    return np.clip(np.asarray(values, dtype=np.float64), -PLACED, PLACED)
