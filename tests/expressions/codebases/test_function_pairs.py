"""Files whose code base calls D's loss with two scores and G's with one.

These are PyTorch-StudioGAN (functions), TorchGAN (subclasses) and Mimicry (methods); the
stand-ins have the interface of each.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from lossgp.expressions import zoo

from .files import (
    LOSSES,
    SCORES,
    agree,
    file_of,
    module,
    wanted_of_d,
    wanted_of_g,
    with_slopes,
)


class TorchGanLoss(nn.Module):
    """TorchGAN's `GeneratorLoss` and `DiscriminatorLoss`: both hold a reduction."""

    def __init__(self, reduction: str = "mean", override_train_ops: Any = None) -> None:
        super().__init__()
        self.reduction, self.override_train_ops = reduction, override_train_ops
        self.arg_map: dict[str, str] = {}


class ForG(TorchGanLoss):
    def train_ops(self, generator, discriminator, optimizer_generator, device, batch_size):
        optimizer_generator.zero_grad()
        noise = torch.ones(batch_size, generator.in_features, device=device)
        loss = self.forward(discriminator(generator(noise)))
        loss.backward()
        optimizer_generator.step()
        return loss.item()


class ForD(TorchGanLoss):
    pass


def torchgan() -> Any:
    losses = module("torchgan.losses", GeneratorLoss=ForG, DiscriminatorLoss=ForD)
    return module("torchgan", losses=losses)


class Network:
    """A network of Mimicry: it trains with `compute_gan_loss`, by name of the arguments."""

    def compute_gan_loss(self, **outputs):
        raise AssertionError("the code base's own loss")

    def errors_of_g(self, output):
        return self.compute_gan_loss(output=output)

    def errors_of_d(self, output_real, output_fake):
        return self.compute_gan_loss(output_real=output_real, output_fake=output_fake)


def functions(loss, target, monkeypatch):
    """Return D's loss of real and generated scores, and G's of generated ones."""
    scope = file_of(loss, target, monkeypatch, torchgan())
    if target == "studiogan":
        return (
            lambda real, fake: scope["d_loss"](real, fake, DDP=False),
            lambda fake: scope["g_loss"](fake, False),
        )
    if target == "torchgan":
        return scope["DiscoveredDiscriminatorLoss"](), scope["DiscoveredGeneratorLoss"]()
    generator = type("Generator", (scope["DiscoveredGenerator"], Network), {})()
    discriminator = type("Discriminator", (scope["DiscoveredDiscriminator"], Network), {})()
    return discriminator.errors_of_d, generator.errors_of_g


TARGETS = ["studiogan", "torchgan", "mimicry"]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", LOSSES)
def test_values_and_gradients(name, target, monkeypatch):
    loss, fake = LOSSES[name], SCORES.flip(0) / 2
    of_d, of_g = functions(loss, target, monkeypatch)
    for shape in ((-1,), (-1, 1), (3, 1, 11, 1)):
        real, made = SCORES.reshape(shape), fake.reshape(shape)
        wanted = with_slopes(lambda a, b: wanted_of_d(loss, a, b), real, made)
        agree(with_slopes(of_d, real, made), wanted)
        agree(with_slopes(of_g, made), with_slopes(lambda b: wanted_of_g(loss, b), made))


@pytest.mark.parametrize("target", TARGETS)
def test_half_scores_are_computed_in_float32(target, monkeypatch):
    of_d, of_g = functions(zoo.ganetic, target, monkeypatch)
    network = nn.Linear(1, 1)
    scores = SCORES.float()[:, None]
    with torch.autocast("cpu", torch.bfloat16):
        half = network(scores)
        assert half.dtype == torch.bfloat16
        found = of_g(half), of_d(half, half)
    wanted = wanted_of_g(zoo.ganetic, half.float()), wanted_of_d(zoo.ganetic, *2 * [half.float()])
    for a, b in zip(found, wanted, strict=True):
        assert a.dtype == torch.float32
        assert torch.equal(a, b)


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_no_score_is_refused(target, monkeypatch):
    of_d, of_g = functions(zoo.bce, target, monkeypatch)
    for wrong in ([0.5], torch.ones(3, dtype=torch.int64)):
        with pytest.raises(TypeError, match="must be a tensor of floating-point numbers"):
            of_g(wrong)
        with pytest.raises(TypeError, match="must be a tensor of floating-point numbers"):
            of_d(torch.ones(3), wrong)


def test_torchgan_reduces_as_it_is_told_and_trains(monkeypatch):
    scope = file_of(zoo.ganetic, "torchgan", monkeypatch, torchgan())
    mean, total, each = (
        scope["DiscoveredDiscriminatorLoss"](reduction)(SCORES, -SCORES)
        for reduction in ("mean", "sum", "none")
    )
    assert each.shape == SCORES.shape
    agree([each.mean(), each.sum()], [mean, total])
    with pytest.raises(ValueError, match="reduction is 'all'"):
        scope["DiscoveredGeneratorLoss"]("all")

    generator, discriminator = nn.Linear(2, 3), nn.Linear(3, 1)
    optimizer = torch.optim.SGD(generator.parameters(), lr=0.1)
    loss = scope["DiscoveredGeneratorLoss"](override_train_ops=print)
    assert loss.override_train_ops is print
    before = wanted_of_g(zoo.ganetic, discriminator(generator(torch.ones(4, 2)))).item()
    assert loss.train_ops(generator, discriminator, optimizer, "cpu", 4) == pytest.approx(before)
    assert wanted_of_g(zoo.ganetic, discriminator(generator(torch.ones(4, 2)))).item() < before
