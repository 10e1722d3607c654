"""FastGAN's generator, as projected GANs have it, and the light one; at any width.

Liu et al. 2021, "Towards faster and stabilized GAN training for high-fidelity few-shot image
synthesis"; Sauer et al. 2021, "Projected GANs converge faster", appendix. At width 128 and 256 x
256 pixels it has 105.7 million parameters, the light one 79.4 million.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .doubling import doubled_convolution
from .drawing import draw_layers
from .spectral_norm import SpectralConv2d, SpectralConvTranspose2d, normalised

SMALLEST, LARGEST = 32, 1024  # pixels along a side
MULTIPLES = {4: 16, 8: 8, 16: 4, 32: 2, 64: 2, 128: 1, 256: 0.5, 512: 0.25, 1024: 0.125}
"""Channels at each size, in widths."""
SMALLEST_FOLDED = 8
"""Pixels from which doubling is folded into the convolution: for fewer it is dearer."""
SKIPS = {64: 4, 128: 8, 256: 16, 512: 32}
"""The size of the maps that gate those of a size."""


def channels_at(size: int, width: int) -> int:
    """Channels of the maps of this size; at least one."""
    return max(1, int(MULTIPLES[size] * width))


def noise_sizes(side: int, light: bool) -> list[int]:
    """Sizes of the maps to which noise is added, in order; none in the light generator."""
    if light:
        return []
    return [size for size in MULTIPLES if 4 < size <= side for _ in range(2)]


class FastGanGenerator(nn.Module):
    """Latents (n, latent + noise) to images (n, c, side, side); no tanh ends it.

    Of an image's numbers the first `latent` are brought to the unit hypersphere; the rest are the
    noise that is added to its maps, so that whoever gives the same numbers gets the same image:
    `inputs` numbers in all, standard normal.
    """

    cpu_layout = torch.contiguous_format  # batch norms and gates are slow channels last there

    def __init__(
        self, channels: int, side: int, width: int = 128, latent: int = 256, light: bool = False
    ) -> None:
        super().__init__()
        if side not in MULTIPLES or not SMALLEST <= side <= LARGEST:
            raise ValueError(f"images are {side} pixels wide; they must be 32, 64, ... or 1024")
        self.latent, self.sizes = latent, noise_sizes(side, light)
        self.inputs = latent + sum(size * size for size in self.sizes)
        at = {size: channels_at(size, width) for size in MULTIPLES if size <= side}
        self.first = _First(latent, at[4])
        growing = [size for size in at if size > 4]
        block = _LightUp if light else _Up
        self.ups = nn.ModuleDict({str(s): block(at[s // 2], at[s]) for s in growing})
        gates = {str(s): _Gate(at[SKIPS[s]], at[s]) for s in growing if s in SKIPS}
        self.gates = nn.ModuleDict(gates)
        self.to_image = SpectralConv2d(at[side], channels, 3, padding=1, bias=True)

    def forward(self, latents: Tensor) -> Tensor:
        """Images (n, c, side, side)."""
        noises = self._noises(latents)
        hidden = latents[:, : self.latent]
        hidden = hidden * (hidden.square().mean(1, keepdim=True) + 1e-8).rsqrt()
        maps = {4: self.first(hidden)}  # size: (n, channels, size, size)
        for name, up in self.ups.items():
            size = int(name)
            new = up(maps[size // 2], noises.get(size, ()))
            maps[size] = self.gates[name](maps[SKIPS[size]], new) if size in SKIPS else new
        images: Tensor = self.to_image(maps[size])
        return images

    def draw(self, numbers: torch.Generator) -> None:
        """Fill all weights and buffers from `numbers`."""
        draw_layers(self, numbers)

    def _noises(self, latents: Tensor) -> dict[int, list[Tensor]]:
        parts = torch.split(latents[:, self.latent :], [size * size for size in self.sizes], 1)
        noises: dict[int, list[Tensor]] = {size: [] for size in self.sizes}
        for size, part in zip(self.sizes, parts, strict=True):
            noises[size].append(part.reshape(-1, 1, size, size))
        return noises


class _First(nn.Module):
    """Latents (n, latent) to maps (n, maps, 4, 4)."""

    def __init__(self, latent: int, maps: int) -> None:
        super().__init__()
        self.convolution = SpectralConvTranspose2d(latent, 2 * maps, 4)
        self.norm = nn.BatchNorm2d(2 * maps)

    def forward(self, latents: Tensor) -> Tensor:
        maps: Tensor = F.glu(self.norm(self.convolution(latents[:, :, None, None])), dim=1)
        return maps


class _Doubling(SpectralConv2d):
    """Each pixel four times (nearest), then a 3 x 3 convolution."""

    def __init__(self, channels: int, maps: int) -> None:
        super().__init__(channels, maps, 3, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        if images.shape[-1] < SMALLEST_FOLDED:
            return super().forward(F.interpolate(images, scale_factor=2.0, mode="nearest"))
        return doubled_convolution(images, normalised(self.weight, self.u, self.training))


class _Noise(nn.Module):
    """Adds noise (n, 1, size, size) to maps, with a strength that is learned and begins at 0."""

    def __init__(self) -> None:
        super().__init__()
        self.strength = nn.Parameter(torch.empty(1))

    def forward(self, maps: Tensor, noise: Tensor) -> Tensor:
        return maps + self.strength * noise


class _Up(nn.Module):
    """Twice as large: nearest, then twice convolution, noise, batch norm, gated linear unit."""

    def __init__(self, channels: int, maps: int) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(
            [_Doubling(channels, 2 * maps), SpectralConv2d(maps, 2 * maps, 3, padding=1)]
        )
        self.noises = nn.ModuleList(_Noise() for _ in range(2))
        self.norms = nn.ModuleList(nn.BatchNorm2d(2 * maps) for _ in range(2))

    def forward(self, maps: Tensor, noises: Sequence[Tensor]) -> Tensor:
        layers = zip(self.convolutions, self.noises, self.norms, noises, strict=True)
        for convolution, add, norm, noise in layers:
            maps = F.glu(norm(add(convolution(maps), noise)), dim=1)
        return maps


class _LightUp(nn.Module):
    """Twice as large: nearest, one convolution, batch norm, gated linear unit; no noise."""

    def __init__(self, channels: int, maps: int) -> None:
        super().__init__()
        self.convolution = _Doubling(channels, 2 * maps)
        self.norm = nn.BatchNorm2d(2 * maps)

    def forward(self, maps: Tensor, noises: Sequence[Tensor]) -> Tensor:
        return F.glu(self.norm(self.convolution(maps)), dim=1)


class _Gate(nn.Module):
    """Skip-layer excitation: small maps weigh the channels of large ones by numbers in [0, 1]."""

    def __init__(self, channels: int, maps: int) -> None:
        super().__init__()
        self.squeeze = SpectralConv2d(channels, maps, 4)
        self.excite = SpectralConv2d(maps, maps, 1)

    def forward(self, small: Tensor, large: Tensor) -> Tensor:
        pooled = F.avg_pool2d(small, small.shape[-1] // 4)  # (n, channels, 4, 4)
        weights = self.squeeze(pooled)  # (n, maps, 1, 1)
        return large * torch.sigmoid(self.excite(F.silu(weights)))
