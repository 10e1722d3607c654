"""The residual generator and critic of the improved-WGAN paper, at any power-of-two size.

Gulrajani et al. 2017, "Improved Training of Wasserstein GANs", the 64 x 64 networks of the authors'
published code: pre-activation residual blocks (He et al. 2016), batch norm in the generator and
layer norm in the critic, because the gradient penalty is one sample's own. At width 64, 64 x 64
pixels and 3 channels they have 8.54 and 9.45 million parameters.

Convolutions next to a change of size are folded with it, which gives the same numbers for 4/9 of
the work: 3 x 3 and then the mean of 2 x 2 is one 4 x 4 convolution of stride 2, and doubling before
3 x 3 is its transpose. A 1 x 1 convolution is done where there are fewer pixels.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrize

from .doubling import doubled_convolution, halved_convolution
from .spectral_norm import draw_vector, normalised

SMALLEST = 4  # pixels along the side of the maps in the middle, next to the dense layers

Norm = Literal["layer", "layer-per-channel", "none"]
Output = Literal["tanh", "none"]


def multiples(size: int) -> list[int]:
    """Channels, as multiples of the width, from the maps of 4 x 4 up to those of the image.

    `[8, 8, 4, 2, 1]` for 64 x 64: twice as many for each halving, and at most 8. Raises
    `ValueError` where the size is no power of two above 4.
    """
    halvings = (size // SMALLEST).bit_length() - 1
    if halvings < 1 or size != SMALLEST << halvings:
        raise ValueError(f"size is {size}; it must be a power of two, 8 or more")
    return [min(8, 1 << step) for step in range(halvings, -1, -1)]


class ResidualGenerator(nn.Module):
    """Latents (batch, latent) to images (batch, channels, size, size).

    Dense to 4 x 4, residual blocks that double the size, batch norm, ReLU, a 3 x 3 convolution;
    then tanh, or with `output` "none" nothing: pixels have then no bounds.

    While it learns, batches are normalised by their own mean and variance; in evaluation by the
    running means of those, so that an image does not depend on what is generated beside it.
    """

    def __init__(
        self, channels: int, size: int, width: int, latent: int, output: Output = "tanh"
    ) -> None:
        super().__init__()
        maps = [width * multiple for multiple in multiples(size)]
        self.dense = nn.Linear(latent, maps[0] * SMALLEST**2)
        self.blocks = nn.Sequential(*(UpBlock(*pair) for pair in pairwise(maps)))
        self.norm = nn.BatchNorm2d(maps[-1])
        self.pixels = nn.Conv2d(maps[-1], channels, 3, padding=1)
        self.output = output

    def forward(self, latents: Tensor) -> Tensor:
        """Images (batch, channels, size, size)."""
        hidden = self.dense(latents).view(len(latents), -1, SMALLEST, SMALLEST)
        hidden = hidden.contiguous(memory_format=torch.channels_last)
        images: Tensor = self.pixels(self.norm(self.blocks(hidden)).relu_())
        return images.tanh() if self.output == "tanh" else images

    def draw(self, numbers: torch.Generator) -> None:
        """Fill weights and buffers: see `draw_weights`."""
        draw_weights(self, numbers)


class ResidualCritic(nn.Module):
    """Images (batch, channels, size, size) to raw scores (batch, 1).

    A 3 x 3 convolution, residual blocks that halve the size, dense to 1. `norm` is "layer" (over
    all of a sample, with a gain and a bias for each activation), "layer-per-channel" (a gain and a
    bias for each channel, as the authors' code: 7.49 million parameters) or "none". With
    `spectral` all weights are divided by their spectral norm.

    Batch norm is no choice: it would make a sample's gradient depend on the others.
    """

    features = 0  # nothing is dropped before the score
    outputs = 1

    def __init__(
        self, channels: int, size: int, width: int, norm: Norm = "layer", *, spectral: bool = False
    ) -> None:
        super().__init__()
        maps = [width * multiple for multiple in reversed(multiples(size))]
        self.pixels = nn.Conv2d(channels, maps[0], 3, padding=1)
        self.blocks = nn.Sequential(
            *(
                DownBlock(before, after, size >> step, norm)
                for step, (before, after) in enumerate(pairwise(maps))
            )
        )
        self.score = nn.Linear(maps[-1] * SMALLEST**2, 1)
        if spectral:
            for layer in self.modules():
                if isinstance(layer, nn.Conv2d | nn.Linear):
                    made = SpectralWeight(layer.weight)
                    parametrize.register_parametrization(layer, "weight", made, unsafe=True)

    def embed(self, images: Tensor) -> Tensor:
        """The last hidden maps, (batch, 16 maps): what f-AnoGAN compares images by."""
        images = images.contiguous(memory_format=torch.channels_last)
        hidden: Tensor = self.blocks(self.pixels(images)).flatten(1)
        return hidden

    def forward(self, images: Tensor) -> Tensor:
        """Scores (batch, 1)."""
        scores: Tensor = self.score(self.embed(images))
        return scores

    def draw(self, numbers: torch.Generator) -> None:
        """Fill weights and buffers: see `draw_weights`."""
        draw_weights(self, numbers)


class UpBlock(nn.Module):
    """Maps (batch, before, s, s) to (batch, after, 2s, 2s).

    Norm, ReLU, doubling, conv 3, norm, ReLU, conv 3; beside it doubling and conv 1; their sum.
    """

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.BatchNorm2d(before), nn.BatchNorm2d(after)
        self.conv1 = nn.Conv2d(before, after, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(after, after, 3, padding=1)
        self.shortcut = nn.Conv2d(before, after, 1)

    def forward(self, maps: Tensor) -> Tensor:
        """The sum of both ways."""
        hidden: Tensor = doubled_convolution(self.norm1(maps).relu_(), self.conv1.weight)
        hidden = self.conv2(self.norm2(hidden).relu_())
        beside: Tensor = F.interpolate(self.shortcut(maps), scale_factor=2.0, mode="nearest")
        return hidden + beside


class DownBlock(nn.Module):
    """Maps (batch, before, s, s) to (batch, after, s/2, s/2).

    Norm, ReLU, conv 3, norm, ReLU, conv 3, mean of 2 x 2; beside it the mean and conv 1; their sum.
    """

    def __init__(self, before: int, after: int, size: int, norm: Norm) -> None:
        super().__init__()
        self.norm1, self.norm2 = (normalisation(norm, before, size) for _ in range(2))
        self.conv1 = nn.Conv2d(before, before, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(before, after, 3, padding=1)
        self.shortcut = nn.Conv2d(before, after, 1)

    def forward(self, maps: Tensor) -> Tensor:
        """The sum of both ways."""
        hidden = self.conv1(self.norm1(maps).relu())
        hidden = self.norm2(hidden).relu()
        hidden = halved_convolution(hidden, self.conv2.weight, self.conv2.bias)
        beside: Tensor = self.shortcut(F.avg_pool2d(maps, 2))
        return hidden + beside


class LayerNorm(nn.Module):
    """Over all activations of a sample (Ba et al. 2016), with a gain and a bias for each of them.

    `gain` and `bias` are (s, s, c): maps lie channels last in memory, and nothing is moved.
    """

    def __init__(self, channels: int, size: int) -> None:
        super().__init__()
        shape = (size, size, channels)
        self.gain, self.bias = nn.Parameter(torch.empty(shape)), nn.Parameter(torch.empty(shape))

    def forward(self, maps: Tensor) -> Tensor:
        """Maps of the same shape (batch, c, s, s)."""
        last = maps.permute(0, 2, 3, 1)  # (batch, s, s, c)
        normal: Tensor = F.layer_norm(last, last.shape[1:], self.gain, self.bias)
        return normal.permute(0, 3, 1, 2)


class ChannelLayerNorm(nn.Module):
    """Over all activations of a sample, with a gain and a bias for each channel, (c,)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gain, self.bias = (nn.Parameter(torch.empty(channels)) for _ in range(2))

    def forward(self, maps: Tensor) -> Tensor:
        """Maps of the same shape (batch, c, s, s)."""
        return F.group_norm(maps, 1, self.gain, self.bias)


class SpectralWeight(nn.Module):
    """What a layer computes with instead of its weight: divided by its spectral norm.

    Each time that the weight is used in training is a step of the power iteration.
    """

    u: Tensor

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.register_buffer("u", torch.empty(len(weight), device=weight.device))

    def forward(self, weight: Tensor) -> Tensor:
        """The normalised weight, of the same shape."""
        return normalised(weight, self.u, self.training)


def normalisation(norm: Norm, channels: int, size: int) -> nn.Module:
    """The critic's normalisation of maps (batch, channels, size, size)."""
    if norm == "none":
        return nn.Identity()
    return LayerNorm(channels, size) if norm == "layer" else ChannelLayerNorm(channels)


@torch.no_grad()
def draw_weights(network: nn.Module, numbers: torch.Generator) -> None:
    """The initial weights of the authors' code: uniform, of a variance by the layer's two fans.

    4 / (in + out) for the convolutions of the blocks and the generator's last (He), 2 / (in + out)
    for shortcuts, the critic's first and dense layers (Glorot). Biases are 0, gains 1, running
    means those of the normal distribution.
    """
    for name, module in network.named_modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            weight = _own_weight(module)
            area = weight[0, 0].numel() if weight.ndim == 4 else 1
            glorot = weight.ndim == 2 or name.endswith("shortcut")
            glorot = glorot or (name == "pixels" and isinstance(network, ResidualCritic))
            variance = (2 if glorot else 4) / (area * (weight.shape[0] + weight.shape[1]))
            bound = (3 * variance) ** 0.5
            weight.uniform_(-bound, bound, generator=numbers)
            if module.bias is not None:
                module.bias.zero_()
        elif isinstance(module, LayerNorm | ChannelLayerNorm):
            module.gain.fill_(1)
            module.bias.zero_()
        elif isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            module.weight.fill_(1)
            module.bias.zero_()
        elif isinstance(module, SpectralWeight):
            draw_vector(module.u, numbers)


def _own_weight(layer: nn.Conv2d | nn.Linear) -> Tensor:
    """What is learned, before any normalisation."""
    if parametrize.is_parametrized(layer, "weight"):
        return layer.parametrizations.weight.original  # type: ignore[union-attr, return-value]
    return layer.weight
