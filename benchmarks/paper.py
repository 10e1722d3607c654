"""The GANetic paper's training of given networks, as a trainer runs it: for measurements."""

from __future__ import annotations

from torch import Tensor, nn

from lossgp.trainers import Criterion
from lossgp.trainers.gan.play import Play
from lossgp.trainers.gan.training import Capture, Ending, Training
from lossgp.trainers.recipes.ganetic import GaneticRecipe


def training(
    generator: nn.Module,
    discriminator: nn.Module,
    images: Tensor,
    criterion: Criterion,
    recipe: GaneticRecipe,
    iterations: int,
    seed: int,
    capture: Capture | None = None,
    bfloat16: bool = False,
) -> Training:
    """The training of both networks in place on `images` (n, c, side, side), not yet begun."""
    networks = {"G": generator, "D": discriminator}
    play = Play(networks, images, criterion, seed, iterations, bfloat16)
    return Training(play, recipe.stages(play), capture)


def train(
    generator: nn.Module,
    discriminator: nn.Module,
    images: Tensor,
    criterion: Criterion,
    recipe: GaneticRecipe,
    iterations: int,
    seed: int,
    capture: Capture | None = None,
    bfloat16: bool = False,
) -> Ending:
    """Train both networks from the first iteration to the last."""
    begun = training(
        generator, discriminator, images, criterion, recipe, iterations, seed, capture, bfloat16
    )
    return begun.run(iterations)
