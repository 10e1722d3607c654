from __future__ import annotations

import numpy as np
import pytest

from lossgp.trainers.datasets import DatasetError, read

GREY = np.arange(5 * 4 * 4, dtype=np.uint8).reshape(5, 4, 4)
COLOUR = np.arange(5 * 3 * 4 * 4).astype(np.uint8).reshape(5, 3, 4, 4)
LABELS = np.array([0, 2, 1, 0, 2])


def saved(tmp_path, **arrays):
    path = tmp_path / "mine.npz"
    np.savez(path, **arrays)
    return path


@pytest.mark.parametrize(
    ("images", "expected"),
    [
        (GREY, GREY[:, None]),
        (GREY[:, None], GREY[:, None]),
        (GREY[..., None], GREY[:, None]),
        (GREY.reshape(5, -1), GREY[:, None]),
        (COLOUR, COLOUR),
        (COLOUR.transpose(0, 2, 3, 1), COLOUR),
        (COLOUR.reshape(5, -1), COLOUR),
        (COLOUR.astype(np.int64), COLOUR),
        (COLOUR.astype(np.float64), COLOUR),
        (COLOUR / 255, COLOUR),
        ((COLOUR / 127.5 - 1).astype(np.float32), COLOUR),
        (GREY > 40, (GREY > 40)[:, None] * 255),
    ],
)
def test_layouts_and_ranges(tmp_path, images, expected) -> None:
    data = read(saved(tmp_path, images=images))
    assert data.images.dtype == np.uint8
    assert np.array_equal(data.images, expected)
    assert data.labels is None
    assert data.name == "mine"


@pytest.mark.parametrize(
    ("images", "labels"),
    [("images", "labels"), ("x", "y"), ("x_train", "y_train"), ("train_images", "train_labels"),
     ("arr_0", "arr_1")],
)  # fmt: skip
@pytest.mark.parametrize("kind", [np.uint8, np.int32, np.float64])
def test_names_and_labels(tmp_path, images, labels, kind) -> None:
    for given in (LABELS.astype(kind), LABELS.astype(kind)[:, None]):
        data = read(saved(tmp_path, **{images: GREY, labels: given}))
        assert data.labels is not None
        assert data.labels.tolist() == LABELS.tolist()
        assert data.classes == ("0", "1", "2")


def test_splits(tmp_path) -> None:
    path = saved(tmp_path, x_train=GREY, y_train=LABELS, x_test=GREY[:2], y_test=LABELS[:2])
    assert (len(read(path)), len(read(path, split="test"))) == (5, 2)
    with pytest.raises(DatasetError, match="no images for split 'test'; its arrays are images"):
        read(saved(tmp_path, images=GREY), split="test")


def test_a_single_array(tmp_path) -> None:
    np.save(tmp_path / "x.npy", GREY)
    assert len(read(tmp_path / "x.npy")) == 5
    with pytest.raises(DatasetError, match="no split 'test'"):
        read(tmp_path / "x.npy", split="test")


def test_size_and_channels(tmp_path) -> None:
    path = saved(tmp_path, images=GREY, labels=LABELS)
    data = read(path, size=(8, 6), channels=3)
    assert data.images.shape == (5, 3, 8, 6)
    assert np.array_equal(data.images[:, 0], data.images[:, 2])
    assert data.labels is not None
    assert data.labels.tolist() == LABELS.tolist()
    assert read(path, size=4, channels=1).digest() == read(path).digest()


@pytest.mark.parametrize(
    ("arrays", "part"),
    [
        ({"pictures": GREY}, "its arrays are pictures, looked for x_train"),
        ({}, "its arrays are none"),
        ({"images": GREY[0, 0]}, r"images have shape \(4,\); allowed are"),
        ({"images": np.zeros((5, 4, 4, 4), np.uint8)}, r"shape \(5, 4, 4, 4\); allowed"),
        ({"images": np.zeros((5, 17), np.uint8)}, r"shape \(5, 17\); allowed"),
        ({"images": GREY[:0]}, "at least one image"),
        ({"images": GREY.astype(np.int16) - 1}, "pixels run from -1 to 78"),
        ({"images": GREY * 4.0}, r"pixels run from 0 to 316; they must lie in \[0, 255\]"),
        ({"images": GREY * np.nan}, "pixels run from nan"),
        ({"images": GREY.astype(complex)}, "images are complex128"),
        ({"images": GREY.astype(object)}, "it holds Python objects"),
        ({"images": GREY, "labels": LABELS[:4]}, r"labels are int64 \(4,\)"),
        ({"images": GREY, "labels": np.eye(5) / 2}, r"labels are float64 \(5, 5\).* labels=none"),
        ({"images": GREY, "labels": np.eye(4)}, r"labels are float64 \(4, 4\)"),
        ({"images": GREY, "labels": LABELS - 1}, "whole numbers from 0"),
        ({"images": GREY, "labels": LABELS + 0.5}, "whole numbers from 0"),
        ({"images": GREY, "labels": LABELS * np.nan}, "whole numbers from 0"),
        ({"images": GREY, "labels": LABELS << 40}, "whole numbers from 0"),
        ({"images": GREY, "labels": np.array(list("abcd"))}, "labels are <U1"),
        ({"images": GREY, "labels": LABELS.astype("M8[s]")}, "labels are datetime64"),
    ],
)
def test_what_cannot_be_images_is_refused(tmp_path, arrays, part) -> None:
    path = saved(tmp_path, **arrays)
    with pytest.raises(DatasetError, match=part) as caught:
        read(path)
    assert "mine" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_damaged_files_are_named(tmp_path) -> None:
    path = saved(tmp_path, images=GREY)
    content = path.read_bytes()
    for damage in (content[:-40], content[:10], b"", b"PK\x03\x04", b"x" * 100):
        path.write_bytes(damage)
        with pytest.raises(DatasetError, match=r"mine\.npz: damaged, or no numpy file"):
            read(path)
