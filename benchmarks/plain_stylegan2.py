"""StyleGAN2 as a script would have it: what `benchmarks/stylegan2.py` compares ours with.

Modulated convolutions in n groups with weights of their own for each sample; filters on
(n c, 1, h, w) after zeros were written between the pixels, as the published pure-torch versions
have them, or (`depthwise`) on (n, c, h, w) in c groups; eager float32 in the default layout,
`zero_grad`, `backward`, `step`. The modules have the names of ours, so they take the same weights.
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def resampled(x: Tensor, up: int, down: int, before: int, after: int, depthwise: bool) -> Tensor:
    """Zeros between the pixels, padding, the filter [1, 3, 3, 1], every `down`-th pixel."""
    n, c, h, w = x.shape
    if up > 1:
        x = F.pad(x.reshape(n, c, h, 1, w, 1), [0, up - 1, 0, 0, 0, up - 1])
        x = x.reshape(n, c, h * up, w * up)
    x = F.pad(x, [before, after, before, after])
    row = torch.tensor([1.0, 3.0, 3.0, 1.0])
    taps = torch.outer(row, row) / 64 * up**2
    if depthwise:
        x = F.conv2d(x, taps.expand(c, 1, 4, 4), groups=c)
    else:
        x = F.conv2d(x.reshape(n * c, 1, *x.shape[2:]), taps[None, None])
        x = x.view(n, c, *x.shape[2:])
    return x[:, :, ::down, ::down]


def leaky(x: Tensor) -> Tensor:
    return F.leaky_relu(x, 0.2) * math.sqrt(2)


class Dense(nn.Module):
    def __init__(self, inputs: int, outputs: int, rate: float = 1.0, active: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs))
        self.bias = nn.Parameter(torch.empty(outputs))
        self.rate, self.active = rate, active

    def forward(self, x: Tensor) -> Tensor:
        scale = self.rate / math.sqrt(self.weight.shape[1])
        x = F.linear(x, self.weight * scale, self.bias * self.rate)
        return leaky(x) if self.active else x


class Styled(nn.Module):
    def __init__(self, inputs: int, outputs: int, latent: int, up: bool, depthwise: bool) -> None:
        super().__init__()
        self.style = Dense(latent, inputs)
        self.weight = nn.Parameter(torch.empty(outputs, inputs, 3, 3))
        self.strength = nn.Parameter(torch.empty(()))
        self.bias = nn.Parameter(torch.empty(outputs))
        self.up, self.depthwise = up, depthwise

    def forward(self, x: Tensor, w: Tensor, noise: Tensor) -> Tensor:
        n, c, h, width = x.shape
        scale = 1 / math.sqrt(9 * c)
        kernel = self.weight[None] * scale * self.style(w)[:, None, :, None, None]
        kernel = kernel * (kernel.square().sum(dim=(2, 3, 4), keepdim=True) + 1e-8).rsqrt()
        x = x.reshape(1, n * c, h, width)
        if self.up:
            turned = kernel.transpose(1, 2).reshape(n * c, -1, 3, 3)
            x = F.conv_transpose2d(x, turned, stride=2, groups=n)
            x = x.view(n, -1, *x.shape[2:])
            x = resampled(x, 1, 1, 1, 1, self.depthwise) * 4
        else:
            x = F.conv2d(x, kernel.reshape(-1, c, 3, 3), padding=1, groups=n)
            x = x.view(n, -1, h, width)
        x = x + self.strength * noise
        return leaky(x + self.bias[:, None, None])


class ToImage(nn.Module):
    def __init__(self, inputs: int, channels: int, latent: int) -> None:
        super().__init__()
        self.style = Dense(latent, inputs)
        self.weight = nn.Parameter(torch.empty(channels, inputs))
        self.bias = nn.Parameter(torch.empty(channels))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        n, c, h, width = x.shape
        kernel = self.weight[None] / math.sqrt(c) * self.style(w)[:, None]
        x = F.conv2d(x.reshape(1, n * c, h, width), kernel.reshape(-1, c, 1, 1), groups=n)
        return x.view(n, -1, h, width) + self.bias[:, None, None]


class Block(nn.Module):
    def __init__(
        self, inputs: int, outputs: int, channels: int, latent: int, depthwise: bool
    ) -> None:
        super().__init__()
        self.up = Styled(inputs, outputs, latent, True, depthwise) if inputs else None
        self.conv = Styled(outputs, outputs, latent, False, depthwise)
        self.to_image = ToImage(outputs, channels, latent)


class Mapping(nn.Module):
    mean: Tensor

    def __init__(self, latent: int, depth: int) -> None:
        super().__init__()
        layers = [Dense(latent, latent, 0.01, active=True) for _ in range(depth)]
        self.layers = nn.ModuleList(layers)
        self.register_buffer("mean", torch.zeros(latent))

    def forward(self, z: Tensor) -> Tensor:
        x = z * (z.square().mean(dim=1, keepdim=True) + 1e-8).rsqrt()
        for layer in self.layers:
            x = layer(x)
        self.mean.copy_(self.mean.lerp(x.detach().mean(0), 0.005))
        return x


class Generator(nn.Module):
    def __init__(
        self, channels: int, widths: dict[int, int], latent: int, depth: int, depthwise: bool
    ) -> None:
        super().__init__()
        self.mapping = Mapping(latent, depth)
        self.constant = nn.Parameter(torch.empty(1, widths[4], 4, 4))
        self.blocks = nn.ModuleList()
        inputs = 0
        for outputs in widths.values():
            self.blocks.append(Block(inputs, outputs, channels, latent, depthwise))
            inputs = outputs
        self.depthwise = depthwise
        self.layers = 2 * len(widths)

    def forward(self, styles: Tensor) -> Tensor:
        """Images of styles (n, layers, latent), with noise drawn on the way."""
        n, layer = len(styles), 0
        x, image = self.constant.repeat(n, 1, 1, 1), None
        for block in self.blocks:
            for conv in (block.up, block.conv):
                if conv is not None:
                    side = x.shape[2] * (2 if conv.up else 1)
                    x = conv(x, styles[:, layer], torch.randn(n, 1, side, side))
                    layer += 1
            added = block.to_image(x, styles[:, layer])
            if image is not None:
                added = added + resampled(image, 2, 1, 2, 1, self.depthwise)
            image = added
        assert isinstance(image, Tensor)
        return image


class Conv(nn.Module):
    def __init__(self, inputs: int, outputs: int, kernel: int, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.empty(outputs)) if bias else None

    def forward(self, x: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
        scale = 1 / math.sqrt(self.weight[0].numel())
        x = F.conv2d(x, self.weight * scale, self.bias, stride, padding)
        return x if self.bias is None else leaky(x)


class Residual(nn.Module):
    def __init__(self, inputs: int, outputs: int, depthwise: bool) -> None:
        super().__init__()
        self.first = Conv(inputs, inputs, 3)
        self.second = Conv(inputs, outputs, 3)
        self.skip = Conv(inputs, outputs, 1, bias=False)
        self.depthwise = depthwise

    def forward(self, x: Tensor) -> Tensor:
        skip = self.skip(resampled(x, 1, 2, 1, 1, self.depthwise))
        x = resampled(self.first(x, padding=1), 1, 1, 2, 2, self.depthwise)
        return (self.second(x, stride=2) + skip) / math.sqrt(2)


class Discriminator(nn.Module):
    def __init__(self, channels: int, widths: dict[int, int], depthwise: bool) -> None:
        super().__init__()
        down = list(reversed(widths.values()))
        self.from_image = Conv(channels, down[0], 1)
        self.blocks = nn.ModuleList([Residual(a, b, depthwise) for a, b in pairwise(down)])
        self.conv = Conv(down[-1] + 1, down[-1], 3)
        self.dense = Dense(16 * down[-1], down[-1], active=True)
        self.score = Dense(down[-1], 1)

    def forward(self, images: Tensor) -> Tensor:
        x = self.from_image(images)
        for block in self.blocks:
            x = block(x)
        n, c, h, w = x.shape
        groups = x.view(n // 4, 4, c, h, w)
        spread = (groups.var(dim=1, unbiased=False) + 1e-8).sqrt().mean(dim=(1, 2, 3))
        spread = spread.repeat_interleave(4).view(n, 1, 1, 1).repeat(1, 1, h, w)
        x = self.conv(torch.cat([x, spread], dim=1), padding=1)
        return self.score(self.dense(x.flatten(1)))  # type: ignore[no-any-return]


def mixed(generator: Generator, n: int, latent: int) -> Tensor:
    """Styles (n, layers, latent), nine tenths of them mixed."""
    first, second = (generator.mapping(torch.randn(n, latent)) for _ in range(2))
    cut = torch.randint(1, generator.layers, (n, 1))
    cut = torch.where(torch.rand(n, 1) < 0.9, cut, generator.layers)
    early = torch.arange(generator.layers) < cut  # (n, layers)
    return torch.where(early[..., None], first[:, None], second[:, None])


def train(
    generator: Generator,
    discriminator: Discriminator,
    average: Generator,
    images: Tensor,
    iterations: int,
    batch: int,
    latent: int,
    gamma: float,
) -> None:
    """The loop of the paper: G, path length each 4th time, D, R1 each 16th time, the average."""
    optimisers = [
        torch.optim.Adam(
            network.parameters(), 0.0025 * k / (k + 1), (0.0, 0.99 ** (k / (k + 1))), 1e-8
        )
        for network, k in ((generator, 4), (discriminator, 16))
    ]
    g_optimiser, d_optimiser = optimisers
    mean = torch.zeros(())
    for iteration in range(1, iterations + 1):
        real = images[torch.randint(len(images), (batch,))]

        g_optimiser.zero_grad()
        made = generator(mixed(generator, batch, latent))
        loss = F.softplus(-discriminator(made)).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        g_optimiser.step()
        if iteration % 4 == 0:
            g_optimiser.zero_grad()
            styles = mixed(generator, batch // 2, latent)
            made = generator(styles)
            noise = torch.randn_like(made) / made.shape[2]
            (slope,) = torch.autograd.grad((made * noise).sum(), styles, create_graph=True)
            lengths = slope.square().sum(2).mean(1).sqrt()
            mean = mean.lerp(lengths.mean().detach(), 0.01)
            (2 * 4 * (lengths - mean).square().mean()).backward()  # type: ignore[no-untyped-call]
            g_optimiser.step()

        d_optimiser.zero_grad()
        made = generator(mixed(generator, batch, latent)).detach()
        loss = F.softplus(discriminator(made)).mean() + F.softplus(-discriminator(real)).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        d_optimiser.step()
        if iteration % 16 == 0:
            d_optimiser.zero_grad()
            real = real.detach().requires_grad_()
            scores = discriminator(real).sum()
            (slope,) = torch.autograd.grad(scores, real, create_graph=True)
            penalty = slope.square().sum(dim=(1, 2, 3)).mean()
            (16 * gamma / 2 * penalty).backward()  # type: ignore[no-untyped-call]
            d_optimiser.step()

        with torch.no_grad():
            for old, new in zip(average.parameters(), generator.parameters(), strict=True):
                old.lerp_(new, 0.001)
            loss.item()
