"""Points in the plane: what GANs on a toy problem generate, over what is real."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Points = NDArray[np.float32]

POINTS = 250
"""How many points of each GAN make a panel."""
REAL = 1000
"""How many real points lie below them."""
_REAL, _GENERATED = "#BBBBBB", "viridis"
_ROOM = 0.3  # of the real points' extent, left on each side


def are_points(made: NDArray[Any]) -> bool:
    """Whether what a generator gave is points (n, GANs, 2), and not images (n, c, h, w)."""
    return made.ndim == 3 and made.shape[2] == 2


def draw_points(axes: Axes, made: Points, real: Points) -> None:
    """Draw generated points over real ones, to one scale.

    What lies far outside is not drawn; its share is written.

    Args:
        axes: emptied of ticks.
        made: (n, GANs, 2); each GAN of the training has a colour of its own.
        real: (m, 2).
    """
    from matplotlib import colormaps

    axes.set_axis_on()
    axes.set_xticks([])
    axes.set_yticks([])
    low, high = real.min(0), real.max(0)  # (2,)
    room = _ROOM * float((high - low).max())
    low, high = low - room, high + room
    axes.scatter(real[:, 0], real[:, 1], s=9, color=_REAL, linewidths=0, zorder=1)
    colours = colormaps[_GENERATED](np.linspace(0, 0.85, made.shape[1]))  # (GANs, 4)
    for points, colour in zip(made.transpose(1, 0, 2), colours, strict=True):
        near = points[((points >= low) & (points <= high)).all(1)]
        axes.scatter(near[:, 0], near[:, 1], s=3, color=colour, linewidths=0, alpha=0.6, zorder=2)
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])
    axes.set_aspect("equal")
    inside = ((made >= low) & (made <= high)).all(2).mean()
    if inside < 1:
        share = max(1, round(100 * (1 - float(inside))))
        axes.text(0.02, 0.02, f"{share} % outside", transform=axes.transAxes, fontsize=7)


def draw_scatter(made: Points, real: Points, path: Path, title: str = "") -> Path:
    """Draw generated points over real ones as a picture, and return its path.

    Raises:
        ValueError: the path's suffix is not .png, .pdf or .svg.
    """
    from lossgp.analysis.figures import new_figure, save, styled

    with styled():
        figure = new_figure(4.6, 4.8)
        axes = figure.add_subplot()
        draw_points(axes, made, real)
        axes.set_title(title, fontsize=9)
        return save(figure, path)
