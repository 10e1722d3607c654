"""What a projected GAN's discriminators see: frozen features, mixed at random, at four scales.

Sauer et al. 2021, "Projected GANs converge faster", section 3: the maps of a pretrained network
(EfficientNet-lite0 here) after its stages at 1/4, 1/8, 1/16 and 1/32 of the image; each through a
random 1 x 1 convolution (cross-channel mixing); then from the coarsest up, each added to the next,
enlarged, and through another random 1 x 1 convolution (cross-scale mixing). Nothing of it learns.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..extractors.efficientnet import EfficientNetLite0, InvertedResidual, SameConv2d, efficientnet
from ..extractors.extractor import as_rgb
from ..resizing import resized

CUTS = (5, 7, 13, 18)
"""Where the four stages end in EfficientNet-lite0's trunk."""
CHANNELS = (24, 40, 112, 320)
"""Channels of its maps there, at 1/4, 1/8, 1/16 and 1/32 of the image's side."""


class FrozenConv2d(nn.Module):
    """A convolution with the batch norm behind it folded in; its numbers are no parameters."""

    weight: Tensor
    bias: Tensor

    def __init__(self, channels: int, maps: int, kernel: int, stride: int = 1, groups: int = 1):
        super().__init__()
        self.stride, self.groups, self.kernel = stride, groups, kernel
        shape = (maps, channels // groups, kernel, kernel)
        # Not in the state: a seed draws them again, or they are read from their file.
        self.register_buffer("weight", torch.empty(shape), persistent=False)
        self.register_buffer("bias", torch.empty(maps), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """Maps (n, maps, h / stride, w / stride), padded as TensorFlow does."""
        padding = self.kernel // 2
        if self.stride == 2:  # "same" of an even side: more below and to the right
            images, padding = F.pad(images, (padding - 1, padding, padding - 1, padding)), 0
        return F.conv2d(images, self.weight, self.bias, self.stride, padding, groups=self.groups)

    def fold(self, convolution: nn.Conv2d, norm: nn.BatchNorm2d) -> None:
        """Take the numbers of a convolution and of the batch norm in evaluation behind it."""
        assert norm.running_var is not None
        assert norm.running_mean is not None
        with torch.no_grad():
            gain = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
            self.weight.copy_(convolution.weight.double() * gain[:, None, None, None])
            self.bias.copy_(norm.bias.double() - norm.running_mean.double() * gain)


class _Residual(nn.Module):
    def __init__(self, block: InvertedResidual) -> None:
        super().__init__()
        self.layers, self.adds = nn.Sequential(*_frozen(block.layers)), block.adds

    def forward(self, images: Tensor) -> Tensor:
        maps: Tensor = self.layers(images)
        return images + maps if self.adds else maps


class FrozenEfficientNet(nn.Module):
    """Images (n, 3, s, s) in [-1, 1] to EfficientNet-lite0's maps at four scales.

    Built from the extractor's network, batch norms folded into the convolutions before them: the
    same maps for two thirds of the time. `pretrained` says whether `draw` takes the ImageNet
    weights, or random ones.
    """

    def __init__(self, pretrained: bool = True) -> None:
        super().__init__()
        self.pretrained = pretrained
        layers = _frozen(_trunk())
        stages = [layers[begin:end] for begin, end in pairwise((0, *CUTS))]
        self.stages = nn.ModuleList(nn.Sequential(*stage) for stage in stages)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Maps (n, 24, s/4, s/4), (n, 40, s/8, s/8), (n, 112, s/16, ...), (n, 320, s/32, ...)."""
        maps = []
        for stage in self.stages:
            images = stage(images)
            maps.append(images)
        return maps

    def draw(self, numbers: torch.Generator) -> None:
        """Fill in the ImageNet weights, or He's random ones from `numbers`.

        Raises `TrainerError` where the weights are not installed.
        """
        frozen = [layer for layer in self.modules() if isinstance(layer, FrozenConv2d)]
        if self.pretrained:
            known = efficientnet().trunk[: CUTS[-1]]
            for layer, (convolution, norm) in zip(frozen, _layers(known), strict=True):
                layer.fold(convolution, norm)
            return
        with torch.no_grad():
            for layer in frozen:
                fan_in = layer.weight[0].numel()
                layer.weight.normal_(0, (2 / fan_in) ** 0.5, generator=numbers)
                layer.bias.zero_()


class RandomMixing(nn.Module):
    """Maps at four scales, mixed over channels and scales, each twice as large: four tensors.

    Out of channel mixing come m, 2m, 4m, 8m channels, out of scale mixing m, m, 2m, 4m: m is
    `width`, 64 in the paper.
    """

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        mixed = [width * 2**scale for scale in range(4)]
        self.channels = (width, *mixed[:3])
        self.across_channels = nn.ModuleList(map(_Mix, CHANNELS, mixed))
        self.across_scales = nn.ModuleList(map(_Mix, mixed, self.channels))

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """From (n, c, s, s) at each scale (n, c', 2s, 2s) at each scale, in the same order.

        The convolution comes before the enlargement here, at a quarter of the cost: one acts on
        channels, the other on pixels with weights that sum to one, so they commute.
        """
        mixed: list[Tensor] = []
        layers = zip(maps, self.across_channels, self.across_scales, strict=True)
        for stage, mix_channels, mix_scales in reversed(list(layers)):
            stage = mix_channels(stage)
            stage = mix_scales(stage + mixed[0] if mixed else stage)
            side = 2 * stage.shape[-1]
            mixed.insert(0, resized(stage, (side, side), corners=True))
        return mixed

    def draw(self, numbers: torch.Generator) -> None:
        """Fill all weights from `numbers`, as PyTorch fills convolutions."""
        for mix in (*self.across_channels, *self.across_scales):
            bound = mix.weight[0].numel() ** -0.5
            mix.weight.uniform_(-bound, bound, generator=numbers)
            mix.bias.uniform_(-bound, bound, generator=numbers)


class _Mix(FrozenConv2d):
    def __init__(self, channels: int, maps: int) -> None:
        super().__init__(channels, maps, 1)


class Projection(nn.Module):
    """Images (n, 1 or 3, side, side) in [-1, 1] to mixed features at four scales.

    Images are enlarged to `size` pixels first, a multiple of 32: the features lie at 1/2, 1/4, 1/8
    and 1/16 of it, in `channels` channels.
    """

    def __init__(self, size: int, width: int = 64, pretrained: bool = True) -> None:
        super().__init__()
        self.size = size
        self.network = FrozenEfficientNet(pretrained)
        self.mixing = RandomMixing(width)
        self.channels = self.mixing.channels

    def forward(self, images: Tensor) -> list[Tensor]:
        """Features (n, channels, size / 2, size / 2), ... (n, channels, size / 16, size / 16)."""
        return self.mix(self.maps(images))

    def maps(self, images: Tensor) -> list[Tensor]:
        """The feature network's own maps at four scales; they are the same for every seed."""
        maps: list[Tensor] = self.network(as_rgb(resized(images, (self.size, self.size))))
        return maps

    def mix(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """The network's maps, mixed."""
        mixed: list[Tensor] = self.mixing(maps)
        return mixed

    def draw(self, numbers: torch.Generator) -> None:
        """Fill in the feature network's weights, and the mixing's from `numbers`."""
        self.network.draw(numbers)
        self.mixing.draw(numbers)


def frozen_count(width: int = 64) -> int:
    """Numbers that never learn, batch norms counted as parameters: 3.34 million in the paper."""
    with torch.device("meta"):
        network, mixing = _trunk(), RandomMixing(width)
    of_network = sum(parameter.numel() for parameter in network.parameters())
    return of_network + sum(buffer.numel() for buffer in mixing.buffers())


def _trunk() -> nn.Sequential:
    with torch.device("meta"):
        return nn.Sequential(*list(EfficientNetLite0().trunk.children())[: CUTS[-1]])


def _frozen(layers: nn.Module) -> list[nn.Module]:
    """The same layers with batch norms to be folded in."""
    found: list[nn.Module] = []
    for layer in layers.children():
        if isinstance(layer, InvertedResidual):
            found.append(_Residual(layer))
        elif isinstance(layer, nn.Sequential):
            convolution, _ = layer
            assert isinstance(convolution, SameConv2d)
            sizes = (convolution.kernel_size[0], convolution.stride[0], convolution.groups)
            channels, maps = convolution.in_channels, convolution.out_channels
            found.append(FrozenConv2d(channels, maps, *sizes))
        else:
            found.append(nn.ReLU6())
    return found


def _layers(trunk: nn.Module) -> list[tuple[nn.Conv2d, nn.BatchNorm2d]]:
    modules = list(trunk.modules())
    convolutions = [module for module in modules if isinstance(module, nn.Conv2d)]
    norms = [module for module in modules if isinstance(module, nn.BatchNorm2d)]
    return list(zip(convolutions, norms, strict=True))
