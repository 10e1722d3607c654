"""Flipped labels: now and then D is told that a real sample is generated, and the other way."""

from __future__ import annotations

import torch
from torch import Tensor


def flipped(label: float, numbers: Tensor, rate: float) -> Tensor:
    """Labels (batch, 1): `label` (1 real, 0 generated), or with probability `rate` the other.

    Salimans et al. 2016, "Improved Techniques for Training GANs", and the practice around it: noise
    on D's labels keeps it from being certain. `numbers` (batch, 1), uniform in [0, 1), are drawn
    outside, because what runs on the device draws nothing.
    """
    return torch.where(numbers < rate, 1 - label, label).to(numbers.dtype)
