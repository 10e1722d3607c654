"""Inception Score and MS-SSIM, both by torchmetrics."""

from __future__ import annotations

import pytest
import torch

from lossgp.trainers import TrainerError
from lossgp.trainers.metrics.importing import explained
from lossgp.trainers.metrics.inception_score import inception_score
from lossgp.trainers.metrics.ms_ssim import BETAS, fake_similarity, scales
from lossgp.trainers.metrics.pairs import random_pairs


def noise(n: int, side: int) -> torch.Tensor:
    return torch.rand(n, 1, side, side, generator=torch.Generator().manual_seed(n)) * 2 - 1


def test_inception_score_is_the_formula() -> None:
    logits = torch.randn(400, 7, generator=torch.Generator().manual_seed(0)).double() * 2
    p = logits.softmax(1)
    by_hand = (p * (p / p.mean(0)).log()).sum(1).mean().exp()
    assert inception_score(logits, 0) == pytest.approx(float(by_hand), rel=1e-9)


def test_inception_score_lies_between_one_and_the_classes() -> None:
    sure = 1000 * torch.eye(10).repeat(300, 1)  # (3000, 10): every class, without a doubt
    assert inception_score(sure, 0) == pytest.approx(10, rel=0.05)  # six random splits
    assert inception_score(torch.zeros(100, 10), 0) == pytest.approx(1)


def test_inception_scores_splits_are_the_seeds_alone() -> None:
    logits = torch.randn(1500, 10, generator=torch.Generator().manual_seed(0)) * 3
    first = inception_score(logits, 1)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    assert inception_score(logits, 1) == first != inception_score(logits, 2)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("side", [12, 28, 32, 64])
def test_images_that_are_all_the_same_have_similarity_one(side: int) -> None:
    found = fake_similarity(noise(1, side).expand(4, -1, -1, -1), 0)
    assert found.mean == pytest.approx(1, abs=1e-5)
    assert found.zeros == 0


def test_noise_is_unlike_and_its_zeros_are_counted() -> None:
    found = fake_similarity(noise(200, 28), 0)
    assert found.mean < 0.2
    assert 0 < found.zeros <= 1
    assert fake_similarity(noise(200, 28), 0) == found != fake_similarity(noise(200, 28), 1)


@pytest.mark.parametrize(
    ("side", "count"),
    [(11, 0), (12, 2), (28, 2), (32, 2), (43, 2), (44, 3), (64, 3), (99, 4), (176, 5)],
)
def test_smaller_images_have_fewer_scales(side: int, count: int) -> None:
    betas = scales(side, 300)
    assert len(betas) == count
    if count:
        assert sum(betas) == pytest.approx(1)
        assert betas[1] / betas[0] == pytest.approx(BETAS[1] / BETAS[0])


def test_similarity_of_tiny_images_is_refused() -> None:
    with pytest.raises(ValueError, match="12 x 12 pixels"):
        fake_similarity(noise(5, 8), 0)


def test_a_pair_is_two_different_images() -> None:
    images = torch.arange(7.0).view(7, 1, 1, 1)
    first, second = random_pairs(images, 0, "test")
    assert len(first) == len(second) == 1000
    assert bool((first != second).all())
    assert len(first.unique()) == len(second.unique()) == 7


def test_a_broken_torchvision_is_explained() -> None:
    with (
        pytest.raises(TrainerError, match=r"MS-SSIM needs torchmetrics.*\(operator nms"),
        explained("MS-SSIM"),
    ):
        raise RuntimeError("operator nms does not exist\nmore")
