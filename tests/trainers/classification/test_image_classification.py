"""Labelled images of one's own: bright squares in one of three places."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lossgp.trainers import Status, Trainer, TrainerError, trainer
from lossgp.trainers.classification.data import images_split
from tests.trainers import losses


@pytest.fixture
def squares(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    labels = np.arange(180) % 3
    images = random.integers(0, 80, (180, 10, 10), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[2:8, 3 * label : 3 * label + 3] = 250
    path = tmp_path / "squares.npz"
    np.savez(path, images=images, labels=labels)
    return path


def mnist(path: Path, **options: object) -> Trainer:
    return trainer("mnist-classify", {"data": str(path), "width": 4, "epochs": 12, **options})


def test_images_of_a_file_are_learned(squares: Path) -> None:
    made = mnist(squares, learning_rate=0.01)
    outcome = made.train(losses.BCE, 0)
    assert outcome.status is Status.OK
    assert outcome.metrics["error"] < 0.2  # 0 in 40 trainings: 20 seeds, also with another last bit
    assert made.reference()["error_ceiling"] == pytest.approx(2 / 3)
    assert "squares.npz" in made.protocol.describe()
    assert str(squares.parent) not in made.protocol.describe()


def test_the_hash_holds_the_content_and_not_the_path(squares: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved.npz"
    moved.write_bytes(squares.read_bytes())
    assert mnist(moved).protocol.hash() == mnist(squares).protocol.hash()
    with np.load(squares) as data:
        np.savez(moved, images=data["images"], labels=data["labels"][::-1].copy())
    assert mnist(moved).protocol.hash() != mnist(squares).protocol.hash()
    content = mnist(squares).protocol.model_dump()["content"]
    assert mnist(squares, content=content).protocol.hash() == mnist(squares).protocol.hash()
    with pytest.raises(TrainerError, match="have changed since"):
        mnist(moved, content=content)
    assert mnist(squares, train_size=90).protocol.hash() != mnist(squares).protocol.hash()


def test_parts_have_the_sizes_asked_for(squares: Path) -> None:
    from lossgp.trainers.classification.trainer import read_labelled

    sets = read_labelled(str(squares))
    whole = images_split(sets, None, None, 0)
    assert (len(whole.train.labels), len(whole.test.labels)) == (144, 36)
    some = images_split(sets, 90, 30, 0)
    assert some.train.labels.bincount().tolist() == [30] * 3
    assert some.test.labels.bincount().tolist() == [10] * 3
    both = images_split((sets[0], sets[0]), 60, None, 0)
    assert (len(both.train.labels), len(both.test.labels)) == (60, 180)


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"train_size": 200}, "200 images were asked for, and there are 144"),
        ({"test_size": 180}, "180 of 180 samples cannot be held out"),
        ({"test_size": 2}, "cannot be split into 178 and 2"),
    ],
)
def test_sizes_that_cannot_be_are_refused(
    squares: Path, options: dict[str, object], part: str
) -> None:
    with pytest.raises(TrainerError, match=part):
        mnist(squares, **options).prepare()


def test_images_without_labels_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "plain.npz"
    np.savez(path, images=np.zeros((20, 8, 8), dtype=np.uint8))
    with pytest.raises(TrainerError, match="labels"):
        mnist(path)


def test_one_class_is_not_enough(tmp_path: Path) -> None:
    path = tmp_path / "one.npz"
    np.savez(path, images=np.ones((20, 8, 8), dtype=np.uint8), labels=np.zeros(20, dtype=int))
    with pytest.raises(TrainerError, match="at least two"):
        mnist(path).prepare()


def test_a_place_without_mnist_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainerError, match="mnist"):
        mnist(tmp_path / "nothing")
