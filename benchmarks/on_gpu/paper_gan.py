"""The paper's GAN on made-up images, ready to be trained in each of several ways."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from benchmarks import paper, plain
from benchmarks.criteria import CRITERIA
from lossgp.trainers.gan.graphs import recorder
from lossgp.trainers.gan.training import WARM_UP, Training
from lossgp.trainers.networks import initialise
from lossgp.trainers.networks.ganetic import Discriminator, Generator
from lossgp.trainers.recipes.ganetic import GaneticRecipe
from lossgp.trainers.seeding import stream

from .scale import Scale

ITERATIONS = 10**9  # more than any timing runs
WARM = 2 * WARM_UP  # iterations after which a captured training is captured
# At this rate nothing moves, so that no training dies; the work is the same.
RECIPE = GaneticRecipe(0, 100, 0.4, 1e-12, 0.5, 0.999, 1e-7)


@dataclass(frozen=True)
class Gan:
    """A size of the paper's GAN and of its batches."""

    side: int
    width: int
    batch: int

    @property
    def recipe(self) -> GaneticRecipe:
        return replace(RECIPE, batch=self.batch)


@dataclass(frozen=True)
class Way:
    """How it is trained: each phase eager, or captured as a graph."""

    how: Literal["eager", "graph"]
    bfloat16: bool = False
    channels_last: bool = True


def of(scale: Scale) -> Gan:
    """The paper's sizes, or those of the rehearsal."""
    return Gan(scale.side, scale.width, scale.batch)


def networks(gan: Gan, scale: Scale, channels_last: bool = True) -> tuple[Generator, Discriminator]:
    with torch.device("meta"):
        made = (
            Generator(1, gan.side, gan.width, RECIPE.latent),
            Discriminator(1, gan.side, gan.width),
        )
    layout = torch.channels_last if channels_last else torch.contiguous_format
    for network in made:
        initialise(network, scale.device, stream(0, type(network).__name__))
        for parameter in network.parameters():
            if parameter.ndim == 4:
                parameter.data = parameter.data.contiguous(memory_format=layout)
    return made


def images(gan: Gan, scale: Scale) -> Tensor:
    shape = (4 * gan.batch, 1, gan.side, gan.side)
    return (torch.rand(shape, generator=stream(0, "images")) * 2 - 1).to(scale.device)


def training(gan: Gan, way: Way, scale: Scale) -> Training:
    """Our training, not yet begun."""
    g, d = networks(gan, scale, way.channels_last)
    capture = recorder() if way.how == "graph" and scale.on_card else None
    real = images(gan, scale)
    return paper.training(
        g, d, real, CRITERIA["ganetic"], gan.recipe, ITERATIONS, 0, capture, way.bfloat16
    )


def iteration(gan: Gan, way: Way, scale: Scale) -> Callable[[], None]:
    """One iteration of a training that is warm, and captured if it is to be."""
    made = training(gan, way, scale)
    made.run(WARM)

    def run() -> None:
        made.run(made.iteration + 1)

    return run


def textbook(gan: Gan, scale: Scale, iterations: int) -> Callable[[], None]:
    """So many iterations of the textbook loop."""
    g, d = networks(gan, scale)
    real = images(gan, scale)

    def run() -> None:
        plain.train(g, d, real, CRITERIA["ganetic"], gan.recipe, iterations, 0)

    return run
