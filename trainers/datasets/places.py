"""Where published data sets lie on disk: the directories, and the layouts that people have."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lossgp.common.suggesting import did_you_mean

from ..cache import cache_directory
from .catalogue import PUBLISHED, check_split
from .cifar import batch_names
from .dataset import DatasetError
from .files import opened
from .idx import unpacked

Layout = Literal["idx", "npz", "cifar-folder", "cifar-archive"]

# Folders below a data directory, the most telling first; "" is the directory itself.
_FOLDERS = {
    "mnist": ("MNIST/raw", "MNIST", "mnist/raw", "mnist", "raw", ""),
    "fashion-mnist": (
        "FashionMNIST/raw", "FashionMNIST", "fashion-mnist", "fashion_mnist", "fashionmnist",
        "raw", "",
    ),
    "cifar10": ("", "CIFAR10", "cifar10", "CIFAR-10", "cifar-10"),
}  # fmt: skip
_NPZ = {
    "mnist": ("mnist.npz",),
    "fashion-mnist": ("fashion-mnist.npz", "fashion_mnist.npz"),
    "cifar10": ("cifar10.npz",),
}
_CIFAR_FOLDERS = ("cifar-10-batches-bin", "cifar-10-batches-py", "")
_CIFAR_ARCHIVES = ("cifar-10-binary.tar.gz", "cifar-10-python.tar.gz")
_LARGEST = 1 << 30
_PREFIX = {"train": "train", "test": "t10k"}


@dataclass(frozen=True)
class Found:
    """A split of a published data set on disk.

    files    idx: the images' file and the labels' file; npz and archives: the file;
             cifar-folder: the folder.
    """

    name: str
    split: str
    layout: Layout
    files: tuple[Path, ...]

    @property
    def path(self) -> Path:
        """The folder or the file that people know it by."""
        if self.layout != "idx":
            return self.files[0]
        folder = self.files[0].parent
        return folder.parent if "ubyte" in folder.name else folder


def find(name: str, *, directory: str | Path | None = None, split: str = "train") -> Found | None:
    """Where a published data set lies: in the first of the directories that has it, else None.

    The directories are the given one, `$LOSSGP_DATA`, `./data`, and `data` in the cache. Raises
    `DatasetError` for a name that is not published, or an unknown split.
    """
    check_split(split)
    if name not in PUBLISHED:
        raise DatasetError(
            f"{name!r} is no published data set{did_you_mean(name, PUBLISHED)}; these are "
            f"{', '.join(PUBLISHED)}"
        )
    for root in roots(directory):
        for layout, files in _candidates(root, name, split):
            if layout != "idx" or _belongs(root, files[1], name):
                return Found(name, split, layout, files)
    return None


def roots(directory: str | Path | None = None) -> Iterator[Path]:
    """The directories that are looked through, in this order."""
    if directory is not None:
        yield Path(directory).expanduser()
    if chosen := os.environ.get("LOSSGP_DATA"):
        yield Path(chosen).expanduser()
    yield Path("data")
    yield cached()


def cached() -> Path:
    """Where downloads go unless another directory is named."""
    return cache_directory() / "data"


def missing(name: str, directory: str | Path | None, split: str) -> DatasetError:
    """The error that says what is missing, where it was looked for, and how to get it."""
    looked = ", ".join(str(root) for root in roots(directory))
    wanted = " and ".join(_idx_names(split)) if name != "cifar10" else " or ".join(_CIFAR_ARCHIVES)
    return DatasetError(
        f"data set {name!r} ({split}) is not here: looked for {wanted} (or {_NPZ[name][0]}) in "
        f"{looked}; get it with `lossgp data get {name}`, or name the folder that has it: "
        "set LOSSGP_DATA, or `--set trainer_options.data=FOLDER`"
    )


def _candidates(root: Path, name: str, split: str) -> Iterator[tuple[Layout, tuple[Path, ...]]]:
    """Every layout of a split of which all files are there."""
    for folder in (root / below for below in _FOLDERS[name]):
        if name == "cifar10":
            yield from _cifar(folder, split)
        elif pair := idx_pair(folder, split):
            yield "idx", pair
    for folder in (root / below for below in _FOLDERS[name]):
        for path in (folder / file for file in _NPZ[name]):
            if path.is_file():
                yield "npz", (path,)


def _cifar(folder: Path, split: str) -> Iterator[tuple[Layout, tuple[Path, ...]]]:
    for place in (folder / below for below in _CIFAR_FOLDERS):
        if is_cifar_folder(place, split):
            yield "cifar-folder", (place,)
    for archive in (folder / file for file in _CIFAR_ARCHIVES):
        if archive.is_file():
            yield "cifar-archive", (archive,)


def is_cifar_folder(folder: Path, split: str) -> bool:
    """Whether a folder holds all batches of a split, in either version."""
    return any(
        all((folder / name).is_file() for name in batch_names(split, binary=binary))
        for binary in (True, False)
    )


def idx_pair(folder: Path, split: str) -> tuple[Path, Path] | None:
    """The images' file and the labels' file of a split, unpacked or not, if both are there."""
    pair = []
    for name in _idx_names(split):
        # "train-images.idx3-ubyte" is how some archives spell it; unpacked, each file may lie in a
        # folder of its own name.
        dotted = name.replace("-idx", ".idx")
        spellings = (name, f"{name}.gz", dotted, f"{dotted}.gz")
        nested = [f"{above}/{inner}" for above in spellings for inner in spellings]
        paths = (folder / place for place in (*spellings, *nested))
        pair.append(next((path for path in paths if path.is_file()), None))
    images, labels = pair
    return (images, labels) if images and labels else None


def _idx_names(split: str) -> tuple[str, str]:
    prefix = _PREFIX[split]
    return f"{prefix}-images-idx3-ubyte", f"{prefix}-labels-idx1-ubyte"


def _belongs(root: Path, labels: Path, name: str) -> bool:
    """Whether files are of this set: MNIST's and Fashion-MNIST's have the same names.

    The labels tell where they are the published ones; else the names of the data directory and
    of the folders below it do.
    """
    owner = _OWNERS.get(content_md5(labels))
    if owner is not None:
        return owner == name
    folders = (root.absolute().name, *labels.relative_to(root).parts[:-1])
    fashion = any("fashion" in folder.lower() for folder in folders)
    return fashion == (name == "fashion-mnist")


def content_md5(path: Path) -> str:
    """MD5 (hex) of a file, of an IDX file unpacked; "" where it cannot be read, or is far larger.

    Published files have at most 170 MB.
    """
    digest = hashlib.md5(usedforsecurity=False)
    try:
        with unpacked(path) if "ubyte" in path.name else opened(path) as file:
            for _ in range(_LARGEST >> 20):
                if not (part := file.read(1 << 20)):
                    return digest.hexdigest()
                digest.update(part)
    except (DatasetError, OSError, EOFError, zlib.error):
        pass
    return ""


_OWNERS = {
    file.unpacked_md5: entry.name
    for entry in PUBLISHED.values()
    for file in entry.files
    if "labels" in file.name
}
