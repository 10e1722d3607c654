"""KID against exact arithmetic, wherever the features lie."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations, product

import pytest
import torch
from torch import Tensor

from lossgp.trainers.metrics.kid import kernel_distance


def exact(x: Tensor, y: Tensor) -> float:
    """The U-statistic of Binkowski et al. in rational numbers: no digit is lost."""
    a, b = ([[Fraction(value) for value in row] for row in z.tolist()] for z in (x, y))

    def kernel(u: list[Fraction], v: list[Fraction]) -> Fraction:
        return (sum(p * q for p, q in zip(u, v, strict=True)) / len(u) + 1) ** 3

    def within(z: list[list[Fraction]]) -> Fraction:
        return sum(kernel(u, v) for u, v in permutations(z, 2)) / (len(z) * (len(z) - 1))

    across = sum(kernel(u, v) for u, v in product(a, b)) / (len(a) * len(b))
    return float(within(a) + within(b) - 2 * across)


@pytest.mark.parametrize(("offset", "spread"), [(0, 1), (1, 1), (1e4, 1e-2), (1e6, 1e-3)])
def test_no_digit_is_lost_wherever_the_features_lie(offset: float, spread: float) -> None:
    numbers = torch.Generator().manual_seed(0)
    x = torch.randn(7, 3, generator=numbers, dtype=torch.float64) * spread + offset
    y = torch.randn(9, 3, generator=numbers, dtype=torch.float64) * spread * 1.5 + offset
    y[:, 0] += spread
    # The centre itself is rounded to 2^-53 of the offset, and nothing else is lost.
    assert kernel_distance(x, y) == pytest.approx(exact(x, y), rel=1e-6)
