"""MS-SSIM between generated images: are they all alike?"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .importing import explained
from .pairs import random_pairs

BETAS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # Wang et al. 2003, section 3.2
WINDOW = 11  # pixels: of the Gaussian window
CHUNK = 250


@dataclass(frozen=True)
class Similarity:
    """The mean over pairs, and the part of the pairs whose similarity was cut off at zero."""

    mean: float
    zeros: float


def scales(height: int, width: int) -> tuple[float, ...]:
    """The weights of the scales that images of this size allow; () below 12 pixels.

    The five of the paper need 176 pixels. Smaller images use the first of them, scaled to the sum
    1: four from 99, three from 44 (as at 64), two from 12 pixels (as at 28 and 32).
    """
    side = min(height, width)
    for count in range(5, 1, -1):
        # The first is what torchmetrics asks for, the second what its reflected border takes.
        if side // (count - 1) ** 2 >= WINDOW and side >> (count - 1) > WINDOW // 2:
            return tuple(beta / sum(BETAS[:count]) for beta in BETAS[:count])
    return ()


def fake_similarity(images: Tensor, seed: int) -> Similarity:
    """The mean MS-SSIM of 1000 random pairs of images (n, c, h, w) in [-1, 1]; lower is better.

    Odena et al. 2017, section 4.2: high means that a generator's images are alike (1: all the
    same). By torchmetrics on pixels scaled to [0, 1], with negative terms set to zero; random
    pairs hit that often, so the part of such pairs is given too. Compare it with that of real
    images, and never across sizes, which have other scales (see `scales`).

    Raises `ValueError` on images under 12 pixels, `TrainerError` without torchmetrics.
    """
    with explained("MS-SSIM"):
        from torchmetrics.functional.image import (
            multiscale_structural_similarity_index_measure as ms_ssim,
        )

    betas = scales(images.shape[2], images.shape[3])
    if not betas:
        raise ValueError(f"MS-SSIM needs 12 x 12 pixels, not {tuple(images.shape[2:])}")
    first, second = random_pairs(images.add(1).div(2), seed, "ms-ssim")
    values = torch.cat(
        [
            ms_ssim(a, b, betas=betas, data_range=1.0, reduction="none", normalize="relu")
            for a, b in zip(torch.split(first, CHUNK), torch.split(second, CHUNK), strict=True)
        ]
    )  # (1000,)
    return Similarity(float(values.double().mean()), float((values <= 0).double().mean()))
