"""Tiny trainings of the residual protocols, measured on features that cost nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lossgp.trainers import Criterion, Outcome, trainer
from lossgp.trainers.extractors import Extractor
from lossgp.trainers.gan.files import FileTrainer
from lossgp.trainers.gan.play import Play
from lossgp.trainers.gan.training import Training
from lossgp.trainers.networks import initialise
from lossgp.trainers.recipes.wgan_gp import WganGpProtocol, WganGpTrainer
from lossgp.trainers.seeding import reproducible, stream

WASSERSTEIN = Criterion(lambda s, y: (1 - 2 * y) * s, lambda s, y: (1 - 2 * y) * s, "wasserstein")
TINY: dict[str, Any] = {
    **{"width": 1, "batch": 4, "latent": 3, "iterations": 2, "critic_steps": 2, "samples": 8},
    **{"metrics": ["fid"], "features": "classifier"},
}
IMAGES = torch.rand(12, 1, 16, 16, generator=stream(0, "images")) * 2 - 1


class Pixels(Extractor):
    """Means of quarters of an image."""

    name, width, classes = "pixels", 4, None

    def embed(self, images: Tensor) -> Tensor:
        return F.adaptive_avg_pool2d(images.mean(1, keepdim=True), 2).flatten(1)

    def classify(self, features: Tensor) -> Tensor:
        raise AssertionError("it has no classes")


def write_images(path: Path, n: int = 24, size: int = 16, copies: int = 0) -> Path:
    """An .npz of labelled noise; the last `copies` images are the first ones once more."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (n, size, size), dtype=np.uint8)
    images[n - copies :] = images[:copies]
    np.savez(path, images=images, labels=np.arange(n) % 2)
    return path


def on_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FileTrainer, "load_extractor", lambda self: Pixels())


def made(data: Path, **options: Any) -> WganGpTrainer:
    found = trainer("wgan-gp", {**TINY, "data": str(data), "channels": 1, **options})
    assert isinstance(found, WganGpTrainer)
    return found


def played(
    criterion: Criterion = WASSERSTEIN, images: Tensor = IMAGES, seed: int = 3, **options: Any
) -> tuple[Play, Training]:
    """A training without metrics, not yet begun."""
    protocol = WganGpProtocol(**{**TINY, "data": "x", "channels": 1, **options})
    with torch.device("meta"):
        networks = protocol.networks()
    for name, network in networks.items():
        initialise(network, "cpu", stream(seed, f"{name} init"))
    play = Play(networks, images, criterion, seed, protocol.iterations)
    play.held_out = IMAGES[:3] if protocol.held_out else None
    return play, Training(play, protocol.recipe(play))


def weights(network: nn.Module) -> Tensor:
    return torch.cat([p.detach().flatten() for p in network.parameters()])


def trained(*arguments: Any, **options: Any) -> tuple[Play, dict[str, Tensor]]:
    """The play after its training, and the weights of each network."""
    play, training = played(*arguments, **options)
    with reproducible():
        training.run(play.iterations)
    return play, {name: weights(network) for name, network in play.networks.items()}


def exact(outcome: Outcome) -> tuple[object, ...]:
    """All that must be equal to the bit."""
    figures = {name: value.hex() for name, value in outcome.metrics.items()}
    return outcome.status, outcome.reason, outcome.iterations, figures
