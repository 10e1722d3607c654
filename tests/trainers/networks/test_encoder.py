from __future__ import annotations

import pytest
import torch

from lossgp.trainers.networks import initialise
from lossgp.trainers.networks.encoder import ResidualEncoder
from lossgp.trainers.networks.resnet import ResidualCritic
from lossgp.trainers.seeding import stream


def encoder(channels: int = 1, size: int = 16, seed: int = 0) -> ResidualEncoder:
    with torch.device("meta"):
        network = ResidualEncoder(channels, size, 2, 5)
    initialise(network, "cpu", stream(seed, "E"))
    return network


@pytest.mark.parametrize(("channels", "size"), [(1, 16), (3, 16), (1, 64)])
def test_an_image_becomes_a_bounded_latent(channels: int, size: int) -> None:
    images = 100 * torch.randn(3, channels, size, size, generator=stream(0, "images"))
    latents = encoder(channels, size)(images)
    assert latents.shape == (3, 5)
    assert latents.abs().max() <= 1
    assert latents.isfinite().all()


def test_weights_are_drawn_from_the_stream_alone() -> None:
    first, again, other = (
        torch.cat([p.flatten() for p in encoder(seed=seed).parameters()]) for seed in (0, 0, 1)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_it_is_the_critic_with_another_last_layer() -> None:
    found = {name.removeprefix("trunk."): p.shape for name, p in encoder().named_parameters()}
    with torch.device("meta"):
        critic = {name: p.shape for name, p in ResidualCritic(1, 16, 2).named_parameters()}
    last = {"score.weight", "score.bias"}
    assert found.keys() == critic.keys()
    assert {k: v for k, v in found.items() if k not in last} == {
        k: v for k, v in critic.items() if k not in last
    }
    assert found["score.weight"][0] == 5
