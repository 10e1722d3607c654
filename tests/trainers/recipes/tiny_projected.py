"""Projected GANs in networks so small that a training takes no time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import torch
from torch import Tensor

from lossgp.trainers import Criterion, trainer
from lossgp.trainers.datasets import digits
from lossgp.trainers.gan.training import Training
from lossgp.trainers.recipes.projected import ProjectedGanTrainer
from lossgp.trainers.seeding import reproducible
from tests.trainers import losses

TINY: dict[str, Any] = {
    "projection": "random",
    "iterations": 3,
    "batch": 3,
    "latent": 4,
    "width": 1,
    "d_width": 8,
    "mixing": 2,
    "samples": 8,
    "train_size": 12,
    "learning_rate": 1e-2,
}


def made(**options: Any) -> ProjectedGanTrainer:
    found = trainer("projected-gan", {**TINY, **options})
    assert isinstance(found, ProjectedGanTrainer)
    return found


def training(of: ProjectedGanTrainer, seed: int = 0, criterion: Criterion = losses.BCE) -> Training:
    of.prepare()
    return of._training(of._networks(seed), criterion, seed)


def weights(of: ProjectedGanTrainer, iterations: int = 1, seed: int = 0) -> dict[str, Tensor]:
    """The state after some iterations, without what is only told."""
    with reproducible():
        begun = training(of, seed)
        begun.run(iterations)
    kept = {k: v.clone() for k, v in begun.tensors().items() if k.startswith("network")}
    assert all(value.isfinite().all() for value in kept.values())
    return kept


def equal(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


@pytest.fixture(scope="module", autouse=True)
def digits_once() -> Iterator[None]:
    """Their file takes longer to read than a training here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digits, "enlarged_digits", cache(digits.enlarged_digits))
        yield
