"""Precision, recall, density and coverage: how two sets of features lie among each other."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

NEIGHBOURS = 5
ROWS = 1024  # of a distance matrix held at a time


@dataclass(frozen=True)
class Neighbourhood:
    """All four are better higher; all but density lie in [0, 1].

    Attributes:
        precision: the part of the generated samples within the real ones' neighbourhoods, and
        recall: the part of the real samples within the generated ones' (Kynkäänniemi et al.
            2019, equation 2). A neighbourhood reaches to a sample's k-th nearest other.
        density: real neighbourhoods that hold a generated sample, on average, over k, and
        coverage: the part of the real neighbourhoods that hold one (Naeem et al. 2020,
            equations 4 and 5), which outliers disturb less.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def neighbourhood(
    made: Tensor, real: Tensor, k: int = NEIGHBOURS, real_radii: Tensor | None = None
) -> Neighbourhood:
    """The four numbers of generated (n, d) against real (m, d) features, n, m > k; float64.

    `real_radii` is `radii(real, k)`, where it is known already.
    Raises `ValueError` on fewer samples.
    """
    made, real = made.to(torch.float64), real.to(torch.float64)
    made_radii = radii(made, k)  # (n,)
    real_radii = radii(real, k) if real_radii is None else real_radii  # (m,)
    holders = torch.zeros(len(made))  # of each generated sample: the real ones around it
    recalled = covered = 0
    for rows, radius in zip(torch.split(real, ROWS), torch.split(real_radii, ROWS), strict=True):
        distances = torch.cdist(rows, made)  # (rows, n)
        inside = distances <= radius[:, None]
        holders += inside.sum(0)
        covered += int(inside.any(1).sum())
        recalled += int((distances <= made_radii).any(1).sum())
    return Neighbourhood(
        precision=float((holders > 0).double().mean()),
        recall=recalled / len(real),
        density=float(holders.double().mean()) / k,
        coverage=covered / len(real),
    )


def radii(samples: Tensor, k: int = NEIGHBOURS) -> Tensor:
    """The distance (n,) of each sample (n, d) to its k-th nearest other, in float64."""
    if len(samples) <= k:
        raise ValueError(f"{k} neighbours need more than {k} samples, not {len(samples)}")
    samples = samples.to(torch.float64)
    # Every sample is its own nearest: so the k-th other is number k + 1.
    parts = [
        torch.cdist(rows, samples).kthvalue(k + 1).values for rows in torch.split(samples, ROWS)
    ]
    return torch.cat(parts)
