"""The textbook training loop, as a script would have it: what our own is compared with."""

from __future__ import annotations

import torch
from torch import Tensor

from lossgp.trainers import Criterion
from lossgp.trainers.adversarial import epochs
from lossgp.trainers.iteration import Inputs, Recipe
from lossgp.trainers.networks import Discriminator, Generator
from lossgp.trainers.seeding import stream


def train(
    generator: Generator,
    discriminator: Discriminator,
    images: Tensor,
    criterion: Criterion,
    recipe: Recipe,
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
    rows = epochs(len(images), recipe.iterations * recipe.d_batch, stream(seed, "data"))
    inputs = Inputs(images, recipe, discriminator.features, seed)
    real = torch.ones(recipe.batch, 1, device=images.device)
    fake = torch.zeros(recipe.batch, 1, device=images.device)
    half, logged = recipe.d_batch, []
    for chosen in torch.split(rows.to(images.device), recipe.d_batch):
        inputs.fill(chosen)

        d_optimiser.zero_grad()
        loss = criterion.discriminator(discriminator(inputs.images, inputs.keep[0]), real[:half])
        loss.mean().backward()
        d_optimiser.step()

        made = generator(inputs.latents)
        d_optimiser.zero_grad()
        scores = discriminator(made.detach()[:half], inputs.keep[1])
        criterion.discriminator(scores, fake[:half]).mean().backward()
        d_optimiser.step()

        g_optimiser.zero_grad()
        loss = criterion.generator(discriminator(made, inputs.keep[2]), real).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        g_optimiser.step()
        logged.append(loss.item())
    return logged
