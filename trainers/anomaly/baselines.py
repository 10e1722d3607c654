"""Anomaly scores without a GAN, each in its best form: what a loss must beat to be worth it.

Nothing of them is chosen on test images.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .detection import Floats

NEIGHBOURS = 2
"""Bergman et al. 2020 (arXiv 2002.10445): the mean distance to the two nearest normal images."""
FOLDS = 5
_LEAST_NOISE = 1e-12  # of the variance: below it a direction holds rounding errors
_TINY = 1e-30  # images that are all alike have no variance to divide by


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
        return np.maximum(rest, 0) / centred.shape[1]


def fit_pca(rows: NDArray[np.floating], seed: int = 0) -> Pca:
    """The components of rows (n, p), as many as the held-out likelihood asks for.

    The number is chosen by five-fold cross-validation of the likelihood of probabilistic PCA
    (Tipping and Bishop 1999; `chosen_components`). Held-out reconstruction would never stop.
    """
    rows = np.asarray(rows, np.float64)
    count = chosen_components(rows, seed)
    mean, values, directions = _spectrum(rows)
    return Pca(mean, directions[:count][values[:count] > 0])  # none where all rows are alike


def chosen_components(rows: Floats, seed: int = 0) -> int:
    """The number of components, at least 1, of the highest mean held-out log-likelihood."""
    folds = np.array_split(np.random.default_rng(seed).permutation(len(rows)), FOLDS)
    found = [
        log_likelihoods(np.delete(rows, fold, axis=0), rows[fold]) for fold in folds if len(fold)
    ]
    shortest = min(map(len, found))
    return 1 + int(np.argmax(np.mean([each[:shortest] for each in found], axis=0)))


def log_likelihoods(rows: Floats, held_out: Floats) -> Floats:
    """Mean log-likelihood of held-out rows under probabilistic PCA of `rows`, for k = 1, 2, ...

    With eigenvalues l_i of the covariance, z_i the held-out row's coordinates along the
    directions, and s2 the mean of the p - k eigenvalues that are left:

        -2 log L = p log 2 pi + sum_i<=k log l_i + (p - k) log s2
                   + sum_i<=k z_i^2 / l_i + (|x - m|^2 - sum_i<=k z_i^2) / s2

    Entries end where no variance is left for the noise.
    """
    mean, values, directions = _spectrum(rows)
    p = rows.shape[1]
    k = np.arange(1, len(values) + 1)
    noise = (values.sum() - np.cumsum(values)) / np.maximum(p - k, 1)
    sound = (k < p) & (noise > _LEAST_NOISE * values.sum() / p) & (values > 0)
    last = len(sound) if sound.all() else max(1, int(np.argmin(sound)))
    values, noise = (np.maximum(each[:last], _TINY) for each in (values, noise))
    k = k[:last]
    centred = held_out - mean
    squares = (centred @ directions[:last].T) ** 2  # (m, k)
    explained = np.cumsum(squares / values, axis=1)
    rest = ((centred**2).sum(1, keepdims=True) - np.cumsum(squares, axis=1)) / noise
    determinant = np.cumsum(np.log(values)) + (p - k) * np.log(noise)
    found: Floats = -(p * np.log(2 * np.pi) + determinant + (explained + rest).mean(0)) / 2
    return found


def neighbour_scores(rows: NDArray[np.floating], tested: NDArray[np.floating]) -> Floats:
    """The mean Euclidean distance of each tested row to its two nearest normal ones, (n,)."""
    from sklearn.neighbors import NearestNeighbors

    count = min(NEIGHBOURS, len(rows))
    near = NearestNeighbors(n_neighbors=count).fit(np.asarray(rows, np.float64))
    distances, _ = near.kneighbors(np.asarray(tested, np.float64))
    found: Floats = distances.mean(1)
    return found


def _spectrum(rows: Floats) -> tuple[Floats, Floats, Floats]:
    """Mean (p,), eigenvalues of the covariance (r,), largest first, and directions (r, p)."""
    mean = rows.mean(0)
    _, singular, directions = np.linalg.svd(rows - mean, full_matrices=False)
    count = min(len(rows) - 1, rows.shape[1])  # the rows are centred: one direction less
    return mean, singular[:count] ** 2 / len(rows), directions[:count]
