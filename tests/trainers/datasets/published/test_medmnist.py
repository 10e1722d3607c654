"""MedMNIST's files: splits, sizes, several labels an image, volumes."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from lossgp.trainers.datasets import DatasetError, load, read
from lossgp.trainers.datasets.fitting import Fit
from lossgp.trainers.datasets.published import PUBLICATIONS
from lossgp.trainers.datasets.published.survey import survey
from lossgp.trainers.datasets.walking import Pattern

SPLITS = {"train": 6, "val": 3, "test": 4}


def written(path, shape=(28, 28), labels=None, splits=SPLITS):
    """An .npz as MedMNIST saves it: labels are columns."""
    arrays = {}
    for i, (split, n) in enumerate(splits.items()):
        numbers = np.random.default_rng(i)
        arrays[f"{split}_images"] = numbers.integers(0, 256, (n, *shape), np.uint8)
        given = np.arange(n, dtype=np.uint8)[:, None] % 2 if labels is None else labels(n)
        arrays[f"{split}_labels"] = given
    np.savez_compressed(path, **arrays)
    return path


def test_each_split_and_all_with_the_names_of_the_classes(tmp_path) -> None:
    path = written(tmp_path / "breastmnist.npz")
    data = read(f"breastmnist:{path}")
    assert data.images.shape == (6, 1, 28, 28)
    assert data.classes == ("malignant", "normal, benign")
    assert data.labels.tolist() == [0, 1, 0, 1, 0, 1]
    assert len(read(f"breastmnist:{path}", split="test")) == 4
    assert len(read(f"breastmnist,split=val:{path}")) == 3
    whole = read(f"breastmnist,split=all:{path}")
    assert len(whole) == 13
    assert np.array_equal(whole.images[:6], data.images)
    assert whole.labels.tolist()[6:9] == [0, 1, 0]
    assert len(load("breastmnist", directory=tmp_path, split="test")) == 4


def test_any_size_in_colour_and_from_a_folder(tmp_path) -> None:
    written(tmp_path / "bloodmnist_64.npz", (64, 64, 3))
    assert read(f"bloodmnist:{tmp_path}").images.shape == (6, 3, 64, 64)
    assert read(f"bloodmnist:{tmp_path}", size=16, channels=1).shape == (1, 16, 16)
    written(tmp_path / "bloodmnist.npz", (28, 28, 3))
    with pytest.raises(DatasetError, match=r"bloodmnist.npz, bloodmnist_64.npz are there"):
        read(f"bloodmnist:{tmp_path}")
    assert read(f"bloodmnist,pixels=64:{tmp_path}").shape == (3, 64, 64)
    assert read(f"bloodmnist,pixels=28:{tmp_path}").shape == (3, 28, 28)


def test_several_labels_an_image_are_left_out(tmp_path) -> None:
    path = written(tmp_path / "chestmnist.npz", labels=lambda n: np.ones((n, 14), np.uint8))
    data = read(f"chestmnist,split=all:{path}")
    assert (data.labels, data.classes) == (None, ())
    assert "have none or several of the 14 classes" in data.notes[0]


def test_slices_of_volumes(tmp_path) -> None:
    path = written(tmp_path / "nodulemnist3d.npz", (5, 8, 8))
    volumes = np.load(path)["train_images"]
    data = read(f"nodulemnist3d:{path}")
    assert np.array_equal(data.images[:, 0], volumes[:, 2])
    assert data.classes == ("benign", "malignant")
    every = read(f"nodulemnist3d,slices=all:{path}")
    assert every.images.shape == (30, 1, 8, 8)
    assert every.labels.tolist()[:10] == [0] * 5 + [1] * 5
    assert np.array_equal(every.images[7, 0], volumes[1, 2])
    flat = written(tmp_path / "flat.npz")
    with pytest.raises(DatasetError, match=r"volumes have \(n, depth, height, width\)"):
        read(f"nodulemnist3d:{flat}")


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("breastmnist,split=none:{}", "split is 'none'; input should be '', 'train', 'val'"),
        ("breastmnist,pixels=32:{}", "pixels is '32'"),
        ("breastmnist,slices=all:{}", "no option 'slices'"),
        ("nodulemnist3d,slices=some:{}", "slices is 'some'"),
        ("pathmnist:{}", "no pathmnist.npz here; name the file"),
        ("breastmnist:{}/text.txt", "text.txt is no .npz file"),
        ("breastmnist:{}/broken.npz", "broken.npz: damaged, or no numpy file"),
        ("breastmnist,split=test:{}/part.npz", "no images for split 'test'"),
        ("breastmnist:{}/bloodmnist.npz", "labels go up to 7, and breastmnist has 2 classes"),
    ],
)
def test_bad_input(tmp_path, source, part) -> None:
    (tmp_path / "text.txt").write_text("text")
    (tmp_path / "broken.npz").write_bytes(b"PK")
    written(tmp_path / "part.npz", splits={"train": 2})
    written(tmp_path / "bloodmnist.npz", labels=lambda n: np.full((n, 1), 7, np.uint8))
    with pytest.raises(DatasetError, match=part):
        read(source.format(tmp_path))
    with pytest.raises(DatasetError, match="are for folders of image files"):
        read(f"breastmnist:{tmp_path / 'part.npz'}", include="a")


def test_a_survey_counts_every_split_and_finds_copies_across(tmp_path) -> None:
    path = written(tmp_path / "breastmnist.npz")
    entry = PUBLICATIONS["breastmnist"]
    found = survey(entry, path, {}, Fit(), Pattern())
    assert {split: sum(counts.values()) for split, counts in found.splits.items()} == SPLITS
    assert found.differences == (
        "train: images: 6, published 546",
        "val: images: 3, published 78",
        "test: images: 4, published 156",
        "breastmnist.npz: not as published, its MD5 differs",
    )
    md5 = {"breastmnist.npz": hashlib.md5(path.read_bytes()).hexdigest()}
    right = survey(replace(entry, md5=md5), path, {}, Fit(), Pattern())
    assert right.differences == found.differences[:3]
    arrays = dict(np.load(path))
    arrays["test_images"][:2] = arrays["train_images"][:2]
    np.savez(path, **arrays)
    found = survey(entry, path, {}, Fit(), Pattern())
    assert "2 of the copied images are in several splits" in found.warnings
    one = survey(entry, path, {"split": "val"}, Fit(), Pattern())
    assert one.splits["val"] == {"malignant": 2, "normal, benign": 1}
    assert one.differences[0] == "val: images: 3, published 78"
    assert one.published == 78


def test_versions_of_organ_sets_are_told_apart() -> None:
    from lossgp.trainers.datasets.published.survey import compare

    entry = PUBLICATIONS["organcmnist"]
    v2 = {"train": {"": 13_000}, "val": {"": 2392}, "test": {"": 8268}}
    edition, differences = compare(entry, v2)
    assert (edition.name, differences) == ("v2", [])
    assert compare(entry, {"train": {"": 12_975}, "val": {"": 2392}})[1] == [
        "test: not here, published 8216"
    ]
