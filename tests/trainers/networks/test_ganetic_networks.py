from __future__ import annotations

from contextlib import suppress

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lossgp.trainers.gan.draws import dropout_mask, epochs
from lossgp.trainers.gan.training import is_constant
from lossgp.trainers.networks import initialise
from lossgp.trainers.networks.ganetic import CIFAR10_STAGES, Discriminator, Generator
from lossgp.trainers.seeding import reproducible, stream


@given(st.integers(1, 50), st.integers(1, 300), st.integers(0, 2**32))
@settings(deadline=None)
def test_every_image_is_seen_once_an_epoch(n: int, count: int, seed: int) -> None:
    rows = epochs(n, count, stream(seed, "data"))
    assert len(rows) == count
    for part in rows.split(n):
        assert len(part.unique()) == len(part)
        assert 0 <= int(part.min()) <= int(part.max()) < n


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.4, 0.5, 0.99])
def test_a_dropout_mask_drops_at_its_rate_and_keeps_the_mean(rate: float) -> None:
    mask = dropout_mask((301, 1001), rate, stream(0, "dropout"))
    assert mask.shape == (301, 1001)
    assert mask.dtype == torch.float32
    assert set(mask.unique().tolist()) <= {0.0, torch.tensor(1.0).div(1 - rate).item()}
    error = 5 * (rate * (1 - rate) / mask.numel()) ** 0.5 + 2**-16
    assert abs(float((mask == 0).float().mean()) - rate) <= error
    # Entries cut out of one draw are independent of each other.
    pairs = mask.flatten()[:-1] * mask.flatten()[1:]
    assert float(pairs.mean()) == pytest.approx(1, abs=0.05 / (1 - rate))


def test_streams_differ_by_seed_and_purpose_and_repeat() -> None:
    def draw(seed: int, purpose: str) -> tuple[float, ...]:
        return tuple(torch.rand(4, generator=stream(seed, purpose)).tolist())

    assert draw(1, "latents") == draw(1, "latents")
    assert len({draw(s, p) for s in range(20) for p in ("latents", "data", "dropout")}) == 60


def test_threads_are_put_back_whatever_happens() -> None:
    before = torch.get_num_threads()
    within = 0
    with suppress(ZeroDivisionError), reproducible():
        within = torch.get_num_threads()
        raise ZeroDivisionError
    assert within == 1
    assert torch.get_num_threads() == before


def test_the_networks_are_the_papers() -> None:
    """99,585 and 20.57 million parameters at 28 x 28 and width 64."""
    with torch.device("meta"):
        discriminator, generator = Discriminator(1, 28, 64), Generator(1, 28, 64, 100)
    assert sum(p.numel() for p in discriminator.parameters()) == 99_585
    assert sum(p.numel() for p in generator.parameters()) == 20_569_858


def test_the_cifar10_networks_have_two_stages_more() -> None:
    """conv 64, 128 /2, 128 /2, 256 /2; the decoder in reverse order: the published example."""
    with torch.device("meta"):
        discriminator = Discriminator(3, 32, 64, CIFAR10_STAGES)
        generator = Generator(3, 32, 64, 100, CIFAR10_STAGES)
    assert sum(p.numel() for p in discriminator.parameters()) == 522_497
    assert sum(p.numel() for p in generator.parameters()) == 28_110_086
    plan = [
        (type(m).__name__, m.out_channels, m.stride[0])
        for m in generator.draw
        if isinstance(m, torch.nn.Conv2d | torch.nn.ConvTranspose2d)
    ]
    assert plan == [
        ("Conv2d", 3, 1),
        *(("Conv2d", 64, 1), ("Conv2d", 128, 2), ("Conv2d", 128, 2), ("Conv2d", 256, 2)),
        *(("ConvTranspose2d", 256, 2), ("ConvTranspose2d", 128, 2), ("ConvTranspose2d", 128, 2)),
        *(("Conv2d", 64, 1), ("Conv2d", 3, 1)),
    ]


@pytest.mark.parametrize(("channels", "side", "width"), [(1, 8, 3), (3, 32, 4), (1, 28, 2)])
def test_shapes_and_initial_weights(channels: int, side: int, width: int) -> None:
    state = torch.get_rng_state()
    with torch.device("meta"):
        generator = Generator(channels, side, width, 10)
        discriminator = Discriminator(channels, side, width)
    for network in (generator, discriminator):
        initialise(network, "cpu", stream(0, "init"))
    assert torch.equal(torch.get_rng_state(), state)  # the global stream is not touched
    images = generator(torch.randn(5, 10, generator=stream(0, "z")))
    assert images.shape == (5, channels, side, side)
    assert images.abs().max() <= 1
    assert discriminator(images).shape == (5, 1)
    assert not is_constant(images.detach())
    assert discriminator(images, torch.zeros(5, discriminator.features)).eq(0).all()
    for name, parameter in discriminator.named_parameters():
        if name.endswith("bias"):
            assert parameter.eq(0).all()
    limit = (6 / (discriminator.features + 1)) ** 0.5  # Glorot & Bengio 2010, equation 16
    weight = discriminator.score.weight.detach().abs()
    assert 0.8 * limit < float(weight.max()) <= limit


def test_constant_images_are_told_from_varying_ones() -> None:
    black = torch.full((8, 1, 8, 8), -1.0)
    assert is_constant(black)
    black[0] = 1
    assert not is_constant(black)
