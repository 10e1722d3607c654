"""Spectral normalisation: layers whose weights have a largest singular value of about one.

Miyato et al. 2018, "Spectral normalization for generative adversarial networks", algorithm 1. The
singular vector is a buffer, so a training that was put away goes on with it; it is drawn from a
stream, and a forward pass neither draws nor waits, so that it can be captured.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_TINY = 1e-12


def normalised(weight: Tensor, u: Tensor, iterate: bool) -> Tensor:
    """A weight divided by its largest singular value, as estimated from `u`.

    The weight (rows, ...) counts as a matrix (rows, everything else); `u` (rows,) is its left
    singular vector, about. With `iterate` it is improved first, in place, by one power iteration.
    The gradient flows through the singular value too, and not through the vectors.
    """
    matrix = weight.flatten(1)  # (rows, columns)
    with _without_autocast(weight):
        with torch.no_grad():
            v = F.normalize(torch.mv(matrix.t(), u), dim=0, eps=_TINY)  # (columns,)
            if iterate:
                u.copy_(F.normalize(torch.mv(matrix, v), dim=0, eps=_TINY))
            left = u.clone()  # the next forward pass moves u, before this one's backward pass
        sigma = torch.dot(left, torch.mv(matrix, v))
        return weight / sigma


def _without_autocast(weight: Tensor) -> AbstractContextManager[object]:
    """A singular value is always one of float32; shapes alone ("meta") know no autocast."""
    if weight.is_meta:
        return nullcontext()
    return torch.autocast(weight.device.type, enabled=False)


def draw_vector(u: Tensor, numbers: torch.Generator) -> None:
    """Fill `u` (rows,) with a random direction."""
    with torch.no_grad():
        u.normal_(generator=numbers)
        u.copy_(F.normalize(u, dim=0, eps=_TINY))


class SpectralConv2d(nn.Conv2d):
    """A convolution with a spectrally normalised kernel.

    In training each forward pass makes one power iteration; in evaluation it makes none.
    """

    u: Tensor

    def __init__(
        self,
        channels: int,
        maps: int,
        kernel: int,
        stride: int = 1,
        padding: int = 0,
        bias: bool = False,
    ) -> None:
        super().__init__(channels, maps, kernel, stride, padding, bias=bias)
        self.register_buffer("u", torch.empty(maps))

    def forward(self, images: Tensor) -> Tensor:
        """Maps (n, maps, h', w') of images (n, channels, h, w)."""
        weight = normalised(self.weight, self.u, self.training)
        return F.conv2d(images, weight, self.bias, self.stride, self.padding)


class SpectralConvTranspose2d(nn.ConvTranspose2d):
    """A transposed convolution without bias; the rows of its kernel are its outputs."""

    u: Tensor

    def __init__(
        self, channels: int, maps: int, kernel: int, stride: int = 1, padding: int = 0
    ) -> None:
        super().__init__(channels, maps, kernel, stride, padding, bias=False)
        self.register_buffer("u", torch.empty(maps))
        self._pad = padding

    def forward(self, images: Tensor, output_size: list[int] | None = None) -> Tensor:
        """Maps (n, maps, h', w') of images (n, channels, h, w)."""
        rows = self.weight.transpose(0, 1)  # (maps, channels, kernel, kernel)
        weight = normalised(rows, self.u, self.training).transpose(0, 1)
        return F.conv_transpose2d(images, weight, None, self.stride, self._pad)


class SpectralLinear(nn.Linear):
    """A dense layer with a spectrally normalised matrix."""

    u: Tensor

    def __init__(self, inputs: int, outputs: int, bias: bool = True) -> None:
        super().__init__(inputs, outputs, bias)
        self.register_buffer("u", torch.empty(outputs))

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs (n, outputs) of inputs (n, inputs)."""
        return F.linear(inputs, normalised(self.weight, self.u, self.training), self.bias)
