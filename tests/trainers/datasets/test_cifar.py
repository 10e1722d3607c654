from __future__ import annotations

import io
import tarfile

import numpy as np
import pytest

from lossgp.trainers.datasets import DatasetError
from lossgp.trainers.datasets.cifar import CLASSES, read_archive, read_binary, read_folder

from .writing import archive, binary_batch, cifar_batch, cifar_files, python3_batch


def expected(seeds) -> np.ndarray:
    return np.concatenate([cifar_batch(4, seed)[0] for seed in seeds]).reshape(-1, 3, 32, 32)


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("packed", [True, False])
def test_both_versions_packed_and_unpacked_hold_the_same(tmp_path, binary, packed) -> None:
    files = cifar_files(binary=binary)
    if packed:
        archive(tmp_path / "c.tar.gz", {"batches.meta.txt": b"airplane\n", **files})
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    for split, seeds in (("train", range(1, 6)), ("test", [6])):
        read = read_archive if packed else read_folder
        data = read(tmp_path / "c.tar.gz" if packed else tmp_path, split)
        assert np.array_equal(data.images, expected(seeds))
        assert data.labels is not None
        assert data.labels.tolist() == [0, 1, 2, 3] * len(list(seeds))
        assert data.classes == CLASSES


def test_one_binary_batch(tmp_path) -> None:
    (tmp_path / "data_batch_1.bin").write_bytes(binary_batch(*cifar_batch(3)))
    assert len(read_binary(tmp_path / "data_batch_1.bin")) == 3


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (binary_batch(*cifar_batch(3))[:-1], "9218 bytes are no whole number of records of 3073"),
        (b"", "labels must be 0 to 9"),
        (b"\x0a" + bytes(3072), "labels must be 0 to 9"),
    ],
)
def test_a_damaged_binary_batch_is_named(tmp_path, content, part) -> None:
    (tmp_path / "test_batch.bin").write_bytes(content)
    with pytest.raises(DatasetError, match=part) as caught:
        read_folder(tmp_path, "test")
    assert "test_batch.bin" in str(caught.value)


ROWS, NUMBERS = cifar_batch(3)


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (python3_batch(ROWS, NUMBERS)[:-100], "damaged pickle"),
        (b"", "damaged pickle"),
        (b"\x80\x02]q\x00.", "holds a list, not a dict"),
        (python3_batch(ROWS[:, :100], NUMBERS), "'data' must be bytes"),
        (python3_batch(ROWS.astype(np.float32), NUMBERS), "not of unsigned bytes"),
        (python3_batch(ROWS, NUMBERS[:2]), "must be 3 integers"),
        (python3_batch(ROWS, [0, 1, 10]), "from 0 to 9"),
        (python3_batch(ROWS, [0, 1, 1 << 80]), "from 0 to 9"),
        (python3_batch(ROWS, ["0", "1", "2"]), "a list of integers"),
    ],
)
def test_a_bad_pickled_batch_is_named(tmp_path, content, part) -> None:
    (tmp_path / "test_batch").write_bytes(content)
    with pytest.raises(DatasetError, match=part) as caught:
        read_folder(tmp_path, "test")
    assert "test_batch" in str(caught.value)


def test_a_missing_batch_is_an_error(tmp_path) -> None:
    files = cifar_files(binary=True)
    del files["data_batch_3.bin"]
    path = archive(tmp_path / "c.tar.gz", files)
    with pytest.raises(DatasetError, match="it is not CIFAR10"):
        read_archive(path)
    assert len(read_archive(path, "test")) == 4


def test_links_and_paths_in_an_archive_lead_nowhere(tmp_path) -> None:
    (tmp_path / "secret").write_bytes(binary_batch(*cifar_batch(1)))
    with tarfile.open(tmp_path / "c.tar", "w") as tar:
        link = tarfile.TarInfo("x/test_batch.bin")
        link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path / "secret")
        tar.addfile(link)
        evil = tarfile.TarInfo("../../evil/data_batch_1.bin")
        evil.size = 5
        tar.addfile(evil, io.BytesIO(b"12345"))
    before = sorted(tmp_path.rglob("*"))
    for split in ("train", "test"):
        with pytest.raises(DatasetError, match="it is not CIFAR10"):
            read_archive(tmp_path / "c.tar", split)
    assert sorted(tmp_path.rglob("*")) == before


def test_an_archive_that_unpacks_to_gigabytes_is_refused(tmp_path) -> None:
    with tarfile.open(tmp_path / "c.tar.gz", "w:gz") as tar:
        huge = tarfile.TarInfo("x/test_batch.bin")
        huge.size = (64 << 20) + 1
        tar.addfile(huge, io.BytesIO(bytes(huge.size)))
    with pytest.raises(DatasetError, match="far larger than CIFAR10"):
        read_archive(tmp_path / "c.tar.gz", "test")


def test_a_damaged_archive_is_named(tmp_path) -> None:
    path = archive(tmp_path / "c.tar.gz", cifar_files(binary=True))
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(DatasetError, match="damaged archive"):
        read_archive(path)
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(DatasetError, match="damaged archive"):
        read_archive(path)
