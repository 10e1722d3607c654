"""Kernel distance between two sets of features, unbiased and deterministic."""

from __future__ import annotations

import torch
from torch import Tensor

ROWS = 4096  # of a kernel matrix held at a time: 330 MB against 10,000 samples


def kernel_distance(x: Tensor, y: Tensor, within_y: float | None = None) -> float:
    """The squared maximum mean discrepancy with the kernel (a.b/d + 1)^3: "KID".

    Binkowski et al. 2018, section 4, as one U-statistic over all samples: unbiased at any n, and
    without the random subsets of the usual implementations. It may be slightly negative. `x` is
    (n, d), `y` is (m, d), n, m >= 2; float64 throughout. `within_y` is `mean_kernel_within(y, c)`
    about the mean c of y, where it is known already.

    The kernel grows with the sixth power of the features' offset, and the distance does not: what
    cancels between the three means is never formed (see `_kernel_sum`).

    Raises `ValueError` on other shapes.
    """
    for features in (x, y):
        if features.ndim != 2 or len(features) < 2:
            raise ValueError(f"features must be (n, d) with n >= 2, not {tuple(features.shape)}")
    if x.shape[1] != y.shape[1]:
        raise ValueError(f"features differ in width: {x.shape[1]} and {y.shape[1]}")
    x, y = x.detach().to(torch.float64), y.detach().to(torch.float64)
    centre = y.mean(0)
    known = mean_kernel_within(y, centre) if within_y is None else within_y
    across = _kernel_sum(x - centre, y - centre, centre) / (len(x) * len(y))
    return mean_kernel_within(x, centre) + known - 2 * across


def mean_kernel_within(x: Tensor, centre: Tensor) -> float:
    """The mean over pairs of different samples of x (n, d), n >= 2, of `_kernel_sum`'s kernel."""
    offsets = x.detach().to(torch.float64) - centre
    n = len(offsets)
    same = offsets.square().sum(1) / centre.numel()  # (n,)
    along = offsets @ centre / centre.numel()
    diagonal = _mixed(same, along, along, _at_centre(centre)).sum()
    diagonal += (6 * along.square() * (_at_centre(centre) + along)).sum()
    return (_kernel_sum(offsets, offsets, centre) - float(diagonal)) / (n * (n - 1))


def _kernel_sum(u: Tensor, v: Tensor, centre: Tensor) -> float:
    """The sum over all pairs of the kernel of centre + u (n, d) and centre + v (m, d), less what
    depends on u alone or on v alone: in the distance of U-statistics that cancels.

    With c = |centre|^2/d + 1, p = u.centre/d, q = v.centre/d, b = u.v/d and t = c + p + q the
    kernel is (t + b)^3, and what is left of it is b (3 t^2 + 3 t b + b^2) + 3 p q (c + t).
    """
    d, c = centre.numel(), _at_centre(centre)
    p, q = u @ centre / d, v @ centre / d  # (n,), (m,)
    # The second part, summed over the pairs: 3 p q (2 c + p + q).
    total = 6 * c * p.sum() * q.sum()
    total += 3 * (p.square().sum() * q.sum() + p.sum() * q.square().sum())
    for rows, own in zip(torch.split(u, ROWS), torch.split(p, ROWS), strict=True):
        total += _mixed((rows @ v.T).div_(d), own[:, None], q, c).sum()
    return float(total)


def _mixed(b: Tensor, p: Tensor, q: Tensor, c: float) -> Tensor:
    t = p + q + c
    return b * (3 * t * (t + b) + b * b)


def _at_centre(centre: Tensor) -> float:
    return float(centre @ centre / centre.numel()) + 1
