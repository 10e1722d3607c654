"""The residual networks against slow ones in float64, their sizes, and their initial weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from lossgp.trainers.gan.penalties import gradient_penalty
from lossgp.trainers.networks.resnet import ResidualCritic, ResidualGenerator, multiples
from lossgp.trainers.seeding import stream
from tests.trainers.networks import slow_resnet as slow
from tests.trainers.watching import Watch

NORMS = ["layer", "layer-per-channel", "none"]
Weights = dict[str, Any]
Network = TypeVar("Network", bound=nn.Module)


def drawn(make: Callable[[], Network], seed: int = 0) -> Network:
    with torch.device("meta"):
        network = make()
    network.to_empty(device="cpu")
    for value in network.state_dict().values():  # what is not filled shows
        value.fill_(float("nan") if value.is_floating_point() else -1)
    network.draw(stream(seed, "init"))  # type: ignore[operator]
    return network


def perturbed(network: Network) -> Network:
    """In float64, with gains, biases and running means that are nothing special."""
    numbers = stream(1, "perturbation")
    with torch.no_grad():
        for value in network.double().state_dict().values():
            if value.is_floating_point():
                value.add_(0.1 * torch.rand(value.shape, generator=numbers, dtype=value.dtype))
    return network


def arrays(network: nn.Module) -> Weights:
    return {name: value.numpy().copy() for name, value in network.state_dict().items()}


def test_the_papers_numbers_of_parameters() -> None:
    """Of the networks for 64 x 64 with three channels, at width 64 and latents of 128."""
    with torch.device("meta"):
        made = [
            ResidualGenerator(3, 64, 64, 128),
            ResidualCritic(3, 64, 64),
            ResidualCritic(3, 64, 64, "layer-per-channel"),
        ]
    counts = [sum(p.numel() for p in network.parameters()) for network in made]
    assert counts == [8_540_483, 9_454_081, 7_491_841]
    assert len(made[0].blocks) == len(made[1].blocks) == 4


@pytest.mark.parametrize("size", [16, 32, 64, 128, 256])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_any_power_of_two_and_any_number_of_channels(size: int, channels: int) -> None:
    images = drawn(lambda: ResidualGenerator(channels, size, 1, 5))(torch.zeros(2, 5))
    assert images.shape == (2, channels, size, size)
    assert drawn(lambda: ResidualCritic(channels, size, 1))(images).shape == (2, 1)
    assert multiples(size)[-1] == 1
    assert max(multiples(size)) <= 8
    assert 4 << (len(multiples(size)) - 1) == size


@pytest.mark.parametrize("size", [0, 1, 4, 48, 100])
def test_another_size_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match=f"size is {size}; it must be a power of two"):
        ResidualGenerator(1, size, 2, 4)


@pytest.mark.parametrize("output", ["tanh", "none"])
@pytest.mark.parametrize("training", [True, False])
def test_images_agree_with_the_slow_generator(output: Any, training: bool) -> None:
    network = perturbed(drawn(lambda: ResidualGenerator(3, 16, 2, 5, output)))
    latents = np.random.default_rng(0).normal(size=(4, 5))
    expected = slow.generator(arrays(network), latents, running=not training, tanh=output == "tanh")
    images = network.train(training)(torch.tensor(latents))
    np.testing.assert_allclose(images.detach().numpy(), expected, rtol=1e-9, atol=1e-12)
    assert (np.abs(expected).max() > 1) == (output == "none")


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("channels", [1, 3])
def test_scores_agree_with_the_slow_critic(norm: Any, channels: int) -> None:
    network = perturbed(drawn(lambda: ResidualCritic(channels, 16, 2, norm)))
    images = np.random.default_rng(0).uniform(-1, 1, (3, channels, 16, 16))
    scores = network(torch.tensor(images))
    expected = slow.critic(arrays(network), images)
    np.testing.assert_allclose(scores.detach().numpy()[:, 0], expected, rtol=1e-9)
    assert network.embed(torch.tensor(images)).shape == (3, network.score.in_features)


def assert_gradients_agree(
    network: nn.Module, loss: Tensor, slow_loss: Callable[[Weights], float]
) -> None:
    """Along a random direction for each parameter: the slow loss' difference there and back."""
    loss.backward()
    numbers = np.random.default_rng(5)
    weights = arrays(network)
    parameters = dict(network.named_parameters())
    for name, parameter in parameters.items():
        direction, kept = numbers.normal(size=parameter.shape), weights[name]
        sides = []
        for step in (1e-6, -1e-6):
            weights[name] = kept + step * direction
            sides.append(slow_loss(weights))
        weights[name] = kept
        gradient = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        got = float((gradient.numpy() * direction).sum())
        size = float(gradient.norm() * np.linalg.norm(direction))
        expected = (sides[0] - sides[1]) / 2e-6
        assert got == pytest.approx(expected, rel=1e-5, abs=1e-8 + 1e-6 * size), name


def test_gradients_agree_with_the_slow_generator() -> None:
    network = perturbed(drawn(lambda: ResidualGenerator(1, 16, 2, 5))).train()
    numbers = np.random.default_rng(0)
    latents, towards = numbers.normal(size=(3, 5)), numbers.normal(size=(3, 1, 16, 16))

    def slow_loss(weights: Weights) -> float:
        return float((slow.generator(weights, latents, running=False) * towards).sum())

    loss = (network(torch.tensor(latents)) * torch.tensor(towards)).sum()
    assert_gradients_agree(network, loss, slow_loss)


@pytest.mark.parametrize("norm", NORMS)
def test_gradients_with_the_penalty_agree_with_the_slow_critic(norm: Any) -> None:
    network = perturbed(drawn(lambda: ResidualCritic(1, 8, 2, norm)))
    numbers = np.random.default_rng(0)
    real, made = numbers.uniform(-1, 1, (2, 2, 1, 8, 8))
    mix = numbers.uniform(size=(2, 1, 1, 1))

    def slow_loss(weights: Weights) -> float:
        norms = slow.slope_norms(weights, mix * real + (1 - mix) * made)
        penalty = 10 * ((norms - 1) ** 2).mean()
        return float((slow.critic(weights, made) - slow.critic(weights, real)).mean() + penalty)

    a, b, c = map(torch.tensor, (real, made, mix))
    loss = (network(b) - network(a)).mean() + gradient_penalty(network, a, b, c)
    assert float(loss.detach()) == pytest.approx(slow_loss(arrays(network)), rel=1e-9)
    assert_gradients_agree(network, loss, slow_loss)


def test_a_layer_norm_is_a_samples_own_and_a_batch_norm_is_not() -> None:
    critic = drawn(lambda: ResidualCritic(1, 16, 2))
    images = torch.rand(6, 1, 16, 16, generator=stream(0, "images"))
    torch.testing.assert_close(critic(images)[:2], critic(images[:2]))
    generator = drawn(lambda: ResidualGenerator(1, 16, 2, 5))
    latents = torch.randn(6, 5, generator=stream(0, "latents"))
    learning = generator.train()(latents)[:2], generator(latents[:2])
    assert not torch.allclose(*learning, atol=1e-3)


def test_an_image_does_not_depend_on_what_is_generated_beside_it() -> None:
    generator = drawn(lambda: ResidualGenerator(1, 16, 2, 5))
    latents = torch.randn(6, 5, generator=stream(0, "latents"))
    for _ in range(3):
        generator.train()(latents)
    generator.eval()
    torch.testing.assert_close(generator(latents)[:2], generator(latents[:2]))
    before = arrays(generator)
    generator(latents)
    assert all(np.array_equal(value, before[name]) for name, value in arrays(generator).items())


@pytest.mark.parametrize("spectral", [False, True])
def test_draw_fills_everything_from_its_stream_alone(spectral: bool) -> None:
    makes: list[Callable[[], nn.Module]] = [
        lambda: ResidualGenerator(1, 16, 4, 5),
        lambda: ResidualCritic(1, 16, 4, spectral=spectral),
    ]
    for make in makes:
        state = torch.random.get_rng_state()
        first, again, other = drawn(make), drawn(make), drawn(make, 1)
        assert torch.equal(torch.random.get_rng_state(), state)
        values = list(first.state_dict().values())
        assert all(value.isfinite().all() and (value >= -1).all() for value in values)
        pairs = zip(values, again.state_dict().values(), other.state_dict().values(), strict=True)
        same = [(torch.equal(a, b), torch.equal(a, c)) for a, b, c in pairs]
        assert all(equal for equal, _ in same)
        assert not all(equal for _, equal in same)


def test_weights_have_the_spread_of_the_authors_code() -> None:
    """Uniform: the variance is a third of the bound's square. He in the blocks, Glorot beside."""
    critic = drawn(lambda: ResidualCritic(3, 16, 32))
    block = critic.blocks[1]
    expected = {
        critic.pixels: 2 / (9 * (3 + 32)),
        block.conv1: 4 / (9 * (64 + 64)),
        block.conv2: 4 / (9 * (64 + 128)),
        block.shortcut: 2 / (64 + 128),
        critic.score: 2 / (128 * 16 + 1),
    }
    generator = drawn(lambda: ResidualGenerator(3, 16, 32, 128))
    expected |= {
        generator.dense: 2 / (128 + 128 * 16),
        generator.blocks[0].conv1: 4 / (9 * (128 + 64)),
        generator.pixels: 4 / (9 * (32 + 3)),
    }
    for layer, variance in expected.items():
        weight = layer.weight.detach()
        bound = (3 * variance) ** 0.5
        assert weight.abs().max() <= bound
        assert float(weight.var()) == pytest.approx(variance, rel=0.2)
        assert layer.bias is None or not layer.bias.any()
    assert (block.norm1.gain == 1).all()
    assert not block.norm1.bias.any()
    for norm in (generator.norm, generator.blocks[0].norm1):
        assert (norm.weight == 1).all()
        assert (norm.running_var == 1).all()
        assert not norm.running_mean.any()


def test_a_spectrally_normalised_critic_has_weights_of_norm_one() -> None:
    critic = drawn(lambda: ResidualCritic(1, 16, 2, "none", spectral=True))
    images = torch.rand(2, 1, 16, 16, generator=stream(0, "images"))
    for _ in range(50):
        critic(images)
    layers = [m for m in critic.eval().modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    norms = [torch.linalg.matrix_norm(m.weight.detach().flatten(1), 2) for m in layers]
    assert len(norms) == 1 + 3 * 2 + 1
    assert all(0.9 < float(norm) < 1.2 for norm in norms)
    assert "score.parametrizations.weight.0.u" in critic.state_dict()


@pytest.mark.parametrize("spectral", [False, True])
def test_a_pass_draws_nothing_and_waits_for_nothing(spectral: bool) -> None:
    critic = drawn(lambda: ResidualCritic(1, 16, 2, spectral=spectral))
    generator = drawn(lambda: ResidualGenerator(1, 16, 2, 5))
    with Watch() as watch:
        critic(generator(torch.zeros(2, 5))).sum().backward()
    assert watch.seen == []
