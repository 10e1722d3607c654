"""Anomaly scores without a GAN, each in its best form: what a loss must beat to be worth it.

Nothing of them is chosen on test images.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .detection import Floats

VARIANCE = 0.9
"""Of the training images' pixels, the share that PCA's components hold. The likelihood of held-out
normal images asks for more components where images are smooth, and those render anomalies, too."""
NEIGHBOURS = 2
"""Bergman et al. 2020 (arXiv 2002.10445): the mean distance to the two nearest normal images."""


@dataclass(frozen=True, eq=False)
class Pca:
    """Principal components of normal images: mean (p,), directions (k, p)."""

    mean: Floats
    directions: Floats

    @property
    def components(self) -> int:
        """How many there are."""
        return len(self.directions)

    def scores(self, rows: NDArray[np.floating]) -> Floats:
        """The mean squared error of the reconstruction of each row, (n,)."""
        centred = np.asarray(rows, np.float64) - self.mean
        rest = (centred**2).sum(1) - ((centred @ self.directions.T) ** 2).sum(1)
        found: Floats = np.maximum(rest, 0) / centred.shape[1]
        return found


def fit_pca(rows: NDArray[np.floating]) -> Pca:
    """The components of rows (n, p): as few as hold `VARIANCE` of their variance.

    None where all rows are alike.
    """
    from sklearn.decomposition import PCA

    rows = np.asarray(rows, np.float64)
    if not np.ptp(rows, axis=0).any():
        return Pca(rows[0], np.empty((0, rows.shape[1])))
    found = PCA(VARIANCE, svd_solver="full").fit(rows)
    return Pca(found.mean_, found.components_)


def neighbour_scores(rows: NDArray[np.floating], tested: NDArray[np.floating]) -> Floats:
    """The mean Euclidean distance of each tested row to its two nearest normal ones, (n,)."""
    from sklearn.neighbors import NearestNeighbors

    count = min(NEIGHBOURS, len(rows))
    near = NearestNeighbors(n_neighbors=count).fit(np.asarray(rows, np.float64))
    distances, _ = near.kneighbors(np.asarray(tested, np.float64))
    found: Floats = distances.mean(1)
    return found
