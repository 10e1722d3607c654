from __future__ import annotations

import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossgp.trainers.datasets import DatasetError
from lossgp.trainers.datasets.idx import labels_beside, read_idx

from .writing import idx

IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=4), st.booleans())
def test_what_was_written_is_read(tmp_path_factory, shape: list[int], zipped: bool) -> None:
    array = np.arange(np.prod(shape)).astype(np.uint8).reshape(shape)
    path = tmp_path_factory.mktemp("idx") / "file"
    path.write_bytes(gzip.compress(idx(array)) if zipped else idx(array))
    assert np.array_equal(read_idx(path, len(shape)), array)


# The time of day in its header would give the tests other names in each process.
ZIPPED = gzip.compress(idx(IMAGES), mtime=0)


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "starts with nothing"),
        (b"\x00\x00\x08", "no IDX file"),
        (b"\x89PNG" + bytes(40), "starts with 89 50 4e 47, not 00 00 08 03"),
        (idx(IMAGES, code=0x0D), "no IDX file of unsigned bytes"),
        (idx(IMAGES[0]), "with 3 dimension"),
        (idx(IMAGES)[:-1], r"cut short; its header says \(2, 3, 4\), 24 bytes, but 23 follow"),
        (idx(IMAGES) + b"\x00", "too long"),
        (b"\x00\x00\x08\x03" + b"\xff" * 12, r"and 1\.1 GB are allowed"),
        (ZIPPED[:-9], "damaged gzip file"),
        (ZIPPED[:-6] + bytes(6), "damaged gzip file"),
        (b"\x1f\x8b" + bytes(50), "damaged gzip file"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, content: bytes, part: str) -> None:
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=part) as caught:
        read_idx(path, 3)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_gzip_that_unpacks_to_far_more_than_its_header_says_is_not_unpacked(tmp_path) -> None:
    path = tmp_path / "images.gz"
    path.write_bytes(gzip.compress(idx(IMAGES) + bytes(50_000_000)))
    with pytest.raises(DatasetError, match="too long"):
        read_idx(path, 3)


def test_labels_are_found_beside_their_images(tmp_path) -> None:
    for name in ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte", "images"):
        (tmp_path / name).write_bytes(b"")
    beside = labels_beside(tmp_path / "train-images-idx3-ubyte.gz")
    assert beside == tmp_path / "train-labels-idx1-ubyte"
    assert labels_beside(tmp_path / "images") is None
    assert labels_beside(tmp_path / "train-labels-idx1-ubyte") is None
