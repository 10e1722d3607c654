"""Frechet distance between two sets of features, exactly, in float64."""

from __future__ import annotations

import torch
from torch import Tensor


def frechet_distance(x: Tensor, y: Tensor) -> float:
    """The squared Frechet distance between Gaussians fitted to two sets of features: "FID".

    |m1 - m2|^2 + tr S1 + tr S2 - 2 tr (S1 S2)^1/2, with unbiased covariances S (Heusel et al.
    2017, equation 6). `x` is (n, d), `y` is (m, d), n, m >= 2. The last trace is the sum of the
    singular values of an n x m matrix, or the sum of the roots of the eigenvalues of a symmetric
    d x d one: the smaller of the two is used, and both are exact, for rank-deficient S as well.

    At a fixed n it is biased upwards: show real against real beside it, and KID.

    Raises `ValueError` on other shapes or features that are not finite.
    """
    x, y = _checked(x), _checked(y)
    if x.shape[1] != y.shape[1]:
        raise ValueError(f"features differ in width: {x.shape[1]} and {y.shape[1]}")
    (n, d), m = x.shape, len(y)
    mean_x, mean_y = x.mean(0), y.mean(0)
    x, y = (x - mean_x) / (n - 1) ** 0.5, (y - mean_y) / (m - 1) ** 0.5  # S = x' x
    cross = root_trace_by_samples(x, y) if min(n, m) < d else root_trace_by_features(x, y)
    spread = x.square().sum() + y.square().sum()
    distance = (mean_x - mean_y).square().sum() + spread - 2 * cross
    return max(float(distance), 0.0)  # rounding alone can make it negative


def root_trace_by_samples(x: Tensor, y: Tensor) -> Tensor:
    """tr (x'x y'y)^1/2 for centred, scaled x (n, d) and y (m, d): best where n or m < d.

    The non-zero eigenvalues of x'x y'y are those of (x y')(x y')', i.e. the squared singular
    values of x y'.
    """
    values: Tensor = torch.linalg.svdvals(x @ y.T)
    return values.sum()


def root_trace_by_features(x: Tensor, y: Tensor) -> Tensor:
    """tr (x'x y'y)^1/2 for centred, scaled x (n, d) and y (m, d): best where n, m >= d.

    With R = (x'x)^1/2 the product has the eigenvalues of R y'y R, which is symmetric: no complex
    numbers, and no regularisation for singular matrices.
    """
    return root_trace(x.T @ x, y.T @ y)


def root_trace(x: Tensor, y: Tensor) -> Tensor:
    """tr (x y)^1/2 for covariances x and y (d, d), of any rank."""
    values, vectors = torch.linalg.eigh(x)
    root = (vectors * values.clamp_min(0).sqrt()) @ vectors.T
    product = root @ y @ root
    squares: Tensor = torch.linalg.eigvalsh((product + product.T) / 2)
    return squares.clamp_min(0).sqrt().sum()


def _checked(features: Tensor) -> Tensor:
    if features.ndim != 2 or len(features) < 2:
        raise ValueError(f"features must be (n, d) with n >= 2, not {tuple(features.shape)}")
    features = features.detach().to(torch.float64)
    if not bool(features.isfinite().all()):
        raise ValueError("features must be finite; the images are not, or the network is broken")
    return features
