"""Which network a perceptual loss looks through, and the loss itself against a slow one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from lossgp.trainers import TrainerError
from lossgp.trainers.extractors import perceptual as room
from lossgp.trainers.extractors.efficientnet import EfficientNetLite0
from lossgp.trainers.extractors.feature_maps import ExtractorMaps, FeatureMaps, RandomMaps
from lossgp.trainers.extractors.perceptual import build_maps, choose_maps
from lossgp.trainers.gan.perceptual import PerceptualLoss, spreads


def noise(n: int, *shape: int, seed: int = 0) -> Tensor:
    return torch.rand(n, *shape, generator=torch.Generator().manual_seed(seed)) * 2 - 1


class Squares(FeatureMaps):
    """Two maps: the squares of the pixels, and their sums over 2 x 2."""

    def __init__(self) -> None:
        super().__init__("squares")

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        squares = images.square()
        return squares, torch.nn.functional.avg_pool2d(squares, 2) * 4


# The choice


def here(monkeypatch: pytest.MonkeyPatch, *, vgg: bool, efficientnet: bool) -> None:
    path = Path("somewhere")
    monkeypatch.setattr(room, "vgg_weights", lambda given=None: given or (path if vgg else None))
    monkeypatch.setattr(room, "efficientnet_weights", lambda: path if efficientnet else None)


def test_auto_is_the_best_that_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    here(monkeypatch, vgg=True, efficientnet=True)
    assert choose_maps("auto") == "vgg16"
    here(monkeypatch, vgg=False, efficientnet=True)
    assert choose_maps("auto") == "efficientnet"
    assert choose_maps("auto", "my.pth") == "vgg16"
    here(monkeypatch, vgg=False, efficientnet=False)
    assert choose_maps("auto") == "random"


def test_what_is_not_here_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    here(monkeypatch, vgg=False, efficientnet=False)
    with pytest.raises(TrainerError, match=r"VGG16 needs its weights: vgg16-397923af.pth"):
        choose_maps("vgg16")
    with pytest.raises(TrainerError, match=r'pip install "lossgp\[features\]"'):
        choose_maps("efficientnet")
    with pytest.raises(TrainerError, match=r"unknown network .*'vgg'.*did you mean 'vgg16'"):
        choose_maps("vgg")
    with pytest.raises(TrainerError, match=r"perceptual_weights are VGG16's.*random"):
        choose_maps("random", "my.pth")


def test_vgg_is_looked_for_where_torch_keeps_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert room.vgg_weights() is None
    file = tmp_path / "hub" / "checkpoints" / "vgg16-397923af.pth"
    file.parent.mkdir(parents=True)
    file.touch()
    assert room.vgg_weights() == file
    assert room.vgg_weights("my.pth") == Path("my.pth")


# The networks


def test_random_maps_are_always_the_same_and_no_draw_of_others_moves() -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    first, second = RandomMaps(), RandomMaps()
    assert torch.equal(torch.get_rng_state(), before)
    images = noise(2, 1, 16, 16)
    for one, other in zip(first(images), second(images), strict=True):
        assert torch.equal(one, other)
    assert [tuple(x.shape) for x in first(images)] == [
        (2, 32, 8, 8), (2, 64, 4, 4), (2, 128, 2, 2),
    ]  # fmt: skip
    assert "untrained" in build_maps("random").name


def test_efficientnets_maps_are_what_its_layers_give() -> None:
    network = EfficientNetLite0().eval()
    images = noise(1, 1, 64, 64)
    with torch.no_grad():
        maps = ExtractorMaps(network)(images)
        assert [tuple(x.shape) for x in maps] == [
            (1, 24, 16, 16), (1, 40, 8, 8), (1, 112, 4, 4),
        ]  # fmt: skip
        rest = network.trunk[13:](maps[2])  # the stem is two layers; then 16 blocks, a head of two
        assert torch.equal(rest.mean((2, 3)), network.embed(images))


# The loss


@pytest.mark.parametrize("matching", ["pairs", "means"])
def test_the_loss_and_its_gradient_are_those_of_a_slow_one(matching: str) -> None:
    made, real = noise(3, 1, 4, 4).double(), noise(3, 1, 4, 4, seed=1).double()
    scales = torch.tensor([2.0, 0.5], dtype=torch.float64)

    def slow(images: np.ndarray) -> float:
        total = 0.0
        for level, scale in ((0, 2.0), (1, 0.5)):
            features = []
            for batch in (images, real.numpy()):
                squares = batch[:, 0] ** 2
                sums = squares.reshape(3, 2, 2, 2, 2).sum((2, 4))
                features.append((squares, sums)[level].reshape(3, -1))
            ours, theirs = features
            if matching == "means":
                ours, theirs = ours.mean(0, keepdims=True), theirs.mean(0, keepdims=True)
            apart = [(a - b) ** 2 for x, y in zip(ours, theirs, strict=True)
                     for a, b in zip(x, y, strict=True)]  # fmt: skip
            total += sum(apart) / len(apart) / scale
        return total / 2

    images = made.clone().requires_grad_(True)
    loss = PerceptualLoss(Squares(), matching, scales)(images, real)
    assert float(loss.detach()) == pytest.approx(slow(made.numpy()), rel=1e-6)
    (gradient,) = torch.autograd.grad(loss, images)
    for index in ((0, 0, 1, 2), (2, 0, 3, 3)):
        step = np.zeros((3, 1, 4, 4))
        step[index] = 1e-5
        slope = (slow(made.numpy() + step) - slow(made.numpy() - step)) / 2e-5
        assert float(gradient[index]) == pytest.approx(slope, rel=1e-6)


def test_pairs_are_the_means_and_the_variance_within_both() -> None:
    """The identity of the docstring, over all pairs of a batch with each shift of the other."""
    made, real = noise(6, 1, 4, 4).double(), noise(6, 1, 4, 4, seed=1).double()
    ones = torch.ones(2, dtype=torch.float64)
    pairs, means = (PerceptualLoss(Squares(), name, ones) for name in ("pairs", "means"))
    over_all = torch.stack([pairs(made, real.roll(shift, 0)) for shift in range(6)]).mean()
    within = [
        torch.stack([level.var(0, unbiased=False).mean() for level in Squares()(images)]).mean()
        for images in (made, real)
    ]
    assert float(over_all) == pytest.approx(float(means(made, real) + sum(within)), rel=1e-9)


def test_real_images_have_no_gradient() -> None:
    made, real = (noise(2, 1, 4, 4).requires_grad_(True) for _ in range(2))
    PerceptualLoss(Squares(), "pairs", torch.ones(2))(made, real + 1).backward()
    assert made.grad is not None
    assert real.grad is None


def test_a_spread_is_the_mean_square_of_differences() -> None:
    images = noise(70, 1, 4, 4)  # more than fit into one pass
    maps = Squares()(images.double())
    for level, spread in zip(maps, spreads(Squares(), images), strict=True):
        features = level.flatten(1)
        apart = [
            (features[i] - features[j]).square().mean()
            for i in range(70)
            for j in range(70)
            if i != j
        ]
        assert float(spread) == pytest.approx(float(torch.stack(apart).mean()), rel=1e-6)


def test_images_that_are_all_alike_have_the_spread_one() -> None:
    alike = noise(1, 1, 4, 4).expand(5, -1, -1, -1)
    assert spreads(Squares(), alike).tolist() == [1, 1]


def test_a_wrong_matching_is_refused() -> None:
    with pytest.raises(ValueError, match="matching is 'order'; it must be one of pairs, means"):
        PerceptualLoss(Squares(), "order", torch.ones(2))
