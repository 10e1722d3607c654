"""A projected GAN as a script would have it: what `benchmarks/projected.py` compares ours with.

torch's own spectral norm, doubling and then convolving, batch norms of the feature network as they
were trained, enlarging before mixing, in eager float32; the gradient by `backward`, with the other
player's switched off; another batch of generated images for D.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from lossgp.trainers.extractors.efficientnet import efficientnet
from lossgp.trainers.networks.fastgan import SKIPS, channels_at
from lossgp.trainers.networks.projected import halvings
from lossgp.trainers.networks.projection import CHANNELS, CUTS


class Up(nn.Module):
    def __init__(self, channels: int, maps: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Upsample(scale_factor=2, mode="nearest"),
            spectral_norm(nn.Conv2d(channels, 2 * maps, 3, padding=1, bias=False)),
            nn.BatchNorm2d(2 * maps),
            nn.GLU(dim=1),
        )

    def forward(self, maps: Tensor) -> Tensor:
        return self.layers(maps)


class Gate(nn.Module):
    def __init__(self, channels: int, maps: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.AdaptiveAvgPool2d(4),
            spectral_norm(nn.Conv2d(channels, maps, 4, bias=False)),
            nn.SiLU(),
            spectral_norm(nn.Conv2d(maps, maps, 1, bias=False)),
            nn.Sigmoid(),
        )

    def forward(self, small: Tensor, large: Tensor) -> Tensor:
        return large * self.layers(small)


class Generator(nn.Module):
    """The light FastGAN."""

    def __init__(self, channels: int, side: int, width: int, latent: int) -> None:
        super().__init__()
        at = {
            size: channels_at(size, width) for size in (4, 8, 16, 32, 64, 128, 256) if size <= side
        }
        self.first = nn.Sequential(
            spectral_norm(nn.ConvTranspose2d(latent, 2 * at[4], 4, bias=False)),
            nn.BatchNorm2d(2 * at[4]),
            nn.GLU(dim=1),
        )
        self.ups = nn.ModuleDict({str(b): Up(at[a], at[b]) for a, b in pairwise(at)})
        self.gates = nn.ModuleDict({str(s): Gate(at[SKIPS[s]], at[s]) for s in at if s in SKIPS})
        self.last = spectral_norm(nn.Conv2d(at[side], channels, 3, padding=1))

    def forward(self, z: Tensor) -> Tensor:
        z = z * (z.square().mean(1, keepdim=True) + 1e-8).rsqrt()
        maps = {4: self.first(z[:, :, None, None])}
        size = 4
        for name, up in self.ups.items():
            size = int(name)
            maps[size] = up(maps[size // 2])
            if name in self.gates:
                maps[size] = self.gates[name](maps[SKIPS[size]], maps[size])
        return self.last(maps[size])


class Discriminator(nn.Module):
    def __init__(self, size: int, width: int, mixing: int) -> None:
        super().__init__()
        self.size = size
        trunk = efficientnet().trunk
        self.stages = nn.ModuleList(trunk[a:b] for a, b in pairwise((0, *CUTS)))
        mixed = [mixing * 2**scale for scale in range(4)]
        out = [mixing, *mixed[:3]]
        self.channel_mixing = nn.ModuleList(
            nn.Conv2d(a, b, 1) for a, b in zip(CHANNELS, mixed, strict=True)
        )
        self.scale_mixing = nn.ModuleList(
            nn.Conv2d(a, b, 1) for a, b in zip(mixed, out, strict=True)
        )
        self.frozen = [self.stages, self.channel_mixing, self.scale_mixing]
        for module in self.frozen:
            module.requires_grad_(False)
        self.heads = nn.ModuleList(
            nn.Sequential(*head(channels, width, count))
            for channels, count in zip(out, halvings(size), strict=True)
        )

    def forward(self, images: Tensor) -> Tensor:
        images = images.expand(-1, 3, -1, -1)
        if images.shape[-1] < self.size:
            images = F.interpolate(images, self.size, mode="bilinear", align_corners=False)
        maps = []
        for stage in self.stages:
            images = stage(images)
            maps.append(images)
        above, scores = None, []
        for scale in (3, 2, 1, 0):
            x = self.channel_mixing[scale](maps[scale])
            x = x if above is None else x + above
            x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
            above = self.scale_mixing[scale](x)
            scores.append(self.heads[scale](above).flatten(1))
        return torch.cat(scores, 1)


def head(channels: int, width: int, count: int) -> Iterator[nn.Module]:
    sizes = [channels, *(width >> (count - 1 - i) for i in range(count))]
    for before, after in pairwise(sizes):
        yield spectral_norm(nn.Conv2d(before, after, 4, stride=2, padding=1, bias=False))
        yield nn.BatchNorm2d(after)
        yield nn.LeakyReLU(0.2)
    yield spectral_norm(nn.Conv2d(sizes[-1], 1, 4, bias=False))


def changed(x: Tensor) -> Tensor:
    """Colour, translation, cutout, as the published code has them: by index."""
    n, _, h, w = x.shape
    x = x + (torch.rand(n, 1, 1, 1) - 0.5)
    grey = x.mean(1, keepdim=True)
    x = (x - grey) * (torch.rand(n, 1, 1, 1) * 2) + grey
    mean = x.mean([1, 2, 3], keepdim=True)
    x = (x - mean) * (torch.rand(n, 1, 1, 1) + 0.5) + mean
    most = int(h / 8 + 0.5)
    down, right = (torch.randint(-most, most + 1, (n, 1, 1)) for _ in range(2))
    batch, rows, columns = torch.meshgrid(
        torch.arange(n), torch.arange(h), torch.arange(w), indexing="ij"
    )
    rows, columns = (rows + down + 1).clamp(0, h + 1), (columns + right + 1).clamp(0, w + 1)
    padded = F.pad(x, [1, 1, 1, 1])
    x = padded.permute(0, 2, 3, 1)[batch, rows, columns].permute(0, 3, 1, 2)
    size = int(h / 2 + 0.5)
    top, left = (torch.randint(0, h + 1 - size % 2, (n, 1, 1)) for _ in range(2))
    batch, rows, columns = torch.meshgrid(
        torch.arange(n), torch.arange(size), torch.arange(size), indexing="ij"
    )
    rows, columns = (
        (rows + top - size // 2).clamp(0, h - 1),
        (columns + left - size // 2).clamp(0, w - 1),
    )
    mask = torch.ones(n, h, w)
    mask[batch, rows, columns] = 0
    return x * mask[:, None]


class Training:
    """Steps of G and of D with hinge, and G's moving average."""

    def __init__(
        self,
        generator: Generator,
        discriminator: Discriminator,
        images: Tensor,
        batch: int,
        latent: int,
    ) -> None:
        self.g, self.d, self.images, self.batch, self.latent = (
            generator,
            discriminator,
            images,
            batch,
            latent,
        )
        self.mean = [p.detach().clone() for p in generator.parameters()]
        self.learned = [p for p in discriminator.parameters() if p.requires_grad]
        self.of_g = torch.optim.Adam(generator.parameters(), 2e-4, (0.0, 0.99))
        self.of_d = torch.optim.Adam(self.learned, 2e-4, (0.0, 0.99))
        discriminator.stages.eval()

    def step(self) -> None:
        for parameter in self.learned:
            parameter.requires_grad_(False)
        self.of_g.zero_grad()
        made = self.g(torch.randn(self.batch, self.latent))
        torch.autograd.backward(-self.d(changed(made)).mean())
        self.of_g.step()
        for mean, now in zip(self.mean, self.g.parameters(), strict=True):
            mean.lerp_(now.detach(), 0.002)
        for parameter in self.learned:
            parameter.requires_grad_(True)
        self.of_d.zero_grad()
        with torch.no_grad():
            made = self.g(torch.randn(self.batch, self.latent))
        torch.autograd.backward(F.relu(1 + self.d(changed(made))).mean())
        rows = torch.randint(len(self.images), (self.batch,))
        torch.autograd.backward(F.relu(1 - self.d(changed(self.images[rows]))).mean())
        self.of_d.step()
