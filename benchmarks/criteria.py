"""Losses written by hand, each in its own best form, for the benchmarks of the trainers."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from lossgp.trainers import Criterion


def ganetic(scores: Tensor, labels: Tensor) -> Tensor:
    """p^3 + sqrt(|3.985 y / (p + e)| + e) with p = sigmoid(scores): the paper, equation 2."""
    p = torch.sigmoid(scores)
    return p**3 + torch.sqrt((3.985 * labels / (p + 1e-8)).abs() + 1e-8)


def bce(scores: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy on raw scores (Goodfellow et al. 2014, non-saturating)."""
    return F.binary_cross_entropy_with_logits(scores, labels, reduction="none")


def least_squares(scores: Tensor, labels: Tensor) -> Tensor:
    """(s - y)^2 on raw scores (Mao et al. 2017)."""
    return (scores - labels) ** 2


def hinge_discriminator(scores: Tensor, labels: Tensor) -> Tensor:
    """max(0, 1 - t s), t = 2y - 1 (Lim & Ye 2017)."""
    return F.relu(1 - (2 * labels - 1) * scores)


def hinge_generator(scores: Tensor, labels: Tensor) -> Tensor:
    """-s."""
    return -scores


def wasserstein(scores: Tensor, labels: Tensor) -> Tensor:
    """-s for real, s for generated samples (Arjovsky et al. 2017)."""
    return (1 - 2 * labels) * scores


CRITERIA = {
    "ganetic": Criterion(ganetic, ganetic),
    "bce": Criterion(bce, bce),
    "least_squares": Criterion(least_squares, least_squares),
    "hinge": Criterion(hinge_discriminator, hinge_generator),
}
WASSERSTEIN = Criterion(wasserstein, wasserstein)
"""Apart: it wants a bounded slope of the discriminator."""
