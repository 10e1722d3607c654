"""The adversarial training loop of the GANetic paper, shared by every recipe that follows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .criterion import Criterion
from .networks import Discriminator, Generator
from .outcome import Status
from .seeding import stream

CHECK_EVERY = 25  # iterations between looks at whether the training lives: each look waits for it
DEAD_SPREAD = 1e-4  # of a pixel's range of 2; untrained, the 8 x 8 generator has 0.005 (measured)


@dataclass(frozen=True)
class Recipe:
    """The numbers of an adversarial training; D sees `batch` real and `batch` generated images."""

    iterations: int
    batch: int
    latent: int
    dropout: float
    learning_rate: float
    beta1: float
    beta2: float
    epsilon: float


@dataclass(frozen=True)
class Ending:
    """How a training ended: status, and where it is not ok the reason, with the iteration."""

    status: Status
    reason: str | None = None


def train_gan(
    generator: Generator,
    discriminator: Discriminator,
    images: Tensor,
    criterion: Criterion,
    recipe: Recipe,
    seed: int,
) -> Ending:
    """Train both networks in place on `images` (n, c, side, side), with non-saturating G.

    An iteration is three Adam steps, in the order of the authors' published example: D on a batch
    of real images, D on a batch of generated ones, G with the label "real". Two things differ
    there: D's two batches are half as large (measured on digits: whole ones take a quarter more
    time, and tell losses apart more clearly), and G draws a batch of its own. Here one batch is
    made for both, as G is unchanged in between: a seventh of the time saved.

    Stops early when a look at every 25th iteration finds the training dead (twice) or diverged.
    """
    device, batch, width = images.device, recipe.batch, discriminator.features
    rows = epochs(len(images), recipe.iterations * batch, stream(seed, "data")).to(device)
    latents, masks = stream(seed, "latents", device), stream(seed, "dropout", device)
    d_step = adam(list(discriminator.parameters()), recipe)
    g_step = adam(list(generator.parameters()), recipe)
    real = torch.ones(batch, 1, device=device)  # labels, (batch, 1)
    fake = torch.zeros(batch, 1, device=device)
    losses = torch.zeros((), device=device)  # the sum so far: not finite once a loss was not
    was_dead = False

    for iteration, chosen in enumerate(torch.split(rows, batch), start=1):
        z = torch.randn(batch, recipe.latent, generator=latents, device=device)
        keep = dropout_mask((3, batch, width), recipe.dropout, masks)
        made = generator(z)  # (batch, c, side, side)

        scores = discriminator(images[chosen], keep[0])  # (batch, 1)
        losses += d_step(criterion.discriminator(scores.float(), real).mean())

        scores = discriminator(made.detach(), keep[1])  # (batch, 1)
        losses += d_step(criterion.discriminator(scores.float(), fake).mean())

        scores = discriminator(made, keep[2])  # (batch, 1)
        losses += g_step(criterion.generator(scores.float(), real).mean())

        if iteration % CHECK_EVERY == 0 or iteration == recipe.iterations:
            if not all_finite(losses, generator, discriminator):
                return Ending(Status.DIVERGED, f"not finite at iteration {iteration}")
            is_dead = is_constant(made.detach())
            if is_dead and was_dead:
                return Ending(Status.DEAD, f"constant output at iteration {iteration}")
            was_dead = is_dead
    return Ending(Status.OK)


def epochs(n: int, count: int, generator: torch.Generator) -> Tensor:
    """`count` indices below n: one random order of all n after another. (count,), on the CPU."""
    rounds = -(-count // n)
    return torch.cat([torch.randperm(n, generator=generator) for _ in range(rounds)])[:count]


def dropout_mask(shape: Sequence[int], rate: float, generator: torch.Generator) -> Tensor:
    """Independent entries: 0 with probability `rate`, else 1/(1 - rate); float32.

    The rate, at most 0.99, is met to 1/65536. Four entries are cut out of each 64-bit draw:
    `bernoulli_` took a millisecond of each iteration, this takes a fifth.
    """
    count = torch.Size(shape).numel()
    draws = torch.empty(-(-count // 4), dtype=torch.int64, device=generator.device)
    bits = draws.random_(-(2**63), None, generator=generator).view(torch.int16)[:count]
    kept = bits >= round(rate * 65536) - 32768
    return kept.to(torch.float32).div_(1 - rate).view(torch.Size(shape))


def is_constant(made: Tensor) -> bool:
    """Whether generated images (n, c, side, side) are one image for every latent."""
    return bool(made.std(0).mean() < DEAD_SPREAD)


def all_finite(losses: Tensor, *networks: nn.Module) -> bool:
    """Whether the losses so far and all weights are finite numbers."""
    total = losses.clone()
    for network in networks:
        for parameter in network.parameters():
            total += parameter.detach().sum()
    return bool(total.isfinite())


def adam(parameters: Sequence[Tensor], recipe: Recipe) -> Callable[[Tensor], Tensor]:
    """A step on a scalar loss that moves these parameters alone, and returns the loss, detached."""
    optimiser = torch.optim.Adam(
        parameters,
        lr=recipe.learning_rate,
        betas=(recipe.beta1, recipe.beta2),
        eps=recipe.epsilon,
        fused=True,
    )

    def step(loss: Tensor) -> Tensor:
        # A loss that does not depend on the scores has no gradient: nothing moves.
        if loss.requires_grad:
            # Not backward(): in G's step it would work out D's gradients too.
            gradients = torch.autograd.grad(loss, parameters)
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.grad = gradient
            optimiser.step()
        return loss.detach()

    return step


def generate(generator: Generator, latents: Tensor, at_once: int = 256) -> Iterator[Tensor]:
    """Images for latents (n, latent), in parts of a fixed size."""
    with torch.inference_mode():
        for part in torch.split(latents, at_once):
            yield generator(part)
