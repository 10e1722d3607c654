"""Path lengths against finite differences and a slow reference; where there is no slope."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from lossgp.trainers.gan.path_length import path_length_penalty, path_lengths
from lossgp.trainers.networks.stylegan2 import StyleGenerator
from lossgp.trainers.seeding import stream


def generator() -> StyleGenerator:
    with torch.device("meta"):
        made = StyleGenerator(1, 8, 4, 16, 3, 1)
    made.to_empty(device="cpu")
    made.draw(stream(0, "G init"))
    return made.double()


def drawn(*shape: int) -> Tensor:
    return torch.randn(shape, generator=stream(3, str(shape)), dtype=torch.float64)


def test_lengths_are_those_of_the_jacobian() -> None:
    """Each column of J by central differences, one layer's number of a style after another."""
    network, y = generator(), drawn(2, 1, 8, 8)
    styles = drawn(2, network.layers, 4).requires_grad_()
    found = path_lengths(network.images(styles, network.maps), styles, y)
    step, squares = 1e-6, torch.zeros(2, dtype=torch.float64)
    with torch.no_grad():
        for layer in range(network.layers):
            for number in range(4):
                change = torch.zeros_like(styles)
                change[:, layer, number] = step
                ahead = network.images(styles + change, network.maps)
                behind = network.images(styles - change, network.maps)
                column = (ahead - behind) / (2 * step)  # (2, 1, 8, 8)
                squares += ((column * y).sum(dim=(1, 2, 3)) / 8).square()
    right = (squares / network.layers).sqrt()
    assert torch.allclose(found.detach(), right, rtol=1e-5)


def test_the_penalty_and_its_gradient() -> None:
    """Its value by hand; its gradient, a second derivative of G, by central differences."""
    network, y = generator(), drawn(2, 1, 8, 8)
    styles = drawn(2, network.layers, 4).requires_grad_()

    def penalty(mean: Tensor) -> Tensor:
        return path_length_penalty(network.images(styles, network.maps), styles, y, mean)

    mean = torch.tensor(0.3, dtype=torch.float64)
    found = penalty(mean)
    lengths = path_lengths(network.images(styles, network.maps), styles, y).detach()
    moved = 0.3 + 0.01 * (lengths.mean() - 0.3)
    assert torch.allclose(mean, moved)
    assert torch.allclose(found.detach(), (lengths - moved).square().mean())

    weight = network.blocks[1].conv.weight
    (slope,) = torch.autograd.grad(found, weight)
    step, at = 1e-6, (1, 1, 0, 1)
    values = []
    for change in (step, -step):
        with torch.no_grad():
            weight[at] += change
        still = path_lengths(network.images(styles, network.maps), styles, y).detach()
        values.append(float((still - moved).square().mean()))
        with torch.no_grad():
            weight[at] -= change
    assert float(slope[at]) == pytest.approx((values[0] - values[1]) / (2 * step), rel=1e-5)


def test_the_penalty_is_finite_where_nothing_moves() -> None:
    styles = torch.zeros(2, 3, 4, requires_grad=True)
    weight = torch.zeros((), requires_grad=True)
    images = (styles.sum(dim=(1, 2)) * weight)[:, None, None, None].expand(2, 1, 4, 4)
    mean = torch.zeros(())
    penalty = path_length_penalty(images, styles, torch.ones(2, 1, 4, 4), mean)
    (slope,) = torch.autograd.grad(penalty, weight)
    assert bool(penalty.isfinite())
    assert bool(slope.isfinite())
