"""FID over a training, of every loss of a comparison (Figure F of the GANetic paper)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lossgp.common.echo import printable
from lossgp.results.comparison import Compared, Comparison

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Drawing = Callable[[Path], Path]
Curve = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Iterations at which FID was measured, and FID there."""
KEY = "fid"
_LOG_FROM = 8.0  # an axis is logarithmic where the largest value is so many times the least


def fid_curves(comparison: Comparison) -> Drawing | None:
    """Return what draws FID over the images seen, a colour a loss; None where none was measured.

    Thin lines are seeds; the thick one is their mean, as far as all were measured.
    """
    from .learning_curves import histories_of

    measured = {
        loss.name: [c for own in histories_of(comparison, loss) if (c := curve(own)) is not None]
        for loss in comparison.losses
    }
    if not any(measured.values()):
        return None

    def draw(path: Path) -> Path:
        from matplotlib.ticker import LogFormatter

        from lossgp.analysis.figures import new_figure, save, styled

        with styled():
            figure = new_figure(6.4, 4.2)
            axes = figure.add_subplot()
            for number, loss in enumerate(comparison.losses):
                _draw_loss(axes, loss, measured[loss.name], _batch(comparison), f"C{number}")
            values = np.concatenate([y for own in measured.values() for _, y in own])
            if values.min() > 0 and values.max() > _LOG_FROM * values.min():
                axes.set_yscale("log")
                for formatted in (axes.yaxis.set_major_formatter, axes.yaxis.set_minor_formatter):
                    formatted(LogFormatter(minor_thresholds=(2, 0.5)))  # 40, not 4 x 10^1
            axes.set_xlabel("real images seen (thousand)" if _batch(comparison) else "iteration")
            axes.set_ylabel("FID (lower is better)")
            axes.set_title(f"FID over the training, {comparison.trainer}")
            axes.legend(loc="best")
            return save(figure, path)

    return draw


def curve(history: Mapping[str, Sequence[float]]) -> Curve | None:
    """Return where FID was measured on the way, and how much it was; None where it was not."""
    if KEY not in history:
        return None
    at, values = (np.asarray(history[key], dtype=np.float64) for key in ("iteration", KEY))
    told = np.isfinite(values)
    return (at[told], values[told]) if told.any() else None


def _draw_loss(axes: Axes, loss: Compared, own: Sequence[Curve], batch: int, colour: str) -> None:
    scale = batch / 1000 if batch else 1.0
    for x, y in own:
        axes.plot(x * scale, y, "-", lw=0.6, alpha=0.4, color=colour)
    if own:
        shortest = min((x for x, _ in own), key=len)
        mean = np.mean([y[: len(shortest)] for _, y in own], axis=0)
        name = printable(loss.name).replace("$", r"\$")
        marker = "o" if len(shortest) == 1 else None
        axes.plot(shortest * scale, mean, "-", lw=1.8, color=colour, label=name, marker=marker)


def _batch(comparison: Comparison) -> int:
    """Return how many real images an iteration has; 0 where the protocol does not say."""
    return int(getattr(comparison.protocol, "batch", 0))
