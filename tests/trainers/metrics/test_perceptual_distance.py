"""The distance in pairs of generated images by LPIPS' formula on the extractor's maps."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from lossgp.trainers.extractors import Extractor
from lossgp.trainers.extractors.digits import DigitClassifier
from lossgp.trainers.metrics import METRICS, RealSide, measure
from lossgp.trainers.metrics.pairs import random_pairs
from lossgp.trainers.metrics.perceptual_distance import fake_perceptual_distance


class Shown(Extractor):
    """Two maps of each image: itself, and its channels' sum and difference."""

    name, width, classes, batch = "shown", 2, None, 3

    def embed(self, images: Tensor) -> Tensor:
        return images.mean((2, 3))

    def classify(self, features: Tensor) -> Tensor:
        raise NotImplementedError

    def maps(self, images: Tensor) -> tuple[Tensor, ...]:
        a, b = images[:, :1], images[:, 1:]
        return images, torch.cat([a + b, a - b], 1)[:, :, ::2, ::2]


class Hidden(Shown):
    def maps(self, images: Tensor) -> tuple[Tensor, ...]:
        return ()


def noise(n: int) -> Tensor:
    return torch.rand(n, 2, 4, 4, generator=torch.Generator().manual_seed(n)) * 2 - 1


def test_the_distance_is_that_of_a_slow_one() -> None:
    images = noise(7)

    def slow(a: Tensor, b: Tensor) -> float:
        total = 0.0
        for ours, theirs in zip(Shown().maps(a[None]), Shown().maps(b[None]), strict=True):
            x, y = ours[0].double().numpy(), theirs[0].double().numpy()
            apart = []
            for row in range(x.shape[1]):
                for column in range(x.shape[2]):
                    u, v = x[:, row, column], y[:, row, column]
                    gap = u / np.linalg.norm(u) - v / np.linalg.norm(v)
                    apart.append((gap**2).sum())
            total += sum(apart) / len(apart)
        return total

    first, second = random_pairs(images, 3, "perceptual distance")
    known: dict[tuple[int, int], float] = {}
    rows = {tuple(image.flatten().tolist()): i for i, image in enumerate(images)}
    values = []
    for a, b in zip(first, second, strict=True):
        pair = (rows[tuple(a.flatten().tolist())], rows[tuple(b.flatten().tolist())])
        values.append(known.setdefault(pair, slow(a, b)) if pair in known else slow(a, b))
        known[pair] = values[-1]
    found = fake_perceptual_distance(images, Shown(), 3)
    assert found == pytest.approx(sum(values) / len(values), rel=1e-6)


def test_images_that_are_all_the_same_have_none_and_noise_has_some() -> None:
    assert fake_perceptual_distance(noise(1).expand(5, -1, -1, -1), Shown(), 0) == 0
    found = fake_perceptual_distance(noise(9), Shown(), 0)
    assert found > 0
    assert fake_perceptual_distance(noise(9), Shown(), 0) == found
    assert fake_perceptual_distance(noise(9), Shown(), 1) != found


def test_it_is_left_out_where_the_extractor_shows_no_maps() -> None:
    images = noise(8)
    assert math.isnan(fake_perceptual_distance(images, Hidden(), 0))
    names = ("kid", "perceptual_distance")
    for extractor, expected in ((Shown(), set(names)), (Hidden(), {"kid"})):
        real = RealSide.of(images, extractor)
        assert set(measure(names, images, real, extractor, 0)) == expected


def test_the_classifiers_of_images_show_their_maps() -> None:
    network = DigitClassifier().eval()
    maps = network.maps(torch.zeros(2, 1, 8, 8))
    assert [tuple(level.shape) for level in maps] == [(2, 32, 8, 8), (2, 64, 4, 4)]
    with torch.no_grad():
        rest = network.trunk[4:](network.maps(torch.ones(2, 1, 8, 8))[1])
        assert torch.equal(rest, network.embed(torch.ones(2, 1, 8, 8)))


def test_it_is_never_called_lpips() -> None:
    metric = METRICS["perceptual_distance"]
    assert "LPIPS" not in metric.title
    assert metric.convention.endswith("not LPIPS")
    assert metric.better == "higher"
