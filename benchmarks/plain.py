"""The textbook training loop, as a script would have it: what our own is compared with."""

from __future__ import annotations

import torch
from torch import Tensor

from lossgp.trainers import Criterion
from lossgp.trainers.gan import draws
from lossgp.trainers.networks.ganetic import Discriminator, Generator
from lossgp.trainers.recipes.ganetic import GaneticRecipe


def train(
    generator: Generator,
    discriminator: Discriminator,
    images: Tensor,
    criterion: Criterion,
    recipe: GaneticRecipe,
    iterations: int,
    seed: int,
) -> list[float]:
    """Train in place on the same random numbers as ours; returns G's loss of each iteration.

    One model, eager float32 in the default memory layout, `zero_grad`, `backward`, `step`, and the
    losses logged with `.item()`.
    """
    for network in (generator, discriminator):
        network.to(memory_format=torch.contiguous_format)
    betas = (recipe.beta1, recipe.beta2)
    options = {"lr": recipe.learning_rate, "betas": betas, "eps": recipe.epsilon}
    d_optimiser = torch.optim.Adam(discriminator.parameters(), **options)  # type: ignore[arg-type]
    g_optimiser = torch.optim.Adam(generator.parameters(), **options)  # type: ignore[arg-type]
    half, logged, device = recipe.d_batch, [], images.device
    data = draws.RealDraw("data", images, half, seed)
    z = draws.normal(seed, "latents", device, (recipe.batch, recipe.latent))
    shape = (2 * half + recipe.batch, discriminator.features)
    mask = draws.dropout(seed, "dropout", device, recipe.dropout, shape)
    keep = torch.split(mask.buffer, [half, half, recipe.batch])
    real = torch.ones(recipe.batch, 1, device=images.device)
    fake = torch.zeros(recipe.batch, 1, device=images.device)
    for _ in range(iterations):
        for draw in (data, z, mask):
            draw.refill()

        d_optimiser.zero_grad()
        loss = criterion.discriminator(discriminator(data.buffer, keep[0]), real[:half])
        loss.mean().backward()
        d_optimiser.step()

        made = generator(z.buffer)
        d_optimiser.zero_grad()
        scores = discriminator(made.detach()[:half], keep[1])
        criterion.discriminator(scores, fake[:half]).mean().backward()
        d_optimiser.step()

        g_optimiser.zero_grad()
        loss = criterion.generator(discriminator(made, keep[2]), real).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        g_optimiser.step()
        logged.append(loss.item())
    return logged
