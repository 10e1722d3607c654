"""Arrays of any numbers as bytes, and labels of any form as classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lossgp.trainers.datasets import DatasetError, read
from lossgp.trainers.datasets.checking import check
from lossgp.trainers.datasets.pixels import in_bytes

BYTES = np.arange(256, dtype=np.uint8).reshape(1, 1, 16, 16)
UNIT = BYTES / 255


def changed(images, *, low=None, high=None):
    images = np.array(images, float)
    if low is not None:
        images[images == images.min()] = low
    if high is not None:
        images[images == images.max()] = high
    return images


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize(
    "images",
    [
        changed(UNIT, low=-1e-9), changed(UNIT, high=1 + 1e-6), changed(UNIT, low=-0.04, high=1.04),
        changed(UNIT * 2 - 1, low=-1.0001), changed(UNIT * 2 - 1, low=-1.05, high=1.05),
        changed(UNIT * 255, low=-3), changed(UNIT * 255, high=255.01),
    ],
)  # fmt: skip
def test_small_excursions_are_cut_off_and_told(images, kind) -> None:
    found, notes = in_bytes(Path("x.npz"), images.astype(kind))
    assert np.array_equal(found, BYTES)
    assert len(notes) == 1
    assert "what lies outside was cut off" in notes[0]


@pytest.mark.parametrize("images", [UNIT, UNIT * 2 - 1, UNIT * 255, UNIT * 0.4, UNIT - 1])
def test_what_lies_within_a_range_is_not_told(images) -> None:
    assert in_bytes(Path("x.npz"), images)[1] == ()


@pytest.mark.parametrize(
    "images",
    [
        changed(UNIT, low=-0.3), changed(UNIT, low=-0.06), changed(UNIT, high=1.5), UNIT * 16,
        UNIT * 4 - 2, changed(UNIT, low=-2), UNIT * 300, changed(UNIT * 255, low=-30),
        changed(UNIT, high=np.inf), changed(UNIT, low=np.nan), changed(UNIT * 2 - 1, high=1.5),
    ],
)  # fmt: skip
def test_what_lies_between_the_ranges_is_refused(images) -> None:
    with pytest.raises(DatasetError, match=r"x\.npz: pixels run from .*numpy\.clip"):
        in_bytes(Path("x.npz"), images)


def test_many_images_are_scaled_as_one_is() -> None:
    images = np.random.default_rng(0).random((9, 1, 700, 700), np.float32)  # in several parts
    at_once = np.rint(images * 255.0).astype(np.uint8)
    assert np.array_equal(in_bytes(Path("x.npz"), images)[0], at_once)


def saved(path: Path, labels, n=4) -> Path:
    images = np.random.default_rng(0).integers(0, 256, (n, 8, 8), np.uint8)
    np.savez(path, images=images, labels=labels)
    return path


@pytest.mark.parametrize(
    ("labels", "indices", "classes"),
    [
        (np.eye(3)[[0, 2, 1, 1]], [0, 2, 1, 1], ("0", "1", "2")),
        (np.eye(3, dtype=bool)[[0, 2, 1, 1]], [0, 2, 1, 1], ("0", "1", "2")),
        (["no", "yes", "no", "maybe"], [1, 2, 1, 0], ("maybe", "no", "yes")),
        ([["no"], ["yes"], ["no"], ["no"]], [0, 1, 0, 0], ("no", "yes")),
        ([b"no", b"\xff", b"no", b"no"], [0, 1, 0, 0], ("no", r"\xff")),
    ],
)
def test_one_hot_rows_and_texts_are_labels(tmp_path, labels, indices, classes) -> None:
    data = read(saved(tmp_path / "x.npz", np.array(labels)))
    assert data.labels is not None
    assert data.labels.tolist() == indices
    assert data.classes == classes


def test_several_classes_an_image_are_left_out_and_told(tmp_path) -> None:
    findings = np.random.default_rng(0).integers(0, 2, (4, 14))  # as ChestMNIST has them
    data = read(saved(tmp_path / "x.npz", findings))
    assert data.labels is None
    assert "labels of shape (4, 14) were left out" in data.notes[0]
    assert data.notes[0] in check(data).warnings


def test_labels_of_any_kind_can_be_left_out(tmp_path) -> None:
    path = saved(tmp_path / "x.npz", np.array([-1.5, np.nan, 3, 4]))
    with pytest.raises(DatasetError, match="leave them out: labels=none"):
        read(path)
    assert read(path, labels="none").labels is None
    np.savez(path, images=BYTES[0], labels=np.array([{}]))
    assert len(read(path, labels="none")) == 1


def test_numbers_of_images_as_labels_are_told_in_a_line(tmp_path) -> None:
    found = check(read(saved(tmp_path / "x.npz", np.array([0, 7, 90_000, 100_000]))))
    assert found.per_class == {"0": 1, "7": 1, "90000": 1, "100000": 1}
    assert any("every image has a class of its own" in warning for warning in found.warnings)
    assert all(len(warning) < 200 for warning in found.warnings)
    few = check(read(saved(tmp_path / "x.npz", np.array([0, 0, 0, 50]))))
    (warning,) = few.warnings
    assert warning.endswith("6, 7, 8, 9, 10 and 39 more")


def test_names_of_arrays_are_read_in_any_case(tmp_path) -> None:
    np.savez(tmp_path / "x.npz", X_train=BYTES[0], Y_Train=[1], x_TEST=BYTES[0])
    assert read(tmp_path / "x.npz").classes == ("0", "1")
    assert len(read(tmp_path / "x.npz", split="test")) == 1
