"""The Lightning file: under a stand-in for `LightningModule`, and under Lightning itself."""

from __future__ import annotations

import sys
from typing import Any

import pytest
import torch
from torch import nn

from lossgp.expressions import zoo

from .files import LOSSES, agree, file_of, module, wanted_of_d, wanted_of_g


class LightningModule(nn.Module):
    """`LightningModule` with manual optimisation, as far as the file uses it; it keeps a record."""

    def __init__(self) -> None:
        super().__init__()
        self.automatic_optimization = True
        self.device = torch.device("cpu")
        self.record: list[Any] = []

    def optimizers(self):
        if not hasattr(self, "_made"):
            self._made = self.configure_optimizers()
        return self._made

    def toggle_optimizer(self, optimizer):
        assert not self.automatic_optimization
        own = {id(p) for group in optimizer.param_groups for p in group["params"]}
        self.record.append(("toggled", self._made.index(optimizer)))
        for p in self.parameters():
            p.requires_grad_(id(p) in own)

    def untoggle_optimizer(self, optimizer):
        for p in self.parameters():
            p.requires_grad_(True)

    def manual_backward(self, loss):
        loss.backward()

    def log(self, name, value, prog_bar=False):
        assert not value.requires_grad
        self.record.append((name, value.item()))


def stand_ins():
    pytorch = module("lightning.pytorch", LightningModule=LightningModule)
    return module("lightning", pytorch=pytorch), pytorch


def networks():
    torch.manual_seed(0)
    return nn.Linear(4, 3), nn.Linear(3, 1)


class Twice(nn.Module):
    """A discriminator of two outputs."""

    def __init__(self, one: nn.Module) -> None:
        super().__init__()
        self.one = one

    def forward(self, x):
        return [self.one(x), 2 * self.one(x)]


def gan(loss, monkeypatch, **options):
    made = file_of(loss, "lightning", monkeypatch, *stand_ins())["DiscoveredGAN"]
    return made(*networks(), latent_shape=(4,), **options)


REAL = torch.linspace(-1, 1, 18).reshape(6, 3)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("batch", [REAL, (REAL, torch.zeros(6)), [REAL]])
def test_a_step_is_that_of_a_plain_loop(name, batch, monkeypatch):
    made = gan(LOSSES[name], monkeypatch, learning_rate=0.01, betas=(0.3, 0.9))
    torch.manual_seed(3)
    made.training_step(batch, 0)

    generator, discriminator = networks()
    of_d, of_g = (
        torch.optim.Adam(n.parameters(), lr=0.01, betas=(0.3, 0.9))
        for n in (discriminator, generator)
    )
    torch.manual_seed(3)
    fake = generator(torch.randn(6, 4)).detach()
    d_loss = wanted_of_d(LOSSES[name], discriminator(REAL), discriminator(fake))
    d_loss.backward()
    of_d.step()
    g_loss = wanted_of_g(LOSSES[name], discriminator(generator(torch.randn(6, 4))))
    of_g.zero_grad()
    g_loss.backward()
    of_g.step()
    agree(made.discriminator.parameters(), discriminator.parameters())
    agree(made.generator.parameters(), generator.parameters())
    assert made.record == [
        ("toggled", 0),
        ("d_loss", pytest.approx(d_loss.item())),
        ("toggled", 1),
        ("g_loss", pytest.approx(g_loss.item())),
    ]


def test_critic_steps(monkeypatch):
    made = gan(zoo.bce, monkeypatch, critic_steps=3)
    for index in range(6):
        made.training_step(REAL, index)
    assert [name for name, _ in made.record if name.endswith("loss")] == 2 * [
        *3 * ["d_loss"], "g_loss",
    ]  # fmt: skip


def test_learning_rates_and_betas(monkeypatch):
    made = gan(zoo.bce, monkeypatch, learning_rate=1e-3, betas=[0.0, 0.9])
    assert [o.defaults["lr"] for o in made.configure_optimizers()] == [1e-3, 1e-3]
    assert {o.defaults["betas"] for o in made.configure_optimizers()} == {(0.0, 0.9)}
    still = gan(zoo.bce, monkeypatch, discriminator_learning_rate=0.0)
    assert [o.defaults["lr"] for o in still.configure_optimizers()] == [0.0, 2e-4]
    made = gan(zoo.bce, monkeypatch, learning_rate=1e-3, discriminator_learning_rate=4e-3)
    of_d, of_g = made.configure_optimizers()
    assert (of_d.defaults["lr"], of_g.defaults["lr"]) == (4e-3, 1e-3)
    assert of_d.param_groups[0]["params"] == list(made.discriminator.parameters())


def test_latents_and_images(monkeypatch):
    made = gan(zoo.bce, monkeypatch)
    assert made.latents(5).shape == (5, 4)
    assert made(made.latents(5)).shape == (5, 3)
    scope = file_of(zoo.bce, "lightning", monkeypatch, *stand_ins())
    assert scope["DiscoveredGAN"](*networks(), latent_shape=7).latents(2).shape == (2, 7)
    assert scope["DiscoveredGAN"](*networks()).latents(2).shape == (2, 100)


def test_several_outputs_of_d_are_added(monkeypatch):
    made = gan(zoo.ganetic, monkeypatch)
    one = made.discriminator
    made.discriminator = Twice(one)
    fake = REAL.flip(0)
    wanted = sum(wanted_of_d(zoo.ganetic, k * one(REAL), k * one(fake)) for k in (1, 2))
    agree([made.discriminator_loss(REAL, fake)], [wanted])
    wanted = sum(wanted_of_g(zoo.ganetic, k * one(fake)) for k in (1, 2))
    agree([made.generator_loss(fake)], [wanted])


def test_half_scores_are_computed_in_float32(monkeypatch):
    made = gan(zoo.ganetic, monkeypatch)
    with torch.autocast("cpu", torch.bfloat16):
        half = made.discriminator(REAL)
        found = made.generator_loss(REAL)
    assert half.dtype == torch.bfloat16
    assert torch.equal(found, wanted_of_g(zoo.ganetic, half.float()))


def test_bad_input(monkeypatch):
    with pytest.raises(ValueError, match="critic_steps is 0; it must be 1 or more"):
        gan(zoo.bce, monkeypatch, critic_steps=0)


def test_the_older_name_of_the_package(monkeypatch):
    old = module("pytorch_lightning", LightningModule=LightningModule)
    monkeypatch.setitem(sys.modules, "lightning", None)
    monkeypatch.setitem(sys.modules, "lightning.pytorch", None)
    scope = file_of(zoo.bce, "lightning", monkeypatch, old)
    assert issubclass(scope["DiscoveredGAN"], LightningModule)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Lightning's advice on workers, loggers and devices
def test_lightning_trains_it(monkeypatch, tmp_path):
    lightning = pytest.importorskip("lightning.pytorch")
    scope = file_of(LOSSES["mixed"], "lightning", monkeypatch)
    made = scope["DiscoveredGAN"](*networks(), latent_shape=4, critic_steps=2)
    before = [p.detach().clone() for p in made.parameters()]
    images = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(REAL, torch.zeros(6)), batch_size=2
    )
    trainer = lightning.Trainer(
        max_epochs=2, accelerator="cpu", logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, default_root_dir=tmp_path,
    )  # fmt: skip
    trainer.fit(made, images)
    # Lightning counts the steps of all optimisers: of D 3 an epoch, of G one of each two.
    assert trainer.global_step == 2 * (3 + 1)
    assert all(not torch.equal(a, b) for a, b in zip(before, made.parameters(), strict=True))
    assert {"d_loss", "g_loss"} <= set(trainer.callback_metrics)
