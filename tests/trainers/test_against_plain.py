"""The training loop against a textbook one that makes the same draws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from scipy.stats import ks_2samp

from benchmarks import plain
from lossgp.expressions import LossPair, zoo
from lossgp.trainers import Criterion
from lossgp.trainers.adversarial import Recipe, generate, train_gan
from lossgp.trainers.data import digits
from lossgp.trainers.extractors.digits import digit_classifier
from lossgp.trainers.metrics.fid import frechet_distance
from lossgp.trainers.networks import Discriminator, Generator, initialise
from lossgp.trainers.seeding import reproducible, stream

RECIPE = Recipe(28, 64, 20, 0.4, 1e-3, 0.5, 0.999, 1e-7)  # 28 batches: one epoch of the digits
GANETIC = Criterion(*LossPair.of(zoo.entry("ganetic").loss).criterion_functions())


def networks(seed: int, width: int = 4) -> tuple[Generator, Discriminator]:
    with torch.device("meta"):
        made = Generator(1, 8, width, 20), Discriminator(1, 8, width)
    for network in made:
        initialise(network, "cpu", stream(seed, type(network).__name__))
    return made


def both(recipe: Recipe) -> tuple[tuple[Generator, ...], tuple[Generator, ...], list[float]]:
    images, ours, theirs = digits()[0], networks(0), networks(0)
    with reproducible():
        train_gan(*ours, images, GANETIC, recipe, seed=0)
        logged = plain.train(*theirs, images, GANETIC, recipe, seed=0)
    return ours, theirs, logged  # type: ignore[return-value]


def weights(network: torch.nn.Module) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in network.parameters()])


@pytest.mark.parametrize("half", [False, True])
def test_after_one_iteration_both_are_equal_up_to_rounding(half: bool) -> None:
    ours, theirs, _ = both(replace(RECIPE, half_batches=half, iterations=1))
    for mine, plains in zip(ours, theirs, strict=True):
        torch.testing.assert_close(weights(mine), weights(plains), atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("half", [False, True])
def test_after_one_epoch_both_have_come_the_same_way(half: bool) -> None:
    """Adam makes a whole step of a gradient that is nothing but rounding: single weights part."""
    ours, theirs, _ = both(replace(RECIPE, half_batches=half))
    for mine, plains, start in zip(ours, theirs, networks(0), strict=True):
        way = weights(plains) - weights(start)
        assert float((weights(mine) - weights(plains)).norm() / way.norm()) < 0.1
    latents = torch.randn(200, 20, generator=stream(0, "evaluation"))
    made, plainly = (torch.cat(list(generate(n[0], latents))) for n in (ours, theirs))
    assert float((made - plainly).abs().mean()) < 0.005  # of a pixel's range of 2


SHORT = replace(RECIPE, iterations=25, batch=32)


def fids(way: Callable[..., object], recipe: Recipe) -> list[float]:
    """The FID of 300 images after a training with each of 20 seeds."""
    images, judge = digits()[0], digit_classifier()
    real = judge.features(images)
    latents = torch.randn(300, 20, generator=stream(0, "evaluation"))
    found = []
    with reproducible():
        for seed in range(20):
            generator, discriminator = networks(seed)
            way(generator, discriminator, images, GANETIC, recipe, seed)
            made = torch.cat(list(generate(generator, latents)))
            found.append(frechet_distance(judge.features(made), real))
    return found


@pytest.fixture(scope="module")
def textbook() -> list[float]:
    return fids(plain.train, SHORT)


@pytest.mark.slow
@pytest.mark.parametrize("bfloat16", [False, True])
def test_at_the_end_both_are_equal_in_distribution(textbook: list[float], bfloat16: bool) -> None:
    """A GAN amplifies the last bit: single seeds part, and 20 of them are spread alike."""
    ours = fids(train_gan, replace(SHORT, bfloat16=bfloat16))
    assert ks_2samp(ours, textbook).pvalue > 0.05
    assert ours != textbook or not bfloat16
