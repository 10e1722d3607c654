"""Numbers for the tests of augmentations."""

from __future__ import annotations

import torch
from torch import Tensor

from lossgp.trainers.seeding import stream


def normal(*shape: int, purpose: str = "images") -> Tensor:
    return torch.randn(shape, generator=stream(4, purpose))


def uniform(*shape: int) -> Tensor:
    return torch.rand(shape, generator=stream(4, "uniform"))
