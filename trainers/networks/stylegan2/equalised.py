"""Layers whose learning rates are equalised, and networks that draw their own initial weights."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SLOPE = 0.2  # of every leaky ReLU
GAIN = math.sqrt(2)  # that keeps the variance of what a leaky ReLU is given, about


class Drawn(nn.Module):
    """A module that fills its parameters and buffers itself, and those of all within it."""

    @torch.no_grad()
    def draw(self, numbers: torch.Generator) -> None:
        """Fill everything anew, module after module in their order, from this stream."""
        for module in self.modules():
            if isinstance(module, Drawn):
                module.fill(numbers)

    def fill(self, numbers: torch.Generator) -> None:
        """Fill the parameters and buffers of this module itself."""


class EqualisedLinear(Drawn):
    """(n, inputs) to (n, outputs): the weights are standard normal, and scaled as they are used.

    The scale c = rate / sqrt(inputs) is He's constant; because Adam does not see it, every layer
    learns at the same relative speed, times `rate` (Karras et al. 2018, section 4.1).

    Args:
        inputs, outputs: sizes.
        rate: the layer's learning rate over that of the others; 0.01 in a mapping network.
        bias: what each bias begins with.
        active: whether a leaky ReLU and its gain follow.
    """

    def __init__(
        self, inputs: int, outputs: int, rate: float = 1.0, bias: float = 0.0, active: bool = False
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs))
        self.bias = nn.Parameter(torch.empty(outputs))
        self._rate, self._first_bias, self._active = rate, bias, active
        gain = GAIN if active else 1.0  # leaky ReLU is homogeneous: its gain may go before it
        self._scale, self._bias_scale = gain * rate / math.sqrt(inputs), gain * rate

    def fill(self, numbers: torch.Generator) -> None:
        """Standard normal weights over the rate; biases that come to their first value."""
        self.weight.normal_(generator=numbers).div_(self._rate)
        self.bias.fill_(self._first_bias / self._rate)

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs) to (n, outputs)."""
        x = F.linear(x, self.weight * self._scale, self.bias * self._bias_scale)
        return F.leaky_relu(x, SLOPE) if self._active else x


class EqualisedConv(Drawn):
    """A convolution of odd kernel, equalised as `EqualisedLinear` is, with padding or without.

    Args:
        inputs, outputs: channels.
        kernel: its sides.
        stride, padding: as torch's.
        bias: whether it has one.
        gain: of the result.
        active: whether a leaky ReLU follows.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        *,
        stride: int = 1,
        padding: int = 0,
        bias: bool = True,
        gain: float = GAIN,
        active: bool = True,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.empty(outputs)) if bias else None
        self._stride, self._padding, self._gain, self._active = stride, padding, gain, active
        self._scale = gain / math.sqrt(inputs * kernel**2)

    def fill(self, numbers: torch.Generator) -> None:
        """Standard normal weights, no bias."""
        self.weight.normal_(generator=numbers)
        if self.bias is not None:
            self.bias.zero_()

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, h, w) to (n, outputs, h', w')."""
        bias = None if self.bias is None else self.bias * self._gain
        x = F.conv2d(x, self.weight * self._scale, bias, self._stride, self._padding)
        return F.leaky_relu(x, SLOPE) if self._active else x
