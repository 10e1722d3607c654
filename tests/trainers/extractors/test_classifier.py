from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lossgp.trainers import TrainerError
from lossgp.trainers.data import digits
from lossgp.trainers.extractors import classifier as room
from lossgp.trainers.extractors.classifier import ImageClassifier, classifier

Data = tuple[NDArray[np.uint8], NDArray[np.int64]]


@pytest.fixture(scope="module")
def data() -> Data:
    """The real 8 x 8 digits as a user's data set: uint8."""
    images, labels = digits()
    return images.add(1).mul(127.5).to(torch.uint8).numpy(), labels.numpy()


@pytest.fixture
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(room.RECIPE, "steps", 2)


@pytest.fixture(scope="module")
def trained(data: Data, tmp_path_factory: pytest.TempPathFactory) -> ImageClassifier:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(room.RECIPE, "steps", 120)
        return classifier("my digits", *data, "d", tmp_path_factory.mktemp("trained"))


def as_floats(images: NDArray[np.uint8]) -> torch.Tensor:
    return torch.from_numpy(images).float() / 127.5 - 1


def weights(network: ImageClassifier) -> bytes:
    return b"".join(value.numpy().tobytes() for value in network.state_dict().values())


def test_it_learns_the_digits_and_says_how_well(trained: ImageClassifier, data: Data) -> None:
    # Of 18 (2 seeds, 9 ways of changing the last bit) the worst had 0.95 and 0.96, by 30 features.
    assert 0.85 < trained.accuracy <= 1
    assert trained.name.startswith("classifier of my digits (sha ")
    assert f"{trained.accuracy:.1%} right on held-out images" in trained.describe()
    right = trained.logits(as_floats(data[0])).argmax(1).numpy() == data[1]
    assert right.mean() > 0.88
    features = trained.features(as_floats(data[0]))
    assert features.shape == (1797, 64)
    assert features.dtype == torch.float32
    assert int((features.std(0) > 0).sum()) > 16


def test_features_do_not_depend_on_the_other_samples(trained: ImageClassifier, data: Data) -> None:
    images = as_floats(data[0][:150])
    together = trained.features(images)
    assert torch.equal(trained.features(images[140:]), together[140:])
    alone = torch.cat([trained.features(images[i : i + 1]) for i in (0, 70, 149)])
    assert torch.equal(alone, together[[0, 70, 149]])
    assert trained.features(images[:0]).shape == (0, 64)


@pytest.mark.usefixtures("few_steps")
def test_it_is_kept_and_the_same_again(data: Data, tmp_path: Path) -> None:
    first = classifier("a/b", *data, "d", tmp_path)
    (path,) = tmp_path.glob("classifier-a-b-*.safetensors")
    before = path.stat().st_mtime_ns
    torch.manual_seed(3)
    assert weights(classifier("a/b", *data, "d", tmp_path)) == weights(first)
    assert path.stat().st_mtime_ns == before
    other = classifier("a/b", *data, "d", tmp_path / "other")
    assert weights(other) == weights(first)
    assert (other.name, other.accuracy) == (first.name, first.accuracy)
    assert classifier("a/b", *data, "e", tmp_path).name != first.name


@pytest.mark.usefixtures("few_steps")
def test_a_changed_accuracy_or_weight_in_the_file_is_noticed(data: Data, tmp_path: Path) -> None:
    good = classifier("x", *data, "d", tmp_path)
    (path,) = tmp_path.glob("*.safetensors")
    content = path.read_bytes()
    at = content.index(b'"accuracy":"0.') + len(b'"accuracy":"0.')
    flipped = b"7" if content[at : at + 1] != b"7" else b"8"
    path.write_bytes(content[:at] + flipped + content[at + 1 :])
    again = classifier("x", *data, "d", tmp_path)
    assert again.accuracy == good.accuracy
    assert b'"accuracy":"0.' + flipped not in path.read_bytes()[:500]


@pytest.mark.usefixtures("few_steps")
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 28, 28), (1, 64, 64), (3, 33, 100), (1, 9, 31)])
def test_it_takes_any_side_and_grey_or_colour(shape: tuple[int, int, int], tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (24, *shape), dtype=np.uint8)
    labels = np.array([-4, 7] * 12)  # any integers
    network = classifier("noise", images, labels, "d", tmp_path)
    assert network.classes == 2
    assert network.features(as_floats(images)).shape == (24, 64)


@pytest.mark.parametrize(
    ("shape", "labels", "says"),
    [
        ((30, 1, 7, 8), 2, "8 x 7 pixels, smaller than 8 x 8"),
        ((30, 2, 8, 8), 2, "not uint8"),
        ((30, 1, 8, 8), 1, "a single class"),
        ((19, 1, 8, 8), 2, "19 images, fewer than 20"),
    ],
)
def test_data_it_cannot_learn_from_is_refused(
    shape: tuple[int, ...], labels: int, says: str, tmp_path: Path
) -> None:
    images = np.zeros(shape, np.uint8)
    with pytest.raises(TrainerError, match=f"'bad'.*{says}.*another extractor"):
        classifier("bad", images, np.arange(len(images)) % labels, "d", tmp_path)


def test_labels_of_another_number_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainerError, match="30 images and labels of shape"):
        classifier("bad", np.zeros((30, 1, 8, 8), np.uint8), np.arange(4), "d", tmp_path)


def test_images_of_another_shape_are_refused(trained: ImageClassifier) -> None:
    with pytest.raises(ValueError, match=r"takes images \(1, 8, 8\), not \(1, 9, 9\)"):
        trained.features(torch.zeros(1, 1, 9, 9))


def test_its_maps_are_what_its_convolutions_give() -> None:
    network = ImageClassifier((1, 16, 16), 3).eval()
    images = torch.rand(2, 1, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        maps = network.maps(images)
        assert [tuple(level.shape) for level in maps] == [(2, 32, 8, 8), (2, 64, 8, 8)]
        assert torch.equal(network.trunk[6:](maps[-1]), network.embed(images))
