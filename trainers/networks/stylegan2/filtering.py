"""The low-pass filter of StyleGAN2's up- and downsampling: [1, 3, 3, 1] along both axes."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from .equalised import Drawn

TAPS = (1.0, 3.0, 3.0, 1.0)


class Filter(Drawn):
    """Filters each channel by itself (Karras et al. 2020, section 2, after Zhang 2019).

    As a depthwise convolution it is 10 to 100 times as fast, in channels-last memory, as filtering
    (n c, 1, h, w), and torch differentiates it twice.

    Args:
        gain: of the sum of the taps; 4 where three of four pixels before it are zeros.
    """

    taps: Tensor

    def __init__(self, gain: float = 1.0) -> None:
        super().__init__()
        self._gain = gain
        self.register_buffer("taps", torch.empty(1, 1, 4, 4))

    def fill(self, numbers: torch.Generator) -> None:
        """The filter; it draws nothing."""
        row = torch.tensor(TAPS, dtype=self.taps.dtype)
        self.taps.copy_(torch.outer(row, row).mul_(self._gain / sum(TAPS) ** 2))

    def forward(self, x: Tensor, stride: int = 1, padding: int = 1) -> Tensor:
        """(n, c, h, w) to (n, c, (h + 2 padding - 4) / stride + 1, ...); zeros beyond the edges."""
        c = x.shape[1]
        taps = self.taps.to(x.dtype).expand(c, 1, 4, 4)
        return F.conv2d(x, taps, stride=stride, padding=padding, groups=c)


class Upsample(Filter):
    """Twice the size: zeros between the pixels, then the filter."""

    def __init__(self) -> None:
        super().__init__(gain=4.0)

    def forward(self, x: Tensor, stride: int = 2, padding: int = 1) -> Tensor:
        """(n, c, h, w) to (n, c, 2h, 2w)."""
        c = x.shape[1]
        taps = self.taps.to(x.dtype).expand(c, 1, 4, 4)
        return F.conv_transpose2d(x, taps, stride=stride, padding=padding, groups=c)


class Downsample(Filter):
    """Half the size: the filter, then every second pixel; only these are computed."""

    def forward(self, x: Tensor, stride: int = 2, padding: int = 1) -> Tensor:
        """(n, c, 2h, 2w) to (n, c, h, w)."""
        return super().forward(x, stride, padding)
