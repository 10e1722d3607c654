from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from lossgp.expressions import LossPair, zoo
from lossgp.trainers.anomaly.residuals import (
    criterion_cost,
    residual_map,
    residuals,
    squared_cost,
)

from ..losses import bce, ganetic


def batch(channels: int, dtype: torch.dtype = torch.float64) -> tuple[Tensor, ...]:
    numbers = torch.Generator().manual_seed(channels)
    images, made = (
        torch.rand(3, channels, 4, 4, generator=numbers, dtype=dtype) * 2 - 1 for _ in range(2)
    )
    seen, seen_made = (torch.randn(3, 5, generator=numbers, dtype=dtype) for _ in range(2))
    return images, made, seen, seen_made


def slow_terms(images: Tensor, made: Tensor, seen: Tensor, seen_made: Tensor) -> list[list[float]]:
    """Equations 2 and 3 of Schlegl et al., number by number."""
    found = []
    for x, g, f, h in zip(images, made, seen, seen_made, strict=True):
        pairs = zip(x.flatten().tolist(), g.flatten().tolist(), strict=True)
        pixels = [(a - b) ** 2 for a, b in pairs]
        features = [(a - b) ** 2 for a, b in zip(f.tolist(), h.tolist(), strict=True)]
        found.append([sum(pixels) / len(pixels), sum(features) / len(features)])
    return found


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("kappa", [0.0, 1.0, 2.5])
def test_score_and_loss_are_those_of_a_slow_reference(channels: int, kappa: float) -> None:
    given = batch(channels)
    slow = slow_terms(*given)
    found = residuals(*given)
    assert found.image.tolist() == pytest.approx([a for a, _ in slow], rel=1e-9)
    assert found.features.tolist() == pytest.approx([b for _, b in slow], rel=1e-9)
    expected = [a + kappa * b for a, b in slow]
    assert found.score(kappa).tolist() == pytest.approx(expected, rel=1e-9)
    assert squared_cost(*given, kappa).item() == pytest.approx(sum(expected) / 3, rel=1e-9)


def test_the_gradient_is_that_of_finite_differences() -> None:
    images, made, seen, seen_made = batch(1)
    made.requires_grad_(True)
    seen_made.requires_grad_(True)
    torch.autograd.gradcheck(
        lambda a, b: squared_cost(images, a, seen, b, 0.7), (made, seen_made), rtol=1e-6
    )


@pytest.mark.parametrize("loss", [bce, ganetic])
@pytest.mark.parametrize("kappa", [0.0, 0.5])
def test_a_candidate_in_the_encoder_compares_brightness_and_squashed_features(
    loss, kappa: float
) -> None:
    given = batch(2, torch.float32)
    images, made, seen, seen_made = (each.double() for each in given)

    def slow(scores: list[float], targets: list[float]) -> float:
        values = [
            loss(torch.tensor([[s]]), torch.tensor([[y]])).item()
            for s, y in zip(scores, targets, strict=True)
        ]
        return sum(values) / len(values)

    def bright(v: float) -> float:
        return (v + 1) / 2

    pixels = slow(
        [math.log(bright(v) / (1 - bright(v))) for v in made.flatten().tolist()],
        [bright(v) for v in images.flatten().tolist()],
    )
    features = slow(
        seen_made.flatten().tolist(), [1 / (1 + math.exp(-v)) for v in seen.flatten().tolist()]
    )
    found = criterion_cost(loss, *given, kappa)
    assert found.item() == pytest.approx(pixels + kappa * features, rel=1e-5)


def test_bce_in_the_encoder_is_least_where_the_reconstruction_is_the_image() -> None:
    images, _, seen, _ = batch(1)
    same = criterion_cost(bce, images, images, seen, seen, 1.0)
    for shift in (-0.05, 0.05):
        moved = (images + shift).clamp(-1, 1)
        assert criterion_cost(bce, images, moved, seen, seen + shift, 1.0) > same


def test_white_and_black_pixels_have_finite_losses_and_gradients() -> None:
    images = torch.tensor([[[[1.0, -1.0]]]])
    made = torch.tensor([[[[1.0, 1.0]]]], requires_grad=True)
    seen = torch.zeros(1, 2)
    for name in ("bce", "ganetic", "wasserstein"):
        loss, _ = LossPair.of(zoo.entry(name).loss).criterion_functions()
        cost = criterion_cost(loss, images, made, seen, seen, 1.0)
        (slope,) = torch.autograd.grad(cost, made)
        assert cost.isfinite()
        assert slope.isfinite().all()


def test_a_map_is_the_mean_difference_of_the_channels() -> None:
    images, made = torch.zeros(1, 2, 2, 2), torch.zeros(1, 2, 2, 2)
    made[0, 0, 1, 0] = -0.5
    assert residual_map(images, made).tolist() == [[[0, 0], [0.25, 0]]]
