"""The networks of the DGAN-WP-TL recipe: shapes, blocks, initial weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lossgp.trainers.initial import initialise
from lossgp.trainers.networks.dgan import DganCritic, DganGenerator, PixelNorm, channels_at
from lossgp.trainers.seeding import stream


def generator(channels: int = 1, size: int = 16, width: int = 4, depth: int = 2) -> DganGenerator:
    with torch.device("meta"):
        network = DganGenerator(channels, size, width, depth, 6)
    initialise(network, "cpu", stream(0, "G"))
    return network


def critic(channels: int = 1, size: int = 16, width: int = 4, depth: int = 2) -> DganCritic:
    with torch.device("meta"):
        network = DganCritic(channels, size, width, depth)
    initialise(network, "cpu", stream(0, "D"))
    return network


@pytest.mark.parametrize(
    ("channels", "size", "depth"), [(1, 16, 2), (3, 16, 3), (1, 24, 3), (1, 8, 1)]
)
def test_images_and_scores_have_their_shapes(channels: int, size: int, depth: int) -> None:
    images = generator(channels, size, 4, depth)(torch.randn(5, 6))
    assert images.shape == (5, channels, size, size)
    assert float(images.detach().abs().max()) <= 1
    assert critic(channels, size, 4, depth)(images).shape == (5, 1)


def test_the_default_size_has_a_known_number_of_parameters() -> None:
    with torch.device("meta"):
        networks = DganGenerator(1, 64, 8, 4, 64), DganCritic(1, 64, 8, 4)
    assert [sum(p.numel() for p in n.parameters()) for n in networks] == [231_233, 174_577]


def test_channels_double_with_each_halving_up_to_512() -> None:
    assert [channels_at(8, 4, level) for level in range(5)] == [8, 16, 32, 64, 128]
    assert [channels_at(64, 5, level) for level in range(6)] == [64, 128, 256, 512, 512, 512]
    assert channels_at(600, 2, 1) == 600


def test_blocks_are_numbered_from_the_input() -> None:
    """The last of the generator's blocks is the nearest to the image; the critic's the farthest."""
    g, d = generator(), critic()
    assert [type(block).__name__ for block in g.blocks] == ["Linear", "Conv2d", "Conv2d"]
    assert [tuple(block.weight.shape[:2]) for block in g.blocks[1:]] == [(8, 16), (4, 8)]
    assert [tuple(block.weight.shape[:2]) for block in d.blocks] == [(8, 1), (16, 8)]


def test_the_layers_are_those_of_the_docstring() -> None:
    """Written once more with functions alone."""
    g, d, z = generator(), critic(), torch.randn(3, 6, generator=torch.Generator().manual_seed(0))

    def normed(maps: torch.Tensor) -> torch.Tensor:
        maps = torch.where(maps > 0, maps, 0.2 * maps)
        return maps / (maps.pow(2).mean(1, keepdim=True) + 1e-8).sqrt()

    dense, first, second = g.blocks
    maps = normed((z @ dense.weight.T + dense.bias).reshape(3, 16, 4, 4))
    for convolution in (first, second):
        doubled = maps.repeat_interleave(2, 2).repeat_interleave(2, 3)
        maps = normed(F.conv2d(doubled, convolution.weight, convolution.bias, padding=1))
    images = torch.tanh(F.conv2d(maps, g.to_image.weight, g.to_image.bias, padding=1))
    torch.testing.assert_close(g(z), images, rtol=1e-5, atol=1e-6)

    maps = images
    for convolution in d.blocks:
        maps = F.conv2d(maps, convolution.weight, convolution.bias, stride=2, padding=1)
        maps = torch.where(maps > 0, maps, 0.2 * maps)
    scores = maps.reshape(3, -1) @ d.score.weight.T + d.score.bias
    torch.testing.assert_close(d(images), scores, rtol=1e-5, atol=1e-6)


def test_initial_weights_keep_the_scale_and_come_from_the_stream() -> None:
    network = critic(width=32)
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            expected = (2 / 1.04 / layer.weight[0].numel()) ** 0.5
            assert float(layer.weight.detach().std()) == pytest.approx(expected, rel=0.15)
            assert not bool(layer.bias.any())
    torch.manual_seed(7)
    again = critic(width=32)
    for one, other in zip(network.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)


def test_pixel_norm_leaves_images_to_themselves() -> None:
    maps = torch.randn(4, 6, 2, 2, generator=torch.Generator().manual_seed(0))
    normed = PixelNorm()(maps)
    np.testing.assert_allclose(normed.square().mean(1).numpy(), 1, rtol=1e-5)
    assert torch.equal(PixelNorm()(maps[:1])[0], normed[0])
