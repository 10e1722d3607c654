"""`read` finds out by itself what lies under a path."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from lossgp.trainers.datasets import DatasetError, read

from .writing import archive, cifar_batch, cifar_files, digits_like, idx, write_mnist


def test_idx_files_with_and_without_labels(tmp_path) -> None:
    write_mnist(tmp_path)
    images, labels = digits_like(20)
    data = read(tmp_path / "train-images-idx3-ubyte.gz")
    assert np.array_equal(data.images[:, 0], images)
    assert data.labels is not None
    assert data.labels.tolist() == labels.tolist()
    (tmp_path / "mine.idx3").write_bytes(gzip.compress(idx(images)))
    assert read(tmp_path / "mine.idx3").labels is None
    assert read(tmp_path / "mine.idx3").name == "mine"


def test_folders_with_published_files(tmp_path) -> None:
    write_mnist(tmp_path / "m")
    assert (len(read(tmp_path / "m")), len(read(tmp_path / "m", split="test"))) == (20, 10)
    (tmp_path / "c").mkdir()
    for name, content in cifar_files(binary=False).items():
        (tmp_path / "c" / name).write_bytes(content)
    assert len(read(tmp_path / "c")) == 20
    small = read(tmp_path / "c", split="test", size=16, channels=1)
    assert small.images.shape == (4, 1, 16, 16)


def test_cifar_archives_and_batches(tmp_path) -> None:
    files = cifar_files(binary=True)
    data = read(archive(tmp_path / "any.tgz", files), split="test")
    assert np.array_equal(data.images.reshape(4, -1), cifar_batch(4, 6)[0])
    (tmp_path / "data_batch_2.bin").write_bytes(files["data_batch_2.bin"])
    assert len(read(tmp_path / "data_batch_2.bin")) == 4


def test_a_home_directory_is_expanded(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    np.save(tmp_path / "x.npy", digits_like(3)[0])
    assert len(read("~/x.npy")) == 3


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("nothing", "no such file or folder"),
        ("notes.txt", "unknown kind of file; name a folder of images"),
        ("cat.png", "is one image; name the folder that holds the images"),
    ],
)
def test_other_paths_are_refused(tmp_path, name, part) -> None:
    for other in ("notes.txt", "cat.png"):
        (tmp_path / other).write_bytes(b"")
    with pytest.raises(DatasetError, match=part) as caught:
        read(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)
