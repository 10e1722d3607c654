"""Images that were scored by a kept model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Views = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class ScoredImage:
    """An image with its anomaly score.

    Attributes:
        name: its path.
        score: A(x), the image's residual plus kappa times the features'.
        image_residual, feature_residual: the two terms.
        share: the share of the model's normal test images with a lower score: near 1 is unusual.
        views: it and its reconstruction, (c, h, w) in [-1, 1], and where they differ, (h, w);
            None without maps.
    """

    name: str
    score: float
    image_residual: float
    feature_residual: float
    share: float
    views: Views | None = None
