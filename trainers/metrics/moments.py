"""Mean and covariance of features as they come: what FID needs of any number of images."""

from __future__ import annotations

import torch
from torch import Tensor

from .fid import root_trace


class Moments:
    """Sums over features (n, d) that are added part by part, in float64; they take d² numbers.

    Sums are taken about the mean of the first part, so that nothing cancels when a spread is small
    beside its mean. In which parts the features come moves the last bits alone.
    """

    def __init__(self, width: int) -> None:
        self.count = 0
        self._centre = torch.zeros(width, dtype=torch.float64)
        self._sum = torch.zeros(width, dtype=torch.float64)
        self._products = torch.zeros(width, width, dtype=torch.float64)

    def add(self, features: Tensor) -> None:
        """Take in features (n, d), on any device.

        Raises `ValueError` where one is not finite.
        """
        rows = features.detach().to("cpu", torch.float64)
        if not bool(rows.isfinite().all()):
            raise ValueError("features must be finite; an image is not, or the network is broken")
        if not self.count and len(rows):
            self._centre = rows.mean(0)
        rows = rows - self._centre
        self._sum += rows.sum(0)
        self._products += rows.T @ rows
        self.count += len(rows)

    @property
    def mean(self) -> Tensor:
        """The mean (d,)."""
        return self._centre + self._sum / self.count

    @property
    def covariance(self) -> Tensor:
        """The unbiased covariance (d, d); there must be two samples."""
        offset = self._sum / self.count
        return (self._products - self.count * torch.outer(offset, offset)) / (self.count - 1)


def frechet_distance_of(x: Moments, y: Moments) -> float:
    """FID from moments: `frechet_distance` of the same features, but for rounding.

    Raises `ValueError` on fewer than two samples, or features of different width.
    """
    if min(x.count, y.count) < 2:
        raise ValueError(f"FID needs two samples on each side, not {x.count} and {y.count}")
    if len(x.mean) != len(y.mean):
        raise ValueError(f"features differ in width: {len(x.mean)} and {len(y.mean)}")
    cov_x, cov_y = x.covariance, y.covariance
    spread = cov_x.trace() + cov_y.trace()
    distance = (x.mean - y.mean).square().sum() + spread - 2 * root_trace(cov_x, cov_y)
    return max(float(distance), 0.0)  # rounding alone can make it negative
