"""Kernel distance between two sets of features, unbiased and deterministic."""

from __future__ import annotations

import torch
from torch import Tensor


def kernel_distance(x: Tensor, y: Tensor) -> float:
    """The squared maximum mean discrepancy with the kernel (a.b/d + 1)^3: "KID".

    Binkowski et al. 2018, section 4, as one U-statistic over all samples: unbiased at any n, and
    without the random subsets of the usual implementations. It may be slightly negative. `x` is
    (n, d), `y` is (m, d), n, m >= 2; float64 throughout.

    Raises `ValueError` on other shapes.
    """
    for features in (x, y):
        if features.ndim != 2 or len(features) < 2:
            raise ValueError(f"features must be (n, d) with n >= 2, not {tuple(features.shape)}")
    if x.shape[1] != y.shape[1]:
        raise ValueError(f"features differ in width: {x.shape[1]} and {y.shape[1]}")
    x, y = x.detach().to(torch.float64), y.detach().to(torch.float64)
    within = _mean_kernel_within(x) + _mean_kernel_within(y)
    return float(within - 2 * _kernel(x, y).mean())


def _mean_kernel_within(x: Tensor) -> Tensor:
    """The mean kernel over pairs of different samples."""
    n, d = x.shape
    diagonal = x.square().sum(1).div_(d).add_(1).pow_(3).sum()
    return (_kernel(x, x).sum() - diagonal) / (n * (n - 1))


def _kernel(x: Tensor, y: Tensor) -> Tensor:
    return (x @ y.T).div_(x.shape[1]).add_(1).pow_(3)  # (n, m)
