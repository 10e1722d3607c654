from __future__ import annotations

import pytest
import torch
from torch import nn

from lossgp.trainers.networks.drawing import draw_layers
from lossgp.trainers.networks.spectral_norm import (
    SpectralConv2d,
    SpectralConvTranspose2d,
    SpectralLinear,
    normalised,
)
from lossgp.trainers.seeding import stream


def drawn(layer: nn.Module) -> nn.Module:
    draw_layers(layer, stream(0, "weights"))
    return layer


def test_iterations_bring_the_largest_singular_value_to_one() -> None:
    weight = torch.randn(6, 4, 3, 3, generator=stream(0, "weight"), dtype=torch.float64)
    u = torch.ones(6, dtype=torch.float64)
    for _ in range(200):
        result = normalised(weight, u, iterate=True)
    assert torch.linalg.svdvals(result.flatten(1))[0] == pytest.approx(1, abs=1e-9)


def test_without_iterations_nothing_moves_and_the_estimate_is_the_same() -> None:
    weight, u = torch.eye(3) * 5, torch.tensor([1.0, 0.0, 0.0])
    before = u.clone()
    assert torch.equal(normalised(weight, u, iterate=False), torch.eye(3))
    assert torch.equal(u, before)


def test_the_gradient_has_no_part_along_the_singular_vectors() -> None:
    """W / sigma(W) does not change when W grows as a whole: its gradient is orthogonal to W."""
    weight = torch.randn(4, 5, generator=stream(1, "w"), dtype=torch.float64, requires_grad=True)
    u = torch.randn(4, generator=stream(1, "u"), dtype=torch.float64)
    push = torch.randn(4, 5, generator=stream(1, "push"), dtype=torch.float64)
    (slope,) = torch.autograd.grad((normalised(weight, u, True) * push).sum(), weight)
    assert float((slope * weight.detach()).sum()) == pytest.approx(0, abs=1e-12)
    assert float(slope.norm()) > 0.1


@pytest.mark.parametrize(
    "layer",
    [SpectralConv2d(3, 5, 3, padding=1), SpectralConvTranspose2d(3, 5, 4), SpectralLinear(3, 5)],
    ids=lambda layer: type(layer).__name__,
)
def test_a_forward_pass_iterates_in_training_alone_and_u_is_in_the_state(layer: nn.Module) -> None:
    inputs = torch.ones(2, 3) if isinstance(layer, nn.Linear) else torch.ones(2, 3, 4, 4)
    before = drawn(layer).state_dict()["u"].clone()
    assert before.shape == (5,)
    layer.eval()(inputs)
    assert torch.equal(layer.state_dict()["u"], before)
    layer.train()(inputs)
    assert not torch.equal(layer.state_dict()["u"], before)


def test_two_passes_before_one_backward_pass_are_as_one_by_one() -> None:
    """A discriminator scores real, then generated images, before its gradient is asked for."""
    inputs = torch.randn(2, 3, 4, 4, generator=stream(0, "inputs"))

    def gradient(together: bool) -> torch.Tensor:
        layer = SpectralConv2d(3, 5, 3)
        drawn(layer)
        first = layer(inputs).square().mean()
        if not together:
            (early,) = torch.autograd.grad(first, layer.weight)
        (late,) = torch.autograd.grad(layer(inputs).mean(), layer.weight)
        if together:
            (early,) = torch.autograd.grad(first, layer.weight)
        return torch.stack([early, late])

    assert torch.equal(gradient(together=True), gradient(together=False))


def test_draws_come_from_the_stream_alone() -> None:
    def weights(seed: int) -> torch.Tensor:
        layer = SpectralConv2d(3, 5, 3, bias=True)
        draw_layers(layer, stream(seed, "weights"))
        return torch.cat([tensor.flatten() for tensor in layer.state_dict().values()])

    torch.manual_seed(0)
    one = weights(1)
    torch.manual_seed(1)
    assert torch.equal(weights(1), one)
    assert not torch.equal(weights(2), one)
