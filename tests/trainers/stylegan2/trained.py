"""Tiny trainings of stylegan2-ada, in parts that tests can look at."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from lossgp.expressions import LossPair, zoo
from lossgp.trainers import Criterion
from lossgp.trainers.gan.play import Play
from lossgp.trainers.gan.training import Training
from lossgp.trainers.networks import initialise
from lossgp.trainers.recipes.stylegan2_ada import Stylegan2AdaProtocol
from lossgp.trainers.seeding import reproducible, stream

NAME = "stylegan2-ada"
TINY: dict[str, Any] = {
    "size": 8,
    "batch": 4,
    "latent": 4,
    "channel_base": 16,
    "channel_max": 4,
    "iterations": 4,
    "r1_every": 2,
    "path_every": 2,
    "augment_p": 0.5,
    "samples": 8,
    "metrics": ["fid"],
}
PIXELS = torch.randint(0, 256, (12, 1, 8, 8), generator=stream(0, "pixels"), dtype=torch.uint8)


def criterion(name: str = "bce_logits") -> Criterion:
    return Criterion(*LossPair.of(zoo.entry(name).loss).criterion_functions())


def training(ask: Criterion | None = None, seed: int = 3, **options: Any) -> tuple[Play, Training]:
    protocol = Stylegan2AdaProtocol.model_validate({**TINY, **options})
    with torch.device("meta"):
        networks = protocol.networks()
    for name, network in networks.items():
        initialise(network, "cpu", stream(seed, name))
    images = PIXELS.expand(-1, protocol.channels, -1, -1).contiguous()
    made = (networks, images, ask or criterion(), seed, protocol.iterations, protocol.bfloat16)
    play = Play(*made)
    return play, Training(play, protocol.recipe(play))


def weights(play: Play) -> dict[str, Tensor]:
    return {
        f"{name}.{key}": value.detach().clone()
        for name, network in play.networks.items()
        for key, value in network.state_dict().items()
    }


def learned(**options: Any) -> dict[str, Tensor]:
    play, whole = training(**options)
    with reproducible():
        whole.run(whole.iterations)
    return weights(play)


def differ(a: dict[str, Tensor], b: dict[str, Tensor], network: str) -> bool:
    names = [name for name in a if name.startswith(network + ".")]
    return any(not torch.equal(a[name], b[name]) for name in names)
