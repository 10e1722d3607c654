"""StyleGAN2's networks against a slow reference, the papers' parameter counts, and their parts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from lossgp.trainers.networks.stylegan2 import ResidualDiscriminator, StyleGenerator, widths
from lossgp.trainers.networks.stylegan2.equalised import EqualisedConv, EqualisedLinear
from lossgp.trainers.seeding import stream
from tests.trainers.stylegan2 import reference
from tests.trainers.stylegan2.watching import Watch

LATENT, DEPTH = 6, 2


def generator(channels: int = 3, size: int = 16, truncation: float = 1.0) -> StyleGenerator:
    with torch.device("meta"):
        made = StyleGenerator(channels, size, LATENT, 64, 8, DEPTH, truncation)
    made.to_empty(device="cpu")
    made.draw(stream(0, "G init"))
    moved(made)
    return made


def discriminator(channels: int = 3, size: int = 16) -> ResidualDiscriminator:
    with torch.device("meta"):
        made = ResidualDiscriminator(channels, size, 64, 8)
    made.to_empty(device="cpu")
    made.draw(stream(0, "D init"))
    moved(made)
    return made


def moved(network: nn.Module) -> None:
    """As if trained a little: what begins at 0 would hide what it is multiplied with."""
    numbers = stream(1, "moved")
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.3 * torch.randn(parameter.shape, generator=numbers))


def normal(*shape: int, purpose: str = "inputs") -> Tensor:
    return torch.randn(shape, generator=stream(2, purpose))


def in_double(network: nn.Module) -> dict[str, Tensor]:
    """The weights as the reference takes them: leaves of float64."""
    return {
        name: value.detach().double().requires_grad_(value.requires_grad)
        for name, value in [*network.named_parameters(), *network.named_buffers()]
    }


def error(found: Tensor, right: Tensor) -> float:
    """Relative to the largest number."""
    return float(
        (found.detach().double() - right.detach()).abs().max() / right.detach().abs().max()
    )


def assert_same_gradients(
    network: nn.Module, weights: dict[str, Tensor], out: Tensor, right: Tensor, within: float
) -> None:
    """Of a random mean of both outputs, with respect to all weights."""
    mean = normal(*out.shape, purpose="mean")
    names = [name for name, _ in network.named_parameters()]
    found = torch.autograd.grad((out * mean.to(out.dtype)).sum(), list(network.parameters()))
    slow = torch.autograd.grad((right * mean.double()).sum(), [weights[name] for name in names])
    for name, one, other in zip(names, found, slow, strict=True):
        assert error(one, other) < within, name


@pytest.mark.parametrize(("channels", "size"), [(3, 16), (1, 8)])
def test_the_generator_and_its_gradients_are_the_references(channels: int, size: int) -> None:
    network = generator(channels, size)
    weights = in_double(network)
    first, second = normal(2, LATENT, purpose="a"), normal(2, LATENT, purpose="b")
    noise = normal(2, network.noise_size, purpose="noise")
    draws = torch.tensor([[0.0, 0.5], [0.95, 0.5]])  # the first is mixed, the second is not

    styles = network.mixed(network.mapping(first), network.mapping(second), draws, 0.9)
    made = network.images(styles, noise)

    cut = 1 + (network.layers - 1) // 2
    a = [reference.mapped(weights, z.double(), DEPTH) for z in first]
    b = reference.mapped(weights, second[0].double(), DEPTH)
    layers = [torch.stack([a[0]] * cut + [b] * (network.layers - cut))]
    layers.append(torch.stack([a[1]] * network.layers))
    right = torch.stack(
        [reference.image(weights, size, w, n.double()) for w, n in zip(layers, noise, strict=True)]
    )
    assert error(made, right) < 1e-5
    assert_same_gradients(network, weights, made, right, 1e-5)


@pytest.mark.parametrize(("channels", "size"), [(3, 16), (1, 8)])
def test_the_discriminator_and_its_gradients_are_the_references(channels: int, size: int) -> None:
    network = discriminator(channels, size)
    weights = in_double(network)
    images = normal(8, channels, size, size)
    found, right = network(images), reference.scores(weights, images.double())
    assert found.shape == (8, 1)
    assert error(found, right) < 1e-5
    assert_same_gradients(network, weights, found, right, 1e-5)


def test_the_slope_of_the_discriminator_is_differentiated_as_the_references() -> None:
    """R1 needs the gradients of the squared slope at the images: double backward."""
    network = discriminator(size=8).double()
    weights = in_double(network)
    images = normal(4, 3, 8, 8).double().requires_grad_()

    def penalty(scores: Tensor) -> Tensor:
        (slope,) = torch.autograd.grad(scores.sum(), images, create_graph=True)
        return slope.square().sum()

    found = penalty(network(images)), penalty(reference.scores(weights, images))
    assert error(*found) < 1e-10
    names = [n for n, _ in network.named_parameters() if not n.endswith("bias")]
    one = torch.autograd.grad(found[0], [network.get_parameter(n) for n in names])
    other = torch.autograd.grad(found[1], [weights[n] for n in names])
    assert all(error(a, b) < 1e-8 for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize(
    ("size", "base", "depth", "g_count", "d_count"),
    [
        (1024, 32768, 8, 30_370_060, 29_012_513),  # StyleGAN2, configuration F
        (1024, 32768, 2, 28_794_124, 29_012_513),  # as logs of StyleGAN2-ADA's "auto" print it
        (512, 32768, 8, 30_276_583, 28_982_849),
        (256, 16384, 8, 24_767_458, 24_001_089),
    ],
)
def test_parameter_counts(size: int, base: int, depth: int, g_count: int, d_count: int) -> None:
    with torch.device("meta"):
        networks = (
            StyleGenerator(3, size, 512, base, 512, depth),
            ResidualDiscriminator(3, size, base, 512),
        )
    counts = [sum(p.numel() for p in network.parameters()) for network in networks]
    assert counts == [g_count, d_count]


def test_widths_are_the_papers_and_bad_sizes_are_refused() -> None:
    paper = {4: 512, 8: 512, 16: 512, 32: 512, 64: 512, 128: 256, 256: 128, 512: 64, 1024: 32}
    assert widths(1024, 32768, 512) == paper
    assert widths(8, 64, 512) == {4: 16, 8: 8}
    for size in (4, 24, 2048):
        with pytest.raises(ValueError, match=f"size {size} is no power of two from 8 to 1024"):
            widths(size, 32768, 512)
    with pytest.raises(ValueError, match="base 16 gives 32 x 32 maps no channel"):
        widths(32, 16, 512)


@pytest.mark.parametrize("size", [8, 16, 32, 64])
def test_every_size_fits(size: int) -> None:
    with torch.device("meta"):
        g, d = StyleGenerator(1, size, 4, size, 4, 1), ResidualDiscriminator(1, size, size, 4)
        made = g(torch.empty(2, 4))
        assert made.shape == (2, 1, size, size)
        assert d(made).shape == (2, 1)


def test_initial_weights_come_from_the_stream_alone_and_fill_everything() -> None:
    made = [generator(), generator()]
    for name, value in made[0].state_dict().items():
        assert bool(value.isfinite().all()), name
        assert torch.equal(value, made[1].state_dict()[name]), name
    with torch.device("meta"):
        other = StyleGenerator(3, 16, LATENT, 64, 8, DEPTH)
    other.to_empty(device="cpu")
    other.draw(stream(5, "G init"))
    assert not torch.equal(other.maps, made[0].maps)
    assert not torch.equal(other.constant, made[0].constant)
    assert float(other.blocks[0].conv.strength.detach()) == 0
    style = other.blocks[0].conv.style
    assert bool((style.bias == 1).all())
    assert float(other.mapping.layers[0].weight.detach().std()) > 30  # 1 / 0.01


@pytest.mark.parametrize(
    ("layer", "scale"),
    [
        (lambda: EqualisedLinear(50, 30), 50**-0.5),
        (lambda: EqualisedLinear(50, 30, rate=0.01), 0.01 * 50**-0.5),
        (lambda: EqualisedConv(20, 30, 3, gain=1.0, active=False), 180**-0.5),
    ],
)
def test_learning_rates_are_equalised(layer: Callable[[], nn.Module], scale: float) -> None:
    """A first step of Adam moves every used weight by lr times the layer's scale, whatever x."""
    made = layer()
    made.draw(stream(0, "layer"))  # type: ignore[operator]
    assert isinstance(made, EqualisedLinear | EqualisedConv)
    optimiser = torch.optim.Adam(made.parameters(), lr=0.5, eps=0.0)
    x = normal(4, 50) if isinstance(made, EqualisedLinear) else normal(4, 20, 3, 3)
    probe = torch.eye(50) if isinstance(made, EqualisedLinear) else None

    def used() -> Tensor:
        """The weights as they act."""
        if probe is not None:
            return (made(probe) - made(torch.zeros(1, 50))).detach()
        taps = torch.eye(180).view(180, 20, 3, 3)
        return (made(taps) - made(torch.zeros(1, 20, 3, 3))).detach().flatten()

    before = used()
    made(1000 * x).square().sum().backward()
    optimiser.step()
    assert torch.allclose((used() - before).abs(), torch.tensor(0.5 * scale), rtol=1e-3)


def test_truncation_moves_styles_to_their_mean() -> None:
    whole, half, none = generator(), generator(truncation=0.5), generator(truncation=0.0)
    latents = normal(64, LATENT)
    for network in (whole, half, none):
        assert torch.equal(network.mapping.mean, torch.zeros(LATENT))
        styles = network.mapping(latents)
        for _ in range(2000):
            network.mapping.follow(styles)
    mean = whole.mapping(latents).mean(dim=0)
    assert torch.allclose(whole.mapping.mean, mean, rtol=1e-3)
    styles = half.mapping.truncated(whole.mapping(latents), 0.5)
    assert torch.allclose(styles, (whole.mapping(latents) + mean) / 2, rtol=1e-3, atol=1e-4)
    spreads = [float(n(latents).detach().std(0).mean()) for n in (whole, half, none)]
    assert spreads[0] > spreads[1] > spreads[2]
    assert spreads[2] < 1e-5


def test_an_image_depends_on_its_latent_alone() -> None:
    network, latents = generator(), normal(3, LATENT)
    with torch.inference_mode():
        together, alone = network(latents), network(latents[1:2])
    assert torch.allclose(together[1:2], alone, atol=1e-5)
    noisy = torch.cat([latents, normal(3, network.noise_size, purpose="noise")], dim=1)
    styles = network.each(network.mapping(latents))
    with torch.inference_mode():
        right = network.images(styles, noisy[:, LATENT:])
        assert torch.allclose(network(noisy), right, atol=1e-5)
    assert not torch.allclose(network(noisy), together, atol=1e-3)


def test_style_mixing_follows_its_draws() -> None:
    network = generator()
    first, second = torch.zeros(4, LATENT), torch.ones(4, LATENT)
    draws = torch.tensor([[0.0, 0.0], [0.0, 0.9999], [0.89, 0.5], [0.91, 0.5]])
    mixed = network.mixed(first, second, draws, 0.9)[..., 0]  # (4, layers)
    assert network.layers == 6
    assert mixed.tolist() == [[0, 1, 1, 1, 1, 1], [0] * 5 + [1], [0, 0, 0, 1, 1, 1], [0] * 6]


def test_the_spread_of_a_group_stays_in_it() -> None:
    """Two batches one after another score as each by itself: groups are neighbours."""
    network, images = discriminator(), normal(10, 3, 16, 16)
    with torch.inference_mode():
        together = network(images)
        parts = [network(images[:4]), network(images[4:8])]
        last = network(images[6:])[2:]  # two left over: in a group with the two before them
        few = network(images[:2])
    assert torch.allclose(together, torch.cat([*parts, last]), atol=1e-5)
    assert not torch.allclose(few, together[:2], atol=1e-5)
    collapsed = network(images[:1].expand(4, -1, -1, -1))
    assert not torch.allclose(collapsed[:1], together[:1], atol=1e-5)


def test_neither_network_draws_or_waits() -> None:
    g, d = generator(), discriminator()
    latents, noise = normal(4, LATENT), normal(4, g.noise_size)
    draws = torch.full((4, 2), 0.5)
    with Watch() as watch:
        styles = g.mixed(g.mapping(latents), g.mapping(latents), draws, 0.9)
        made = g.images(styles, noise)
        torch.autograd.grad(d(made).sum(), list(g.parameters()), allow_unused=True)
        g.mapping.follow(styles[:, 0])
        g(latents)
    assert watch.seen == []
