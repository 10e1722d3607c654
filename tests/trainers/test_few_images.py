"""What can be measured is known before anything is trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from lossgp.trainers import TrainerError, trainer
from lossgp.trainers.gan.file_protocols import METRICS
from lossgp.trainers.metrics import METRICS as ALL_METRICS
from lossgp.trainers.recipes.images import ImagesProtocol

OPTIONS: dict[str, Any] = {"size": 8, "channels": 1, "batch": 2, "width": 1, "stages": [1],
                           "epochs": 1, "features": "classifier"}  # fmt: skip


def images(path: Path, count: int) -> dict[str, Any]:
    pixels = np.random.default_rng(0).integers(0, 256, (count, 8, 8), dtype=np.uint8)
    np.savez(path / "some.npz", images=pixels, labels=np.arange(count) % 2)
    return {**OPTIONS, "data": str(path / "some.npz")}


@pytest.mark.parametrize(
    ("count", "size", "measured"),
    [
        (300, None, METRICS),
        (300, 100, ("fid", "kid", "precision", "recall", "density", "coverage")),
        (255, None, ("fid", "kid", "precision", "recall", "density", "coverage")),
        (5, None, ("fid", "kid")),
    ],
)
def test_of_the_defaults_what_cannot_be_measured_is_left_out_and_said(
    tmp_path: Path, count: int, size: int | None, measured: tuple[str, ...]
) -> None:
    protocol: Any = trainer("images", {**images(tmp_path, count), "train_size": size}).protocol
    assert protocol.metrics == measured
    without = [name for name in METRICS if name not in measured]
    assert ("without " + ", ".join(without) in protocol.describe()) == bool(without)


def test_what_was_asked_for_and_cannot_be_measured_is_refused(tmp_path: Path) -> None:
    options = {**images(tmp_path, 100), "metrics": ["fid", "fid_256"]}
    with pytest.raises(TrainerError, match="fid_256 needs 256 generated and real images, not "):
        trainer("images", options)


def test_few_generated_images_leave_out_as_few_real_ones_do() -> None:
    assert "fid_256" not in ImagesProtocol(samples=100).metrics
    with pytest.raises(ValidationError, match="fid_256 needs 256"):
        ImagesProtocol(samples=100, metrics=("fid", "fid_256"))


def test_the_default_protocols_measure_all_they_did() -> None:
    assert ImagesProtocol().metrics == METRICS


@pytest.mark.parametrize("count", [2, 3])
def test_two_or_three_images_are_too_few(tmp_path: Path, count: int) -> None:
    with pytest.raises(TrainerError, match=f"has {count} images to train on; figures need 4"):
        trainer("images", images(tmp_path, count))


def test_four_images_have_a_floor(tmp_path: Path) -> None:
    from lossgp.trainers.extractors.extractor import Extractor
    from lossgp.trainers.metrics import RealSide, reference

    class Pixels(Extractor):
        name, width = "pixels", 4

        def embed(self, images: torch.Tensor) -> torch.Tensor:
            return images.flatten(1)

        def classify(self, features: torch.Tensor) -> torch.Tensor:
            return features

    numbers = torch.Generator().manual_seed(0)
    real = RealSide.of(torch.rand(4, 1, 2, 2, generator=numbers), Pixels())
    assert set(reference(real, Pixels(), 2)) == {
        "fid_floor",
        "fid_ceiling",
        "kid_floor",
        "kid_ceiling",
    }


def test_d_is_judged_on_images_from_everywhere_in_a_sorted_set(tmp_path: Path) -> None:
    pixels = np.zeros((400, 8, 8), dtype=np.uint8)
    pixels[200:] = 255  # sorted by class: the first half black, the second white
    np.savez(tmp_path / "sorted.npz", images=pixels, labels=np.repeat([0, 1], 200))
    chosen: Any = trainer("images", {**OPTIONS, "data": str(tmp_path / "sorted.npz"),
                                     "samples": 50, "metrics": ["fid"]})  # fmt: skip

    class White(torch.nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return images.mean((1, 2, 3))[:, None]

    on_real, on_made = chosen._judged(White(), torch.zeros(50, 1, 8, 8))
    assert len(on_real) == 100
    assert len(on_made) == 50
    assert 0.3 < float((on_real > 0).double().mean()) < 0.7


def test_a_metric_that_programs_compute_differently_says_how() -> None:
    for name in ("kid", "is", "ms_ssim", "lpips", "precision"):
        assert ALL_METRICS[name].convention, name
