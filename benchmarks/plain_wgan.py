"""WGAN-GP as a script would have it: what our own training is compared with."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from lossgp.trainers import Criterion
from lossgp.trainers.gan import draws
from lossgp.trainers.networks.resnet import multiples
from lossgp.trainers.recipes.critic import CriticProtocol


class Generator(nn.Module):
    """The paper's residual generator, layer by layer as its figures draw it."""

    def __init__(self, channels: int, size: int, width: int, latent: int) -> None:
        super().__init__()
        maps = [width * multiple for multiple in multiples(size)]
        self.dense = nn.Linear(latent, maps[0] * 16)
        self.blocks = nn.Sequential(*(UpBlock(*pair) for pair in pairwise(maps)))
        self.norm = nn.BatchNorm2d(maps[-1])
        self.pixels = nn.Conv2d(maps[-1], channels, 3, padding=1)

    def forward(self, latents: Tensor) -> Tensor:
        hidden = self.dense(latents).view(len(latents), -1, 4, 4)
        return torch.tanh(self.pixels(torch.relu(self.norm(self.blocks(hidden)))))


class UpBlock(nn.Module):
    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.BatchNorm2d(before), nn.BatchNorm2d(after)
        self.conv1 = nn.Conv2d(before, after, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(after, after, 3, padding=1)
        self.shortcut = nn.Conv2d(before, after, 1)
        self.enlarge = nn.Upsample(scale_factor=2)

    def forward(self, maps: Tensor) -> Tensor:
        hidden = self.conv1(self.enlarge(torch.relu(self.norm1(maps))))
        hidden = self.conv2(torch.relu(self.norm2(hidden)))
        return hidden + self.shortcut(self.enlarge(maps))


class Critic(nn.Module):
    """The paper's critic, with layer norm."""

    def __init__(self, channels: int, size: int, width: int) -> None:
        super().__init__()
        maps = [width * multiple for multiple in reversed(multiples(size))]
        self.pixels = nn.Conv2d(channels, maps[0], 3, padding=1)
        blocks = (DownBlock(*pair, size >> step) for step, pair in enumerate(pairwise(maps)))
        self.blocks = nn.Sequential(*blocks)
        self.score = nn.Linear(maps[-1] * 16, 1)

    def forward(self, images: Tensor) -> Tensor:
        scores: Tensor = self.score(self.blocks(self.pixels(images)).flatten(1))
        return scores


class DownBlock(nn.Module):
    def __init__(self, before: int, after: int, size: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm((before, size, size))
        self.norm2 = nn.LayerNorm((before, size, size))
        self.conv1 = nn.Conv2d(before, before, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(before, after, 3, padding=1)
        self.shortcut = nn.Conv2d(before, after, 1)
        self.halve = nn.AvgPool2d(2)

    def forward(self, maps: Tensor) -> Tensor:
        hidden = self.conv1(torch.relu(self.norm1(maps)))
        hidden = self.halve(self.conv2(torch.relu(self.norm2(hidden))))
        return hidden + self.shortcut(self.halve(maps))


def like(ours: nn.Module, theirs: nn.Module) -> None:
    """Give their network the weights of ours: the same numbers, gains with the channels first."""
    weights = {}
    for name, value in ours.state_dict().items():
        if value.ndim == 3:  # a gain or bias of a layer norm, (s, s, c)
            value = value.permute(2, 0, 1)
        weights[name.replace(".gain", ".weight")] = value.contiguous()
    theirs.load_state_dict(weights)


def gradient_penalty(critic: nn.Module, real: Tensor, made: Tensor, mix: Tensor) -> Tensor:
    points = (mix * real + (1 - mix) * made).requires_grad_(True)
    scores = critic(points)
    (slopes,) = torch.autograd.grad(scores, points, torch.ones_like(scores), create_graph=True)
    return 10 * ((slopes.flatten(1).norm(2, dim=1) - 1) ** 2).mean()


def train(
    generator: nn.Module,
    critic: nn.Module,
    images: Tensor,
    criterion: Criterion,
    protocol: CriticProtocol,
    iterations: int,
    seed: int,
) -> list[float]:
    """Train in place on the same random numbers as ours; returns G's loss of each iteration.

    One model, eager float32, `zero_grad`, `backward`, `step`, and the losses logged with `.item()`.
    """
    betas = (protocol.beta1, protocol.beta2)
    options = {"lr": protocol.learning_rate, "betas": betas, "eps": protocol.epsilon}
    d_optimiser = torch.optim.Adam(critic.parameters(), **options)  # type: ignore[arg-type]
    g_optimiser = torch.optim.Adam(generator.parameters(), **options)  # type: ignore[arg-type]
    batch, device = protocol.batch, images.device
    data = draws.RealDraw("data", images, batch, seed)
    d_latents = draws.normal(seed, "critic latents", device, (batch, protocol.latent))
    mix = draws.uniform(seed, "mix", device, (batch, 1, 1, 1))
    g_latents = draws.normal(seed, "latents", device, (batch, protocol.latent))
    real, fake = torch.ones(batch, 1, device=device), torch.zeros(batch, 1, device=device)
    logged = []
    for _ in range(iterations):
        for _ in range(protocol.critic_steps):
            for draw in (data, d_latents, mix):
                draw.refill()
            d_optimiser.zero_grad()
            made = generator(d_latents.buffer).detach()
            on_real = criterion.discriminator(critic(data.buffer), real).mean()
            on_made = criterion.discriminator(critic(made), fake).mean()
            penalty = gradient_penalty(critic, data.buffer, made, mix.buffer)
            (on_real + on_made + penalty).backward()
            d_optimiser.step()

        g_latents.refill()
        g_optimiser.zero_grad()
        loss = criterion.generator(critic(generator(g_latents.buffer)), real).mean()
        loss.backward()
        g_optimiser.step()
        logged.append(loss.item())
    return logged
