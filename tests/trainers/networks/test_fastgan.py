from __future__ import annotations

import pytest
import torch
from torch import Tensor

from lossgp.trainers.networks import initialise
from lossgp.trainers.networks.fastgan import FastGanGenerator
from lossgp.trainers.seeding import stream
from tests.trainers.networks.slow import (
    batch_normed,
    convolved,
    doubled,
    gated,
    normalised_by_svd,
    shaken,
)


def generator(side: int, width: int, latent: int, light: bool) -> FastGanGenerator:
    with torch.device("meta"):
        network = FastGanGenerator(3, side, width, latent, light)
    network.to_empty(device="cpu").draw(stream(0, "weights"))
    return network


def by_hand(state: dict[str, Tensor], latents: Tensor, latent: int, side: int) -> Tensor:
    """The network's images in training, from its parameters by name."""

    def weight(name: str) -> Tensor:
        transposed = name.startswith("first")
        kernel = state[f"{name}.weight"].transpose(0, 1) if transposed else state[f"{name}.weight"]
        return normalised_by_svd(kernel, state[f"{name}.u"])[0]

    def normed(maps: Tensor, name: str) -> Tensor:
        return gated(batch_normed(maps, state[f"{name}.weight"], state[f"{name}.bias"]))

    hidden, rest = latents[:, :latent], latents[:, latent:]
    hidden = hidden / (hidden.square().sum(1, keepdim=True) / latent + 1e-8).sqrt()
    maps = {4: torch.einsum("nl,mlij->nmij", hidden, weight("first.convolution"))}
    maps[4] = normed(maps[4], "first.norm")
    size = 8
    while size <= side:
        new = doubled(maps[size // 2])
        if rest.shape[1]:
            for layer in range(2):
                new = convolved(new, weight(f"ups.{size}.convolutions.{layer}"), padding=(1, 1))
                noise, rest = rest[:, : size * size], rest[:, size * size :]
                strength = state[f"ups.{size}.noises.{layer}.strength"]
                new = new + strength * noise.reshape(-1, 1, size, size)
                new = normed(new, f"ups.{size}.norms.{layer}")
        else:
            new = convolved(new, weight(f"ups.{size}.convolution"), padding=(1, 1))
            new = normed(new, f"ups.{size}.norm")
        if f"gates.{size}.squeeze.weight" in state:
            small = maps[size // 16]
            cell = small.shape[-1] // 4
            pooled = small.reshape(*small.shape[:2], 4, cell, 4, cell).sum((3, 5)) / cell**2
            gate = convolved(pooled, weight(f"gates.{size}.squeeze"))
            gate = gate / (1 + (-gate).exp())
            gate = convolved(gate, weight(f"gates.{size}.excite"))
            new = new / (1 + (-gate).exp())
        maps[size], size = new, 2 * size
    return convolved(maps[side], weight("to_image"), bias=state["to_image.bias"], padding=(1, 1))


@pytest.mark.parametrize("light", [False, True], ids=["full", "light"])
def test_images_and_gradients_are_those_of_a_network_written_out(light: bool) -> None:
    side, latent = 128, 5
    network = generator(side, width=2, latent=latent, light=light).double()
    shaken(network, stream(0, "shaken"))
    latents = torch.randn(3, network.inputs, generator=stream(0, "z"), dtype=torch.float64)
    latents.requires_grad_(True)
    # The state before: a forward pass moves the singular vectors.
    frozen = {name: value.clone() for name, value in network.state_dict().items()}
    parameters = dict(network.named_parameters())
    copies = {name: frozen[name].requires_grad_(True) for name in parameters}
    expected = by_hand(frozen, latents, latent, side)
    push = torch.randn(expected.shape, generator=stream(0, "push"), dtype=torch.float64)
    wanted = torch.autograd.grad((expected * push).sum(), [*copies.values(), latents])

    images = network(latents)

    assert images.shape == (3, 3, side, side)
    torch.testing.assert_close(images, expected, rtol=1e-5, atol=1e-5)
    got = torch.autograd.grad((images * push).sum(), [*parameters.values(), latents])
    for name, gradient, reference in zip([*parameters, "latents"], got, wanted, strict=True):
        scale = float(reference.abs().max())
        assert scale > 0, name
        torch.testing.assert_close(gradient, reference, rtol=0, atol=1e-5 * scale, msg=name)


def test_kernels_lie_in_memory_as_is_fastest_on_the_processor() -> None:
    with torch.device("meta"):
        network = FastGanGenerator(3, 32, width=2, latent=8)
    initialise(network, "cpu", stream(0, "weights"))
    kernels = [p for p in network.parameters() if p.ndim == 4]
    assert all(kernel.is_contiguous() for kernel in kernels)
    assert all(value.isfinite().all() for value in network.state_dict().values())


@pytest.mark.parametrize(("light", "millions"), [(False, 105.7), (True, 79.4)])
def test_the_papers_sizes(light: bool, millions: float) -> None:
    with torch.device("meta"):
        network = FastGanGenerator(3, 256, light=light)
    count = sum(parameter.numel() for parameter in network.parameters())
    assert round(count / 1e6, 1) == millions


@pytest.mark.parametrize("side", [32, 64, 128, 256, 512])
def test_any_power_of_two(side: int) -> None:
    with torch.device("meta"):
        network = FastGanGenerator(1, side, width=2, latent=8)
        images = network(torch.empty(2, network.inputs))
    assert images.shape == (2, 1, side, side)


@pytest.mark.parametrize("side", [16, 48, 2048])
def test_other_sizes_are_refused(side: int) -> None:
    with torch.device("meta"), pytest.raises(ValueError, match=f"images are {side} pixels wide"):
        FastGanGenerator(3, side)


def test_the_light_one_has_no_noise_and_the_other_one_ends_with_it() -> None:
    assert generator(32, 2, 8, light=True).inputs == 8
    network = generator(32, 2, 8, light=False).eval()
    assert network.inputs == 8 + 2 * (64 + 256 + 1024)
    latents = torch.randn(1, network.inputs, generator=stream(0, "z"))
    other = latents.clone()
    other[:, -1] += 5  # the noise of the last pixel of the last map
    assert torch.equal(network(other), network(latents))  # its strength begins at zero
    with torch.no_grad():
        network.ups["32"].noises[1].strength.fill_(1.0)
    changed = (network(other) != network(latents)).any(1)[0].nonzero()
    assert changed.min() == 30  # the pixel, and its neighbours by the last convolution
    assert changed.max() == 31
