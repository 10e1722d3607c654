"""Losses for the tests of the trainers, written by hand on raw scores."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from lossgp.trainers import Criterion


def ganetic(s: Tensor, y: Tensor) -> Tensor:
    p = torch.sigmoid(s)
    return p**3 + torch.sqrt((3.985 * y / (p + 1e-8)).abs() + 1e-8)


def bce(s: Tensor, y: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(s, y, reduction="none")


GANETIC = Criterion(ganetic, ganetic)
BCE = Criterion(bce, bce)
HINGE = Criterion(lambda s, y: F.relu(1 - (2 * y - 1) * s), lambda s, y: -s)
CONSTANT = Criterion(lambda s, y: torch.ones_like(s), lambda s, y: torch.ones_like(s))
NO_GRADIENT = Criterion(lambda s, y: s * 0, lambda s, y: s * 0)
NOT_A_NUMBER = Criterion(bce, lambda s, y: (s * 0 - 1).sqrt())
INFINITE = Criterion(lambda s, y: s + float("inf"), bce)
