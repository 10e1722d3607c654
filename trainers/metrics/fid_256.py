"""The GANetic paper's FID: 256 generated against 256 real images, with the pixels scaled right."""

from __future__ import annotations

import torch
from torch import Tensor

from ..seeding import stream
from .fid import frechet_distance

COUNT = 256


def frechet_distance_256(made: Tensor, real: Tensor, seed: int) -> float:
    """FID of the first 256 generated against 256 random real samples; lower is better.

    `made` is (n, d), `real` (m, d), n, m >= 256; `seed` chooses the real ones, so every loss meets
    the same under the same seed. The size is that of the paper (section 4.1). Its published
    example differs: it gives images in [-1, 1] to a network that expects [0, 255], and takes 64 of
    them. That shrinks FID several hundred times, and puts total collapse before a blurred image
    (measured on MNIST), so its figures and these must not stand in one column.

    Raises `ValueError` where there are fewer samples.
    """
    if min(len(made), len(real)) < COUNT:
        raise ValueError(f"FID of {COUNT} needs as many samples, not {len(made)}, {len(real)}")
    rows = torch.randperm(len(real), generator=stream(seed, "fid_256"))[:COUNT]
    return frechet_distance(made[:COUNT], real[rows])
