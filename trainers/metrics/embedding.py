"""Real and generated images as points in the plane: how their features lie to each other."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lossgp.common.suggesting import did_you_mean

from ..errors import TrainerError

TITLES = {"pca": "PCA", "tsne": "t-SNE", "umap": "UMAP"}
METHODS = tuple(TITLES)
LEAST = 5  # points of each side: neighbourhoods of fewer say nothing
DIRECTIONS = 50  # of PCA that t-SNE and UMAP see (van der Maaten and Hinton 2008, section 4.1)
Points = NDArray[np.float64]


def project(
    method: str, real: NDArray[np.float32], made: NDArray[np.float32], seed: int = 0
) -> tuple[Points, Points]:
    """Features (n, d) of real and (m, d) of generated images as points (n, 2) and (m, 2).

    `pca`: along the two directions in which *real* images differ most, fitted on them alone, so
    that the axes are the same for every generator. `tsne` and `umap` are fitted on both together:
    their axes mean nothing, and only who lies near whom counts. The same arguments give the same
    points: one thread, and `seed` for what is random.

    Raises `TrainerError` on an unknown method, where umap-learn is missing, or on fewer than five
    images of a side.
    """
    require_method(method)
    if min(len(real), len(made)) < LEAST:
        raise TrainerError(
            f"{TITLES[method]} needs {LEAST} real and generated images at least, not {len(real)} "
            f"and {len(made)}"
        )
    ways: dict[str, Callable[[NDArray[Any], NDArray[Any], int], Points]]
    ways = {"pca": _pca, "tsne": _tsne, "umap": _umap}
    import sklearn.decomposition  # noqa: F401  what is not loaded yet is not limited
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # sums of several threads differ in the last bit
        points = ways[method](real.astype(np.float64), made.astype(np.float64), seed)
    return points[: len(real)], points[len(real) :]


def require_method(method: str) -> None:
    """Raise `TrainerError` on an unknown method, or where umap-learn is not installed."""
    if method not in METHODS:
        raise TrainerError(
            f"unknown embedding {method!r}{did_you_mean(method, METHODS)}; known are "
            f"{', '.join(METHODS)}"
        )
    if method == "umap" and find_spec("umap") is None:
        raise TrainerError(
            "UMAP needs umap-learn, which is not installed; "
            'run: pip install "lossgp[umap]", or choose tsne'
        )


def _pca(real: NDArray[Any], made: NDArray[Any], seed: int) -> Points:
    from sklearn.decomposition import PCA

    axes = PCA(2, svd_solver="full").fit(real)
    return np.concatenate([axes.transform(real), axes.transform(made)])


def _tsne(real: NDArray[Any], made: NDArray[Any], seed: int) -> Points:
    from sklearn.manifold import TSNE

    reduced = _reduced(real, made)
    perplexity = min(30.0, (len(reduced) - 1) / 3)
    model = TSNE(2, perplexity=perplexity, init="pca", random_state=seed, n_jobs=1)
    points: Points = model.fit_transform(reduced).astype(np.float64)
    return points


def _umap(real: NDArray[Any], made: NDArray[Any], seed: int) -> Points:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of packages that are not ours
        umap = import_module("umap")
        reduced = _reduced(real, made)
        neighbours = min(15, len(reduced) - 1)
        model = umap.UMAP(n_neighbors=neighbours, random_state=seed, n_jobs=1)
        points: Points = model.fit_transform(reduced).astype(np.float64)
    return points


def _reduced(real: NDArray[Any], made: NDArray[Any]) -> NDArray[Any]:
    """Both together, along the directions in which they differ most: less noise, and quicker."""
    from sklearn.decomposition import PCA

    both = np.concatenate([real, made])
    kept = min(DIRECTIONS, *both.shape)
    reduced: NDArray[Any] = PCA(kept, svd_solver="full").fit_transform(both)
    return reduced
