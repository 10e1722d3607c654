"""MNIST at half its size, on made-up files."""

from __future__ import annotations

import numpy as np
import pytest

from lossgp.trainers import OptionError, Status, TrainerError, trainer
from lossgp.trainers.recipes.mnist_14 import halved
from tests.trainers import losses

SHORT = {"iterations": 12, "width": 4, "batch": 8, "samples": 64}


@pytest.fixture(scope="module", autouse=True)
def hasty_classifier():
    """A feature network of a few steps: what is measured here is not how good it is."""
    from lossgp.trainers.extractors import classifier

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(classifier.RECIPE, "steps", 10)
        yield


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """300 images of 28 x 28, bright on the left or on the right."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 300)
    images = rng.integers(0, 40, (300, 28, 28), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[6:22, 4 + 12 * label : 10 + 12 * label] = 220
    path = tmp_path_factory.mktemp("data") / "mnist.npz"
    np.savez(path, images=images, labels=labels)
    return path


def made(data, **options):
    return trainer("mnist-14", {"data": str(data), **SHORT, **options})


def test_pixels_are_means_of_four_with_halves_up():
    images = np.zeros((2, 1, 28, 28), np.uint8)
    images[0, 0, :2, :2] = [[1, 0], [1, 0]]  # 0.5
    images[0, 0, :2, 2:4] = [[1, 0], [0, 0]]  # 0.25
    images[1] = 255
    small = halved(images)
    assert small.shape == (2, 1, 14, 14)
    assert small.dtype == np.uint8
    assert small[0, 0, 0].tolist() == [1, 0, *[0] * 12]
    assert (small[1] == 255).all()
    assert (halved(small) == small).all()


def test_a_training_is_of_the_small_images_and_repeats(data, tmp_path):
    one = made(data)
    assert one.load_images().shape == (300, 1, 14, 14)
    outcome = one.train(losses.GANETIC, 0, keep=tmp_path / "kept.safetensors")
    assert (outcome.status, outcome.iterations) == (Status.OK, 12)
    assert set(outcome.metrics) == set(one.measures)
    assert made(data).train(losses.GANETIC, 0).same_result(outcome)
    assert not one.train(losses.GANETIC, 1).same_result(outcome)
    assert one.generate(tmp_path / "kept.safetensors", 3).shape == (3, 1, 14, 14)


def test_the_memo_holds_the_images_and_not_where_they_lie(data, tmp_path):
    elsewhere = tmp_path / "other.npz"
    elsewhere.write_bytes(data.read_bytes())
    hashed = made(data).protocol.hash()
    assert made(elsewhere).protocol.hash() == hashed
    assert made(data, layers=1).protocol.hash() != hashed
    assert made(data, train_size=100).protocol.hash() != hashed


def test_bad_options_and_images_are_told(data, tmp_path):
    with pytest.raises(OptionError, match="option layers of protocol 'mnist-14'"):
        made(data, layers=0)
    with pytest.raises(OptionError, match="has no option 'stages'"):
        made(data, stages=[1])
    with pytest.raises(TrainerError, match="train_size is 301"):
        made(data, train_size=301)
    np.savez(tmp_path / "odd.npz", images=np.zeros((9, 16, 16), np.uint8))
    with pytest.raises(TrainerError, match="16x16 pixels"):
        made(tmp_path / "odd.npz")
