from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from lossgp.trainers.anomaly.autoencoder import (
    Autoencoder,
    AutoencoderRecipe,
    reconstruction_errors,
    train_autoencoder,
)
from lossgp.trainers.preparation import listening
from lossgp.trainers.seeding import stream

RECIPE = AutoencoderRecipe(latent=2, width=2, steps=6, batch=4, look=2)


def images(n: int, size: int = 8, channels: int = 1) -> Tensor:
    return torch.rand(n, channels, size, size, generator=stream(n, "test")) * 2 - 1


@pytest.mark.parametrize(("channels", "size"), [(1, 8), (3, 16), (1, 64)])
def test_a_reconstruction_has_the_shape_of_its_image(channels: int, size: int) -> None:
    network = Autoencoder(channels, size, 2, 3)
    made = network(images(2, size, channels))
    assert made.shape == (2, channels, size, size)
    assert made.abs().max() <= 1


def weights(network: Autoencoder) -> Tensor:
    return torch.cat([p.detach().flatten() for p in network.parameters()])


def test_a_training_repeats_to_the_bit_and_depends_on_its_seed() -> None:
    given = images(12)
    first, again, other = (train_autoencoder(given, RECIPE, seed) for seed in (0, 0, 1))
    assert torch.equal(weights(first), weights(again))
    assert not torch.equal(weights(first), weights(other))


def test_every_number_of_the_recipe_counts() -> None:
    given = images(12)
    usual = weights(train_autoencoder(given, RECIPE, 0))
    for change in (
        {"batch": 3},
        {"learning_rate": 1e-2},
        {"held_out": 0.5},
    ):
        other = weights(train_autoencoder(given, replace(RECIPE, **change), 0))
        assert not torch.equal(usual, other), change


def test_it_tells_how_far_it_is_until_the_last_step() -> None:
    told: list[tuple[str, int, int]] = []
    with listening(lambda *words: told.append(words)):
        train_autoencoder(images(12), replace(RECIPE, steps=5, patience=100), 0)
    assert told == [("training the autoencoder", done, 5) for done in (2, 4, 5)]


def test_training_ends_where_the_held_out_images_no_longer_gain() -> None:
    given = images(12)
    # A rate of 0 moves nothing: the first look is the best, and all later ones wait.
    still = replace(RECIPE, learning_rate=0.0, steps=10_000_000, look=1, patience=2)
    train_autoencoder(given, still, 0)


def test_a_score_is_the_mean_squared_error_of_the_reconstruction() -> None:
    given = images(5)
    network = train_autoencoder(given, RECIPE, 0)
    expected = [((network(x[None]) - x) ** 2).mean().item() for x in given]
    assert reconstruction_errors(network, given).tolist() == pytest.approx(expected, rel=1e-5)
