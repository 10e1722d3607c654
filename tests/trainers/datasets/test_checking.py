from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np

from lossgp.trainers.datasets import DataSet, catalogue, find
from lossgp.trainers.datasets.checking import check, verify

from .writing import write_mnist


def test_a_good_set_has_no_warnings() -> None:
    images = np.random.default_rng(0).integers(0, 256, (6, 3, 8, 8), np.uint8)
    data = DataSet("mine", images, np.array([0, 0, 1, 1, 1, 0]), ("a", "b"))
    findings = check(data)
    assert findings.warnings == ()
    assert (findings.images, findings.shape) == (6, (3, 8, 8))
    assert (findings.low, findings.high) == (images.min(), images.max())
    assert findings.per_class == {"a": 3, "b": 3}
    assert findings.digest == data.digest()


def test_copies_constants_empty_classes_and_a_wrong_scale_are_told() -> None:
    images = np.random.default_rng(0).integers(0, 2, (6, 1, 8, 8), np.uint8)
    images[3:5] = images[0]
    images[5] = 1
    findings = check(DataSet("mine", images, np.zeros(6, np.int64), ("a", "b")))
    assert (findings.duplicates, findings.constant) == (2, 1)
    assert findings.per_class == {"a": 6, "b": 0}
    for part in ("2 images are copies", "1 images are constant", "from 0 to 1", "images: b"):
        assert any(part in warning for warning in findings.warnings)
    assert check(DataSet("mine", images)).per_class == {}
    assert not any("several classes" in warning for warning in findings.warnings)
    torn = check(DataSet("mine", images, np.array([0, 0, 0, 1, 0, 0]), ("a", "b")))
    assert "1 of the copied images are in several classes" in torn.warnings


def test_files_are_compared_with_the_published_hashes(tmp_path, monkeypatch) -> None:
    write_mnist(tmp_path / "MNIST" / "raw", zipped=True)
    entry = catalogue.PUBLISHED["mnist"]
    found = find("mnist", directory=tmp_path)
    assert found is not None
    assert set(verify(found).values()) == {"changed"}

    unpacked = find("mnist", directory=write_mnist(tmp_path / "u", zipped=False))
    assert unpacked is not None
    md5 = hashlib.md5(unpacked.files[0].read_bytes()).hexdigest()
    files = (replace(entry.files[0], unpacked_md5=md5), *entry.files[1:])
    monkeypatch.setitem(catalogue.PUBLISHED, "mnist", replace(entry, files=files))
    # What is in the file counts, packed or not.
    assert list(verify(found).values()) == ["published", "changed"]
    assert list(verify(unpacked).values()) == ["published", "changed"]

    np.savez(tmp_path / "mnist.npz", images=np.zeros((2, 28, 28), np.uint8))
    for path in found.files:
        path.unlink()
    archive = find("mnist", directory=tmp_path)
    assert archive is not None
    assert list(verify(archive).values()) == ["unknown"]
