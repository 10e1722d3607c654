"""Trainings of one and of two stages that are killed go on from where they were put away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lossgp.trainers import OptionError, trainer
from lossgp.trainers.gan.training import Training
from lossgp.trainers.trainer import Trainer
from tests.trainers import losses
from tests.trainers.recipes.residual import TINY as TINY_CRITIC
from tests.trainers.recipes.residual import exact, on_pixels
from tests.trainers.recipes.tiny_fanogan import TINY as TINY_DETECTOR
from tests.trainers.recipes.tiny_fanogan import read_once  # noqa: F401

# Eight iterations each; of two stages the second begins after four.
OPTIONS: dict[str, dict[str, Any]] = {
    "f-anogan": {**TINY_DETECTOR, "iterations": 4, "encoder_iterations": 4, "flip": True},
    "wgan-gp": {
        **{**TINY_CRITIC, "iterations": 8, "train_size": 12, "held_out": 0.2, "flip": True},
        **{"spectral_norm": True, "ema": 8.0, "label_flips": 0.2, "augment": ["color"]},
    },
    "dgan-wp-tl": {
        **{"size": 8, "depth": 2, "width": 2, "latent": 4, "batch": 4, "samples": 12},
        **{"iterations": 4, "pretrain_iterations": 4, "critic_steps": 2, "train_size": 60},
        **{"perceptual": "random", "features": "classifier", "metrics": ["fid"], "flip": True},
    },
}


@pytest.fixture(autouse=True)
def pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    on_pixels(monkeypatch)


def made(name: str, **options: Any) -> Trainer:
    return trainer(name, {**OPTIONS[name], **options})


class KilledError(Exception):
    """What a process does not live to see."""


@pytest.fixture
def iterations(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    """Counts the iterations that are `run`, and kills a training that has come to `at`."""
    found = {"run": 0, "at": -1}
    iterate = Training._iterate

    def counted(training: Training) -> None:
        if training.iteration == found["at"]:
            raise KilledError
        found["run"] += 1
        iterate(training)

    monkeypatch.setattr(Training, "_iterate", counted)
    return found


@pytest.mark.parametrize(
    ("at", "put_away"),
    [(3, 2), (5, 4), (7, 6)],
    ids=["in the first stage", "between both", "in the second"],
)
@pytest.mark.parametrize("name", OPTIONS)
def test_a_killed_training_ends_in_the_same_bytes(
    name: str, at: int, put_away: int, iterations: dict[str, int], tmp_path: Path
) -> None:
    whole, killed = tmp_path / "whole.safetensors", tmp_path / "killed.safetensors"
    expected = made(name, checkpoint_every=2).train(losses.BCE, 0, whole)
    iterations["at"] = at
    with pytest.raises(KilledError):
        made(name, checkpoint_every=2).train(losses.BCE, 0, killed)
    assert killed.with_suffix(".training").is_file()
    iterations.update(run=0, at=-1)
    outcome = made(name, checkpoint_every=2).train(losses.BCE, 0, killed)
    assert iterations["run"] == 8 - put_away
    assert exact(outcome) == exact(expected)
    assert killed.read_bytes() == whole.read_bytes()
    assert not killed.with_suffix(".training").exists()


@pytest.mark.parametrize("name", OPTIONS)
def test_it_is_put_away_as_often_as_is_asked_and_by_default_never(
    name: str, iterations: dict[str, int], tmp_path: Path
) -> None:
    path = tmp_path / "kept.safetensors"
    iterations["at"] = 7
    with pytest.raises(KilledError):
        made(name).train(losses.BCE, 0, path)
    assert not list(tmp_path.iterdir())
    with pytest.raises(KilledError):
        made(name, checkpoint_every=5).train(losses.BCE, 0, path)
    iterations.update(run=0, at=-1)
    made(name, checkpoint_every=5).train(losses.BCE, 0, path)
    assert iterations["run"] == 8 - 5


@pytest.mark.parametrize("name", OPTIONS)
def test_when_it_is_put_away_is_not_hashed(name: str) -> None:
    assert made(name, checkpoint_every=5).protocol.hash() == made(name).protocol.hash()
    with pytest.raises(OptionError, match="checkpoint_every"):
        made(name, checkpoint_every=-1)
