"""The learning curves of a comparison's kept trainings (Figure F of the paper)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lossgp.results.comparison import Compared, Comparison

from .comparison_figures import drawable, drawn_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Drawing = Callable[[Path], Path]
_CURVES = {"d_real": "D, real", "d_fake": "D, fake", "g": "G"}
_ACCURACIES = {"d_acc_real": "D, real", "d_acc_fake": "D, fake"}
_ESTIMATES = {"wasserstein": "training images", "wasserstein_held_out": "held-out images"}
_LINE_LIMIT = 1e3


def curves(comparison: Comparison) -> Drawing | None:
    """Return what draws the losses of D and G over the iterations (Figure F), a panel a loss.

    Below stands D's accuracy, where trainings have it, or what a critic estimates of the
    Wasserstein distance. Thin lines are trainings, thick ones their mean as long as all last. None
    without checkpoints.
    """
    histories = [(loss, histories_of(comparison, loss)) for loss in comparison.losses]
    histories = [(loss, own) for loss, own in histories if own]
    if not histories:
        return None

    def draw(path: Path) -> Path:
        from lossgp.analysis.figures import new_figure, save, styled

        with styled():
            columns = min(3, len(histories))
            rows = -(-len(histories) // columns)
            figure = new_figure(3.6 * columns + 0.4, 3.9 * rows + 0.5)
            heights = {"height_ratios": [2, 1] * rows}
            panels = figure.subplots(2 * rows, columns, squeeze=False, gridspec_kw=heights)
            pairs = zip(panels[::2].flat, panels[1::2].flat, strict=True)
            for (upper, lower), (loss, own) in zip(pairs, histories, strict=False):
                upper.set_title(drawn_name(loss), fontsize=9)
                _draw_losses(upper, own)
                if all("wasserstein" in history for history in own):
                    _draw_estimates(lower, own)
                else:
                    _draw_accuracies(lower, own)
                lower.sharex(upper)
                lower.set_xlabel("iteration")
            for axes in figure.axes:
                if not axes.has_data():
                    axes.set_axis_off()
            _legend(figure)
            return save(figure, path)

    return draw


def histories_of(comparison: Comparison, loss: Compared) -> list[dict[str, list[float]]]:
    """Return the learning curves of a loss's kept trainings that have any."""
    from lossgp.trainers.gan.checkpoint import read

    paths = [comparison.checkpoint(loss, o.seed) for o in loss.outcomes]
    found = [read(path).history for path in paths if path]
    return [history for history in found if history["iteration"]]


def _draw_losses(axes: Axes, histories: list[dict[str, list[float]]]) -> None:
    told = {k: label for k, label in _CURVES.items() if all(k in own for own in histories)}
    _draw_lines(axes, histories, told)
    drawn = [drawable(history[key]) for history in histories for key in told]
    values = np.concatenate(drawn) if drawn else np.empty(0)
    if len(values) and np.nanmax(np.abs(values)) > _LINE_LIMIT:
        axes.set_yscale("symlog", linthresh=1.0)
    axes.set_ylabel("loss")


def _draw_accuracies(axes: Axes, histories: list[dict[str, list[float]]]) -> None:
    counted = [history for history in histories if all(key in history for key in _ACCURACIES)]
    if counted:
        _draw_lines(axes, counted, _ACCURACIES)
        axes.set_ylim(-0.05, 1.05)
        axes.set_ylabel("accuracy")


def _draw_estimates(axes: Axes, histories: list[dict[str, list[float]]]) -> None:
    told = {k: label for k, label in _ESTIMATES.items() if all(k in own for own in histories)}
    _draw_lines(axes, histories, told)
    values = np.abs(np.concatenate([drawable(own[key]) for own in histories for key in told]))
    if np.nanmax(values, initial=0) > _LINE_LIMIT:
        axes.set_yscale("symlog", linthresh=1.0)
    axes.set_ylabel("W estimate")
    axes.legend(fontsize=6)


def _draw_lines(
    axes: Axes, histories: list[dict[str, list[float]]], curves: Mapping[str, str]
) -> None:
    shortest = min(len(history["iteration"]) for history in histories)
    longest = max(histories, key=lambda history: len(history["iteration"]))["iteration"]
    for number, (key, label) in enumerate(curves.items()):
        look: dict[str, Any] = {"color": f"C{number}"}
        marker = "o" if len(longest) == 1 else None
        for history in histories:
            axes.plot(history["iteration"], drawable(history[key]), "-", lw=0.6, alpha=0.35, **look)
        mean = np.mean([drawable(history[key][:shortest]) for history in histories], axis=0)
        axes.plot(longest[:shortest], mean, label=label, marker=marker, **look)


def _legend(figure: Figure) -> None:
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=len(labels))
