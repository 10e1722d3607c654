"""Random pairs of generated images, for the metrics of diversity."""

from __future__ import annotations

import torch
from torch import Tensor

from ..seeding import stream

PAIRS = 1000


def random_pairs(images: Tensor, seed: int, purpose: str) -> tuple[Tensor, Tensor]:
    """1000 pairs of different images out of (n, c, h, w), n >= 2: two (1000, c, h, w)."""
    n, numbers = len(images), stream(seed, purpose)
    first = torch.randint(n, (PAIRS,), generator=numbers)
    step = torch.randint(1, n, (PAIRS,), generator=numbers)
    return images[first], images[(first + step) % n]
