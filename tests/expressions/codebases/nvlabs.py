"""Stand-ins for the loss classes of StyleGAN2-ADA, StyleGAN3 and projected GAN.

They have the arguments and methods of those classes, and losses and regularisers of their own, so
that a test sees what was left to them. Networks are lines: an image is a latent times a weight.
"""

from __future__ import annotations

from types import ModuleType, SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import relu, softplus

from .files import module

REGULARISER = 3.0


class Stats(SimpleNamespace):
    """`torch_utils.training_stats`: what was reported, by name, the latest last."""

    def __init__(self) -> None:
        self.reported: dict[str, list[Tensor]] = {}

    def report(self, name: str, value: Tensor) -> Tensor:
        self.reported.setdefault(name, []).append(value)
        return value


class Line(nn.Module):
    """x·weight, with a weight of float64 for each column."""

    def __init__(self, weights: list[float]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(weights, dtype=torch.float64))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight


class Base:
    """What the three have in common: networks, the phases, and a record of calls."""

    def keep(self, g: nn.Module, d: nn.Module, device: str, options: dict[str, Any]) -> None:
        self.g, self.d, self.device, self.options = g, d, device, options
        self.calls: list[tuple[Any, ...]] = []

    def phases(self, phase: str, batch: tuple[Any, ...], gain: float) -> None:
        self.calls.append(("base", phase))
        real, _, z, _ = batch[:4]
        if phase in ("Gmain", "Gboth"):
            (self.main_of_g(self.d(self.g(z))) * gain).backward()
        if phase in ("Greg", "Gboth") and self.options["pl_weight"]:
            (self.g.weight.square().sum() * REGULARISER * gain).backward()
        if phase in ("Dmain", "Dboth"):
            (self.main_of_d(self.d(real), self.d(self.g(z))) * gain).backward()
        if phase in ("Dreg", "Dboth") and self.options["r1_gamma"]:
            (self.d.weight.square().sum() * REGULARISER * gain).backward()

    @staticmethod
    def main_of_g(made: Tensor) -> Tensor:
        return softplus(-made).mean()

    @staticmethod
    def main_of_d(real: Tensor, made: Tensor) -> Tensor:
        return softplus(-real).mean() + softplus(made).mean()


class StyleGan2Ada(Base):
    def __init__(
        self, device, G_mapping, G_synthesis, D, augment_pipe=None, style_mixing_prob=0.9,
        r1_gamma=10, pl_batch_shrink=2, pl_decay=0.01, pl_weight=2,
    ):  # fmt: skip
        self.keep(G_synthesis, D, device, {"pl_weight": pl_weight, "r1_gamma": r1_gamma})
        self.pl_weight, self.r1_gamma = pl_weight, r1_gamma

    def run_G(self, z, c, sync):
        self.calls.append(("G", sync))
        return self.g(z), z

    def run_D(self, img, c, sync):
        self.calls.append(("D", sync))
        return self.d(img)

    def accumulate_gradients(self, phase, real_img, real_c, gen_z, gen_c, sync, gain):
        self.calls.append(("base sync", sync))
        self.phases(phase, (real_img, real_c, gen_z, gen_c), gain)


class StyleGan3(Base):
    def __init__(
        self, device, G, D, augment_pipe=None, r1_gamma=10, style_mixing_prob=0, pl_weight=0,
        pl_batch_shrink=2, pl_decay=0.01, pl_no_weight_grad=False, blur_init_sigma=0,
        blur_fade_kimg=0,
    ):  # fmt: skip
        self.keep(G, D, device, {"pl_weight": pl_weight, "r1_gamma": r1_gamma})
        self.blur_init_sigma, self.blur_fade_kimg = blur_init_sigma, blur_fade_kimg

    def run_G(self, z, c, update_emas=False):
        self.calls.append(("G", update_emas))
        return self.g(z), z

    def run_D(self, img, c, blur_sigma=0, update_emas=False):
        self.calls.append(("D", blur_sigma, update_emas))
        return self.d(img)

    def accumulate_gradients(self, phase, real_img, real_c, gen_z, gen_c, gain, cur_nimg):
        self.phases(phase, (real_img, real_c, gen_z, gen_c), gain)


class ProjectedGan(StyleGan3):
    def __init__(self, device, G, D, G_ema, blur_init_sigma=0, blur_fade_kimg=0, **kwargs):
        self.keep(G, D, device, {"pl_weight": 0, "r1_gamma": 0})
        self.blur_init_sigma, self.blur_fade_kimg = blur_init_sigma, blur_fade_kimg

    def run_G(self, z, c, update_emas=False):
        return super().run_G(z, c, update_emas)[0]

    @staticmethod
    def main_of_g(made: Tensor) -> Tensor:
        return -made.mean()

    @staticmethod
    def main_of_d(real: Tensor, made: Tensor) -> Tensor:
        return relu(1 - real).mean() + relu(1 + made).mean()


BASES = {"stylegan2-ada": StyleGan2Ada, "stylegan3": StyleGan3, "projected-gan": ProjectedGan}


def code_base(target: str) -> tuple[Stats, list[ModuleType]]:
    """Return the statistics of a code base, and the modules that a file of it imports."""
    stats, base = Stats(), BASES[target]
    name = "ProjectedGANLoss" if base is ProjectedGan else "StyleGAN2Loss"
    loss = module("training.loss", **{name: base})
    utilities = module("torch_utils", training_stats=stats)
    return stats, [utilities, module("training", loss=loss), loss]


def arguments(target: str, **options: Any) -> dict[str, Any]:
    """Return what the training loop gives the class of a target."""
    g, d = Line([0.5, -1.0, 2.0]), Line([1.5, 0.25, -0.75])
    networks: dict[str, Any] = {"device": "cpu", "D": d}
    match target:
        case "stylegan2-ada":
            networks |= {"G_mapping": nn.Identity(), "G_synthesis": g, "augment_pipe": None}
        case "stylegan3":
            networks |= {"G": g, "augment_pipe": None}
        case "projected-gan":
            networks |= {"G": g, "G_ema": g, "augment_pipe": None}
    return {**networks, **options}


def phase(loss: Any, target: str, name: str, **changes: Any) -> list[Tensor]:
    """Run one phase as the training loop does; return the gradients of the player's weights."""
    player = loss.g if name[0] == "G" else loss.d
    for network in (loss.g, loss.d):
        network.zero_grad()
        network.requires_grad_(network is player)
    tail = {"sync": True} if target == "stylegan2-ada" else {"cur_nimg": 0}
    batch = {"real_img": REAL, "real_c": None, "gen_z": LATENTS, "gen_c": None, "gain": 1.0}
    loss.accumulate_gradients(phase=name, **{**batch, **tail, **changes})
    other = loss.d if player is loss.g else loss.g
    assert other.weight.grad is None
    return [torch.zeros(3).double() if player.weight.grad is None else player.weight.grad]


REAL = torch.linspace(-2, 3, 24, dtype=torch.float64).reshape(8, 3)
LATENTS = torch.linspace(1, -1.5, 24, dtype=torch.float64).reshape(8, 3)
