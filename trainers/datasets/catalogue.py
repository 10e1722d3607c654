"""The published data sets: what they are, who made them, and the files with their hashes.

The MD5 sums of the .gz files and of the archives are those that torchvision and the authors' pages
give; those of the unpacked files are widely recorded.
"""

from __future__ import annotations

from dataclasses import dataclass

from lossgp.common.echo import quoted

from .cifar import CLASSES as CIFAR10_CLASSES
from .dataset import DatasetError

SPLITS = ("train", "test")


@dataclass(frozen=True)
class PublishedFile:
    """A file that is downloaded: its name, its MD5, and the MD5 of what is in it (if gzipped)."""

    name: str
    md5: str
    unpacked_md5: str = ""


@dataclass(frozen=True)
class Published:
    """A data set and where it comes from.

    images   how many: train, test.
    shape    one image's channels, height, width.
    folder   where downloaded files go, below the data directory (torchvision's layout).
    mirrors  addresses under which the files lie, tried in turn.
    """

    name: str
    title: str
    licence: str
    source: str
    images: tuple[int, int]
    shape: tuple[int, int, int]
    classes: tuple[str, ...]
    folder: str = ""
    mirrors: tuple[str, ...] = ()
    files: tuple[PublishedFile, ...] = ()


_DIGITS = tuple("0123456789")

_MNIST = Published(
    name="mnist",
    title="MNIST, handwritten digits",
    licence="CC BY-SA 3.0",
    source="LeCun, Cortes, Burges 1998",
    images=(60_000, 10_000),
    shape=(1, 28, 28),
    classes=_DIGITS,
    folder="MNIST/raw",
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    files=(
        PublishedFile(
            "train-images-idx3-ubyte.gz",
            "f68b3c2dcbeaaa9fbdd348bbdeb94873",
            "6bbc9ace898e44ae57da46a324031adb",
        ),
        PublishedFile(
            "train-labels-idx1-ubyte.gz",
            "d53e105ee54ea40749a09fcbcd1e9432",
            "a25bea736e30d166cdddb491f175f624",
        ),
        PublishedFile(
            "t10k-images-idx3-ubyte.gz",
            "9fb629c4189551a2d022fa330f9573f3",
            "2646ac647ad5339dbf082846283269ea",
        ),
        PublishedFile(
            "t10k-labels-idx1-ubyte.gz",
            "ec29112dd5afa0611ce80d1b7f02629c",
            "27ae3e4e09519cfbb04c329615203637",
        ),
    ),
)

_FASHION_MNIST = Published(
    name="fashion-mnist",
    title="Fashion-MNIST, articles of clothing",
    licence="MIT",
    source="Xiao, Rasul, Vollgraf 2017",
    images=(60_000, 10_000),
    shape=(1, 28, 28),
    classes=(
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
        "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ),
    folder="FashionMNIST/raw",
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
    files=(
        PublishedFile(
            "train-images-idx3-ubyte.gz",
            "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            "f4a8712d7a061bf5bd6d2ca38dc4d50a",
        ),
        PublishedFile(
            "train-labels-idx1-ubyte.gz",
            "25c81989df183df01b3e8a0aad5dffbe",
            "9018921c3c673c538a1fc5bad174d6f9",
        ),
        PublishedFile(
            "t10k-images-idx3-ubyte.gz",
            "bef4ecab320f06d8554ea6380940ec79",
            "8181f5470baa50b63fa0f6fddb340f0a",
        ),
        PublishedFile(
            "t10k-labels-idx1-ubyte.gz",
            "bb300cfdad3c16e7a12a480ee83cd310",
            "15d484375f8d13e6eb1aabb0c3f46965",
        ),
    ),
)  # fmt: skip

_CIFAR10 = Published(
    name="cifar10",
    title="CIFAR10, small photographs",
    licence="none stated",
    source="Krizhevsky 2009",
    images=(50_000, 10_000),
    shape=(3, 32, 32),
    classes=CIFAR10_CLASSES,
    mirrors=("https://www.cs.toronto.edu/~kriz/", "https://cave.cs.toronto.edu/kriz/"),
    # The binary version: no pickle has to be read.
    files=(PublishedFile("cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530"),),
)

PUBLISHED = {entry.name: entry for entry in (_MNIST, _FASHION_MNIST, _CIFAR10)}

# Of files that people have and that are not downloaded.
OTHER_MD5 = {
    "cifar-10-python.tar.gz": "c58f30108f718f92721af3b95e74349a",
    "data_batch_1": "c99cafc152244af753f735de768cd75f",
    "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
    "data_batch_4": "634d18415352ddfa80567beed471001a",
    "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
    "test_batch": "40351d587109b95175f43aff81a1287e",
}


def check_split(split: str) -> None:
    """Raise `DatasetError` unless the split is `train` or `test`."""
    if split not in SPLITS:
        raise DatasetError(f"unknown split {quoted(split)}; use train or test")
