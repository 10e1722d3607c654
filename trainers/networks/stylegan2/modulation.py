"""Modulated convolutions: a style scales what a convolution sees, and its result is normalised.

Karras et al. 2020, section 2.2: the weights are w'_oik = s_i w_oik, and demodulated
w''_oik = w'_oik / sqrt(sum_ik w'_oik^2 + eps). The papers' authors compute it with weights of its
own for each sample, as a convolution in n groups. Here the style scales the maps before, and the
demodulation those after it, of one convolution that all samples share: the same numbers, several
times as fast, and memory for weights does not grow with the batch.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .equalised import GAIN, SLOPE, Drawn, EqualisedLinear
from .filtering import Filter

EPSILON = 1e-8


class StyledConv(Drawn):
    """Modulated 3 x 3 convolution, demodulated; noise, bias, leaky ReLU.

    With `up` it doubles the size: a transposed convolution of stride 2, then the filter.

    Args:
        inputs, outputs: channels.
        latent: numbers of a style.
        up: whether the size is doubled.
    """

    def __init__(self, inputs: int, outputs: int, latent: int, up: bool = False) -> None:
        super().__init__()
        self.style = EqualisedLinear(latent, inputs, bias=1.0)
        self.weight = nn.Parameter(torch.empty(outputs, inputs, 3, 3))
        self.strength = nn.Parameter(torch.empty(()))  # of the noise
        self.bias = nn.Parameter(torch.empty(outputs))
        self.filter = Filter(gain=4.0) if up else None
        self._scale = 1 / math.sqrt(9 * inputs)

    def fill(self, numbers: torch.Generator) -> None:
        """Standard normal weights; neither noise nor bias."""
        self.weight.normal_(generator=numbers)
        self.strength.zero_()
        self.bias.zero_()

    def forward(self, x: Tensor, w: Tensor, noise: Tensor) -> Tensor:
        """Maps x (n, inputs, h, w), styles w (n, latent), noise (n or 1, 1, h', w').

        Returns maps (n, outputs, h', w').
        """
        style = self.style(w)  # (n, inputs)
        weight = self.weight * self._scale
        power = weight.square().sum(dim=(2, 3))  # (outputs, inputs)
        demodulation = (style.square() @ power.T + EPSILON).rsqrt()  # (n, outputs)
        x = x * style[:, :, None, None]
        if self.filter is None:
            x = F.conv2d(x, weight, padding=1)
        else:
            x = self.filter(F.conv_transpose2d(x, weight.transpose(0, 1), stride=2))
        # The gain of leaky ReLU goes before it, where it costs nothing.
        bias = (self.bias * GAIN)[:, None, None]
        x = torch.addcmul(bias, x, demodulation[:, :, None, None], value=GAIN)
        x = x + noise * (self.strength * GAIN)
        return F.leaky_relu(x, SLOPE)


class ToImage(Drawn):
    """Modulated 1 x 1 convolution to an image's channels, without demodulation or activation."""

    def __init__(self, inputs: int, channels: int, latent: int) -> None:
        super().__init__()
        self.style = EqualisedLinear(latent, inputs, bias=1.0)
        self.weight = nn.Parameter(torch.empty(channels, inputs))
        self.bias = nn.Parameter(torch.empty(channels))
        self._scale = 1 / math.sqrt(inputs)

    def fill(self, numbers: torch.Generator) -> None:
        """Standard normal weights, no bias."""
        self.weight.normal_(generator=numbers)
        self.bias.zero_()

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """Maps x (n, inputs, h, w), styles w (n, latent) to images (n, channels, h, w)."""
        n, _, height, width = x.shape
        weight = self.weight * self._scale * self.style(w)[:, None]  # (n, channels, inputs)
        pixels = x.permute(0, 2, 3, 1).flatten(1, 2)  # (n, h w, inputs), a view in channels last
        image = torch.baddbmm(self.bias, pixels, weight.transpose(1, 2))  # (n, h w, channels)
        return image.view(n, height, width, -1).permute(0, 3, 1, 2)
