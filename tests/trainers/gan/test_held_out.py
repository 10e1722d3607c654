"""Images that are kept from a training, and what the critic makes of them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch

from lossgp.trainers import TrainerError, trainer
from lossgp.trainers.data import as_floats
from lossgp.trainers.gan.instability import instability, noise
from lossgp.trainers.gan.training import Ending
from lossgp.trainers.outcome import Status
from tests.trainers.recipes.residual import WASSERSTEIN, made, on_pixels, write_images


@pytest.fixture(autouse=True)
def pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    on_pixels(monkeypatch)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty images, five of which are there twice."""
    return write_images(tmp_path_factory.mktemp("data") / "noise.npz", 25, copies=5)


def contents(images: Any) -> set[bytes]:
    return {image.tobytes() for image in images}


@pytest.mark.parametrize(("share", "count"), [(0.1, 2), (0.25, 5), (0.5, 10)])
def test_a_part_of_the_contents_is_kept_from_the_training(
    data: Path, share: float, count: int
) -> None:
    found = made(data, held_out=share)
    learned, kept = found._parts
    assert kept is not None
    assert len(contents(kept.images)) == count
    assert not contents(learned.images) & contents(kept.images)
    assert len(learned) + len(kept) == 25
    assert torch.equal(found.load_images(), torch.from_numpy(learned.images))
    held_out = found._held_out_samples()
    assert held_out is not None
    assert torch.equal(held_out, as_floats(torch.from_numpy(kept.images)))
    assert contents(made(data, held_out=share)._parts[1].images) == contents(kept.images)  # type: ignore[union-attr]


def test_a_part_is_kept_of_the_images_that_count(data: Path) -> None:
    found = made(data, held_out=0.25, train_size=16)
    learned, kept = found._parts
    assert kept is not None
    assert len(learned) + len(kept) == 16
    assert contents(learned.images) | contents(kept.images) == contents(found.chosen.images)


@pytest.mark.parametrize("options", [{"held_out": 0.0}, {"held_out": 0.1, "train_size": 4}])
def test_nothing_is_kept_where_nothing_was_asked_or_there_are_too_few(
    data: Path, options: dict[str, Any]
) -> None:
    found = made(data, **options)
    assert found._parts[1] is None
    assert found._held_out_samples() is None
    metrics = found.train(WASSERSTEIN, 0).metrics
    assert "wasserstein" in metrics
    assert "wasserstein_held_out" not in metrics


def test_too_few_that_are_left_are_told(data: Path) -> None:
    found = made(data, held_out=0.5, train_size=5)
    with pytest.raises(TrainerError, match=r"held_out 0\.5 leaves 3 of 5 images to train on"):
        found.prepare()


def test_the_estimates_are_differences_of_mean_scores(data: Path) -> None:
    """Of a critic that is known: the mean of the pixels."""

    class Mean(torch.nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return images.mean((1, 2, 3))[:, None]

    found = made(data, held_out=0.25)
    learned, kept = found._parts
    assert kept is not None
    images = found.load_images()
    generated = torch.full((16, 1, 16, 16), 0.25)  # so many that all real images are judged
    metrics = found._measure(generated, {"D": Mean()}, 0)
    expected = {
        "wasserstein": float(as_floats(images).mean()) - 0.25,
        "wasserstein_held_out": float(as_floats(torch.from_numpy(kept.images)).mean()) - 0.25,
    }
    assert {name: metrics[name] for name in expected} == pytest.approx(expected, rel=1e-5)
    means = as_floats(torch.from_numpy(kept.images)).mean((1, 2, 3))
    assert metrics["score_spread"] == pytest.approx(float(means.std()), rel=1e-5)
    all_learned = made(data, held_out=0.0)
    of_all = all_learned._measure(generated, {"D": Mean()}, 0)["score_spread"]
    means = as_floats(all_learned.load_images()).mean((1, 2, 3))
    assert of_all == pytest.approx(float(means.std()), rel=1e-5)
    assert {"fid", "d_acc", "d_auc", "spread"} <= set(metrics)
    assert len(learned) > len(kept)


def test_images_without_bounds_are_measured_as_pictures(data: Path) -> None:
    found = made(data)
    bright, brighter = (torch.full((8, 1, 16, 16), value) for value in (1.0, 5.0))
    bright[0] = brighter[0] = 0
    critic = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(256, 1))
    a, b = (found._measure(images, {"D": critic}, 0) for images in (bright, brighter))
    assert a["fid"] == b["fid"]
    assert a["wasserstein"] != b["wasserstein"]


def test_the_instability_is_that_of_the_critics_curve(data: Path) -> None:
    curve = [3.0, 5.0, 2.0, 2.5, 2.2, 2.6]
    history = tuple((25.0 * i, 9.0, value) for i, value in enumerate(curve))
    found = made(data)
    ending = Ending(Status.OK, None, history, 150, ("g", "wasserstein"))
    told = {"score_spread": 0.5}
    assert found._of_curves(ending, told) == {
        "instability": instability(curve),
        "estimate_noise": 2 * noise(curve),  # type: ignore[operator]
    }
    assert found._of_curves(ending, {}) == {"instability": instability(curve)}
    assert found._of_curves(ending, {"score_spread": 0.0}) == {"instability": instability(curve)}
    short = Ending(Status.OK, None, history[:2], 50, ("g", "wasserstein"))
    assert found._of_curves(short, told) == {}
    assert found._of_curves(Ending(Status.OK, None, history, 150, ("g", "d")), told) == {}


def test_what_is_measured_is_what_is_announced(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lossgp.trainers.gan.training.CHECK_EVERY", 1)
    found = made(data, iterations=6, critic_steps=1)
    metrics = found.train(WASSERSTEIN, 0).metrics
    assert set(metrics) == set(found.measures)
    assert all(math.isfinite(value) for value in metrics.values())
    assert {"wasserstein", "wasserstein_held_out", "instability"} <= set(found.objective.beside)
    assert set(made(data, held_out=0.0).measures) == set(metrics) - {"wasserstein_held_out"}


def test_what_is_held_out_is_in_the_hash(data: Path) -> None:
    assert made(data, held_out=0.2).protocol.hash() != made(data, held_out=0.1).protocol.hash()
    assert trainer("wgan-gp", made(data).protocol.model_dump()).protocol == made(data).protocol


def test_another_setting_shares_images_unless_others_are_held_out(data: Path) -> None:
    found = made(data)
    found.prepare()
    options = found.protocol.model_dump()
    same = found.another({**options, "optimizer": "sgd", "label_flips": 0.1})
    other = found.another({**options, "held_out": 0.3})
    assert same._images is found._images
    assert len(other._images) < len(found._images)
