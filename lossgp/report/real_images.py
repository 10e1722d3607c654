"""Real images above generated ones, as the GANetic paper's Figure 3 has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lossgp.trainers import TrainerError

from .image_grid import tiled

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def real_images(made: Any, n: int) -> NDArray[np.uint8] | None:
    """Return real images of a trainer; None where it has none, or the data are elsewhere now."""
    if not hasattr(made, "real_images"):
        return None
    try:
        found: NDArray[np.uint8] = made.real_images(n)
    except TrainerError:
        return None
    return found


def draw_real(row: Sequence[Axes], images: NDArray[np.uint8], columns: int) -> None:
    """Draw real images into the first cell of a row; the others stay empty."""
    for axes in row:
        axes.set_axis_off()
    picture = tiled(images, min(columns, len(images)))
    row[0].imshow(picture, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    row[0].set_title("real images", fontsize=8)
