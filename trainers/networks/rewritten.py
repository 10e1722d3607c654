"""The residual networks in evaluation, rewritten for a processor: the same numbers, but rounding.

A 3 x 3 convolution and then the mean of 2 x 2 is the sum of 2 x 2 neighbours, which costs next to
nothing, and then the convolution with stride 2: 9 multiplications where the 4 x 4 kernel of
`doubling` takes 16. Doubling and then 3 x 3 is the transpose of that. Batch norms have become a
factor and a summand, which the convolution before them takes in where there is one; both biases of
a block are one; 1 x 1 and the image's 3 x 3 convolutions are matrix products; kernels are made
once. In small batches what a layer leaves is still in the cache when the next one comes.

Learning, measuring and CUDA keep the plain networks: trainings do not change by a bit.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .encoder import ResidualEncoder
from .resnet import SMALLEST, DownBlock, ResidualCritic, ResidualGenerator, UpBlock

AT_ONCE = 8  # images in a batch: the maps of 64 x 64 with 64 channels are 8 MB

Network = Callable[[Tensor], Tensor]


@torch.inference_mode()
def rewritten(generator: nn.Module, critic: nn.Module, encoder: nn.Module) -> list[Network] | None:
    """What they compute in evaluation, with the weights of now, in float32, without gradients.

    Returns:
        The generator, latents (n, latent) to images; the critic's features of images, `embed`; and
        the encoder, images to latents. None where one is of another kind.
    """
    if not isinstance(generator, ResidualGenerator) or not isinstance(critic, ResidualCritic):
        return None
    if not isinstance(encoder, ResidualEncoder):
        return None
    return [_Generator(generator), _Trunk(critic), _Encoder(encoder)]


class _Generator:
    """See `ResidualGenerator`."""

    def __init__(self, network: ResidualGenerator) -> None:
        self._dense, self._output = network.dense, network.output
        self._blocks = [_Up(block) for block in network.blocks]  # type: ignore[arg-type]
        self._gain, self._shift = _affine(network.norm)
        self._pixels = network.pixels

    def __call__(self, latents: Tensor) -> Tensor:
        hidden = self._dense(latents).view(len(latents), -1, SMALLEST, SMALLEST)
        maps = hidden.permute(0, 2, 3, 1).contiguous()  # (n, 4, 4, c)
        for block in self._blocks:
            maps = block(maps)
        maps = torch.addcmul(self._shift, maps, self._gain).relu_()
        images: Tensor = self._pixels(_channels_first(maps))
        return images.tanh() if self._output == "tanh" else images


class _Trunk:
    """See `ResidualCritic.embed`."""

    def __init__(self, network: ResidualCritic) -> None:
        weight = network.pixels.weight.detach()  # (w, c, 3, 3)
        self._kernel = weight.flatten(1).t().contiguous()  # (9 c, w)
        self._bias = _bias(network.pixels)
        self._blocks = [_Down(block) for block in network.blocks]  # type: ignore[arg-type]

    def __call__(self, images: Tensor) -> Tensor:
        count, _, side, _ = images.shape
        around = F.pad(images, (1, 1, 1, 1)).unfold(2, 3, 1).unfold(3, 3, 1)
        patches = around.permute(0, 2, 3, 1, 4, 5).reshape(-1, len(self._kernel))  # (n s s, 9 c)
        maps = torch.addmm(self._bias, patches, self._kernel).view(count, side, side, -1)
        for block in self._blocks:
            maps = block(maps)
        return _channels_first(maps).flatten(1)


class _Encoder:
    """See `ResidualEncoder`."""

    def __init__(self, network: ResidualEncoder) -> None:
        self._trunk, self._dense = _Trunk(network.trunk), network.trunk.score

    def __call__(self, images: Tensor) -> Tensor:
        latents: Tensor = self._dense(self._trunk(images))
        return latents.tanh()


class _Up:
    """See `UpBlock`; maps are (n, s, s, before) and (n, 2s, 2s, after)."""

    def __init__(self, block: UpBlock) -> None:
        self._gain, self._shift = _affine(block.norm1)
        gain, shift = _affine(block.norm2)
        kernel = (block.conv1.weight.detach() * gain.view(-1, 1, 1, 1)).flip(2, 3).transpose(0, 1)
        self._kernel1 = _channels_last(kernel)  # (before, after, 3, 3)
        self._bias1 = shift / 4  # four neighbours are summed afterwards
        self._kernel2 = _channels_last(block.conv2.weight.detach())
        self._bias2 = _bias(block.conv2) + _bias(block.shortcut)
        self._beside = block.shortcut.weight.detach().flatten(1)  # (after, before)

    def __call__(self, maps: Tensor) -> Tensor:
        hidden = torch.addcmul(self._shift, maps, self._gain).relu_()
        hidden = F.conv_transpose2d(_channels_first(hidden), self._kernel1, self._bias1, stride=2)
        rows = hidden.permute(0, 2, 3, 1)  # (n, 2s + 1, 2s + 1, after)
        rows = rows[:, 1:] + rows[:, :-1]
        hidden = (rows[:, :, 1:] + rows[:, :, :-1]).relu_()
        made = F.conv2d(_channels_first(hidden), self._kernel2, self._bias2, padding=1)
        beside = F.linear(maps, self._beside)  # (n, s, s, after)
        count, side, _, after = beside.shape
        summed = made.permute(0, 2, 3, 1).reshape(count, side, 2, side, 2, after)
        summed += beside.view(count, side, 1, side, 1, after)
        return summed.view(count, 2 * side, 2 * side, after)


class _Down:
    """See `DownBlock`; maps are (n, s, s, before) and (n, s/2, s/2, after)."""

    def __init__(self, block: DownBlock) -> None:
        self._norms = [block.norm1, block.norm2]
        self._kernel1 = _channels_last(block.conv1.weight.detach())
        self._kernel2 = _channels_last(block.conv2.weight.detach() / 4)
        self._bias = _bias(block.conv2) + _bias(block.shortcut)
        self._beside = (block.shortcut.weight.detach() / 4).flatten(1).t().contiguous()

    def __call__(self, maps: Tensor) -> Tensor:
        hidden = _rectified(self._norms[0], _channels_first(maps))
        hidden = F.conv2d(hidden, self._kernel1, padding=1)
        hidden = _neighbours(_rectified(self._norms[1], hidden).permute(0, 2, 3, 1))
        hidden = F.conv2d(_channels_first(hidden), self._kernel2, self._bias, stride=2)
        rows = maps[:, 0::2] + maps[:, 1::2]
        beside = rows[:, :, 0::2] + rows[:, :, 1::2]  # (n, s/2, s/2, before)
        summed = hidden.permute(0, 2, 3, 1).reshape(-1, hidden.shape[1])
        summed.addmm_(beside.view(-1, beside.shape[-1]), self._beside)
        return summed.view(*beside.shape[:3], -1)


def _rectified(norm: nn.Module, maps: Tensor) -> Tensor:
    """ReLU of the normalised maps; without a norm the maps themselves stay as they are."""
    normal: Tensor = norm(maps)
    return normal.relu() if normal is maps else normal.relu_()


def _neighbours(maps: Tensor) -> Tensor:
    """The sum of each 2 x 2 neighbours, of maps in a frame of zeros: s + 1 of s pixels a side."""
    count, side, _, channels = maps.shape
    rows = maps.new_empty(count, side + 1, side, channels)
    rows[:, 0], rows[:, side] = maps[:, 0], maps[:, -1]
    torch.add(maps[:, 1:], maps[:, :-1], out=rows[:, 1:side])
    sums = maps.new_empty(count, side + 1, side + 1, channels)
    sums[:, :, 0], sums[:, :, side] = rows[:, :, 0], rows[:, :, -1]
    torch.add(rows[:, :, 1:], rows[:, :, :-1], out=sums[:, :, 1:side])
    return sums


def _affine(norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """The factor and the summand, (c,) each, that a batch norm is in evaluation."""
    mean, variance = norm.running_mean, norm.running_var
    assert mean is not None
    assert variance is not None
    gain = norm.weight.detach() / torch.sqrt(variance + norm.eps)
    return gain, norm.bias.detach() - mean * gain


def _bias(layer: nn.Conv2d) -> Tensor:
    assert layer.bias is not None
    return layer.bias.detach()


def _channels_first(maps: Tensor) -> Tensor:
    """(n, s, s, c) as (n, c, s, s), as it lies in memory."""
    return maps.permute(0, 3, 1, 2)


def _channels_last(kernel: Tensor) -> Tensor:
    return kernel.contiguous(memory_format=torch.channels_last)
