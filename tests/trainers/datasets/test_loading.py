"""Published data sets in every layout that people have, and other packages' ones."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

from lossgp.trainers.datasets import DatasetError, digits, find, load, names, places
from lossgp.trainers.datasets.catalogue import PUBLISHED

from .writing import archive, cifar_batch, cifar_files, digits_like, idx, write_mnist


@pytest.fixture(autouse=True)
def _nothing_of_this_machine(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOSSGP_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("LOSSGP_DATA", raising=False)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("folder", ["MNIST/raw", "MNIST", "mnist", "raw", "."])
def test_mnist_in_every_folder(tmp_path, folder, zipped) -> None:
    write_mnist(tmp_path / "d" / folder, zipped=zipped)
    images, labels = digits_like(20)
    data = load("mnist", directory=tmp_path / "d")
    assert np.array_equal(data.images[:, 0], images)
    assert data.labels is not None
    assert data.labels.tolist() == labels.tolist()
    assert data.classes == tuple("0123456789")
    assert len(load("mnist", directory=tmp_path / "d", split="test")) == 10


def test_mnist_with_dots_in_the_names_and_as_keras_has_it(tmp_path) -> None:
    write_mnist(tmp_path / "data", zipped=False)
    for path in (tmp_path / "data").iterdir():
        path.rename(path.with_name(path.name.replace("-idx", ".idx")))
    assert len(load("mnist")) == 20
    shutil.rmtree(tmp_path / "data")
    images, labels = digits_like(7)
    (tmp_path / "data").mkdir()
    arrays = {"x_train": images, "y_train": labels, "x_test": images[:3], "y_test": labels[:3]}
    np.savez(tmp_path / "data" / "mnist.npz", **arrays)
    assert (len(load("mnist")), len(load("mnist", split="test"))) == (7, 3)
    assert load("mnist").classes == tuple("0123456789")


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("folder", [".", "cifar10"])
def test_cifar10_packed_and_unpacked(tmp_path, binary, folder) -> None:
    place = tmp_path / "d" / folder
    place.mkdir(parents=True, exist_ok=True)
    files = cifar_files(binary=binary)
    version = "binary" if binary else "python"
    archive(place / f"cifar-10-{version}.tar.gz", files)
    packed = load("cifar10", directory=tmp_path / "d")
    unpacked = place / f"cifar-10-batches-{'bin' if binary else 'py'}"
    unpacked.mkdir()
    for name, content in files.items():
        (unpacked / name).write_bytes(content)
    found = find("cifar10", directory=tmp_path / "d")
    assert found is not None
    assert found.path == unpacked
    assert load("cifar10", directory=tmp_path / "d").digest() == packed.digest()
    assert load("cifar10", directory=unpacked).digest() == packed.digest()
    test = load("cifar10", directory=tmp_path / "d", split="test")
    assert np.array_equal(test.images.reshape(4, -1), cifar_batch(4, 6)[0])


def test_the_places_are_looked_through_in_order(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("LOSSGP_DATA", str(tmp_path / "chosen"))
    places_in_order = ["given", "chosen", "data", "cache/data"]
    for n, place in enumerate(places_in_order, start=11):
        write_mnist(tmp_path / place / "MNIST" / "raw", train=n)
    for n, place in enumerate(places_in_order, start=11):
        assert len(load("mnist", directory=tmp_path / "given")) == n
        shutil.rmtree(tmp_path / place)
    with pytest.raises(DatasetError):
        load("mnist", directory=tmp_path / "given")


def test_a_missing_set_says_what_where_and_how(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("LOSSGP_DATA", "/nowhere/chosen")
    with pytest.raises(DatasetError) as caught:
        load("mnist", directory="/nowhere/given", split="test")
    message = str(caught.value)
    for part in (
        "data set 'mnist' (test) is not here",
        "t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte",
        "/nowhere/given, /nowhere/chosen, data, ",
        str(tmp_path / "cache" / "data"),
        "`lossgp data get mnist`",
        "trainer_options.data=FOLDER",
    ):
        assert part in message
    assert "\n" not in message
    with pytest.raises(DatasetError, match=r"cifar-10-binary\.tar\.gz or cifar-10-python"):
        load("cifar10")


def test_half_a_set_is_none(tmp_path) -> None:
    (write_mnist(tmp_path / "data") / "train-labels-idx1-ubyte.gz").unlink()
    assert find("mnist") is None
    assert find("mnist", split="test") is not None


def test_mnist_and_fashion_mnist_are_told_apart_though_their_files_have_the_same_names(
    tmp_path, monkeypatch
) -> None:
    flat = write_mnist(tmp_path / "data", zipped=True)
    assert find("fashion-mnist") is None  # no folder's name says that it is
    assert find("mnist", directory=write_mnist(tmp_path / "Fashion")) is not None  # in ./data
    assert find("fashion-mnist", directory=tmp_path / "Fashion") is not None
    write_mnist(tmp_path / "data" / "FashionMNIST" / "raw", train=30)
    assert (len(load("mnist")), len(load("fashion-mnist"))) == (20, 30)
    assert load("fashion-mnist").classes[9] == "Ankle boot"
    # The published labels' hash decides, whatever the folder is called.
    labels = places.content_md5(flat / "train-labels-idx1-ubyte.gz")
    monkeypatch.setattr(places, "_OWNERS", {labels: "fashion-mnist"})
    shutil.rmtree(tmp_path / "data" / "FashionMNIST")
    assert find("mnist") is None
    assert len(load("fashion-mnist")) == 20


def test_damaged_files_are_not_passed_over(tmp_path) -> None:
    folder = write_mnist(tmp_path / "data" / "MNIST" / "raw", zipped=False)
    write_mnist(tmp_path / "cache" / "data")
    images, labels = folder / "train-images-idx3-ubyte", folder / "train-labels-idx1-ubyte"
    labels.write_bytes(idx(np.zeros(19)))
    with pytest.raises(DatasetError, match=r"19 labels, but .* has 20 images"):
        load("mnist")
    images.write_bytes(idx(np.zeros((20, 28, 27))))
    labels.write_bytes(idx(np.zeros(20)))
    with pytest.raises(DatasetError, match=r"images are \(1, 28, 27\) .* mnist are \(1, 28, 28\)"):
        load("mnist")
    labels.write_bytes(idx(np.full(20, 10)))
    images.write_bytes(idx(np.zeros((20, 28, 28))))
    with pytest.raises(DatasetError, match="labels run from 10 to 10, but there are 10 classes"):
        load("mnist")


@pytest.mark.parametrize("file", [digits.FILE, "moved/elsewhere.csv.gz"])
def test_digits_are_those_of_scikit_learn(monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    from sklearn.datasets import load_digits

    monkeypatch.setattr(digits, "FILE", file)
    grey, labels = digits.grey_levels()
    assert (grey == load_digits().images).all()
    assert (labels == load_digits().target).all()


def test_digits_come_with_scikit_learn() -> None:
    data = load("digits")
    assert data.images.shape == (1797, 1, 8, 8)
    assert (data.images.min(), data.images.max()) == (0, 255)
    assert len(np.unique(data.images)) == 17
    with pytest.raises(DatasetError, match="has no split 'test'"):
        load("digits", split="test")


def test_names_and_unknown_ones() -> None:
    assert {"digits", "mnist", "fashion-mnist", "cifar10"} <= set(names())
    with pytest.raises(DatasetError, match=r"'mnits'.* mean 'mnist'\?.*; available: .*mnist"):
        load("mnits")
    with pytest.raises(DatasetError, match="unknown split 'validation'"):
        load("mnist", split="validation")
    with pytest.raises(DatasetError, match="'digits' is no published data set"):
        find("digits")


def test_the_catalogue_is_whole() -> None:
    for entry in PUBLISHED.values():
        assert len(entry.classes) == 10
        assert all(re.fullmatch("[0-9a-f]{32}", file.md5) for file in entry.files)
        assert all(address.endswith("/") for address in entry.mirrors)


PLUGIN = """
import numpy as np
from lossgp.trainers.datasets import DataSet

def stripes(*, directory, split):
    return DataSet("stripes", np.zeros((3, 1, 4, 4), np.uint8))

def wrong(*, directory, split):
    return 7
"""


def test_another_package_registers_data_sets(tmp_path) -> None:
    (tmp_path / "striped.py").write_text(PLUGIN)
    info = tmp_path / "striped-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: striped\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[lossgp.datasets]\nstripes = striped:stripes\nwrong = striped:wrong\n"
        "gone = striped:nothing\n"
    )
    code = (
        "from lossgp.trainers.datasets import DatasetError, load, names\n"
        "assert 'stripes' in names()\n"
        "assert len(load('stripes')) == 3\n"
        "for name in ('wrong', 'gone'):\n"
        "    try: load(name)\n"
        "    except DatasetError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "striped:wrong returned int, not a DataSet" in done.stdout
    assert "data set 'gone' (striped:nothing): module 'striped' has no attribute" in done.stdout
