"""CIFAR10 as its authors publish it: the binary version and the Python version, packed or not.

Format: https://www.cs.toronto.edu/~kriz/cifar.html .
"""

from __future__ import annotations

import gzip
import tarfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .dataset import DataSet, DatasetError
from .files import BoundedReads, opened, unreadable
from .idx import unpacked
from .inert_pickle import RefusedPickleError, load_batch

CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
_PIXELS = 3 * 32 * 32
_RECORD = 1 + _PIXELS
# Of one file: the official ones have 31 MB. Of one archive: it holds 8 files, 184 MB in all.
_LARGEST = 64 << 20
_WHOLE = 8 * _LARGEST
_MEMBERS = 100
_HEADERS = 1 << 20

_Part = tuple[NDArray[np.uint8], NDArray[np.int64]]


def batch_names(split: str, *, binary: bool) -> tuple[str, ...]:
    """The files of a split: five for `train`, one for `test`."""
    stems = [f"data_batch_{i}" for i in range(1, 6)] if split == "train" else ["test_batch"]
    return tuple(f"{stem}.bin" if binary else stem for stem in stems)


def read_folder(folder: Path, split: str = "train") -> DataSet:
    """CIFAR10 from the unpacked archive, of either version.

    Raises `DatasetError` where a file is missing, damaged, or names more than an array.
    """
    for binary in (True, False):
        paths = [folder / name for name in batch_names(split, binary=binary)]
        if all(path.is_file() for path in paths):
            return _joined([_batch(str(path), _content(path), binary) for path in paths])
    wanted = " ".join(batch_names(split, binary=False))
    raise DatasetError(f"{folder}: not all of {wanted} are there (nor with .bin); unpack it again")


def read_archive(path: Path, split: str = "train") -> DataSet:
    """CIFAR10 from the archive as downloaded, of either version; nothing is written to disk.

    Raises `DatasetError` where a file is missing, damaged, or names more than an array.
    """
    wanted = {batch_names(split, binary=True), batch_names(split, binary=False)}
    contents = _members(path, {name for names in wanted for name in names})
    for names in sorted(wanted):
        if contents.keys() >= set(names):
            binary = names[0].endswith(".bin")
            return _joined([_batch(f"{path}: {n}", contents[n], binary) for n in names])
    raise DatasetError(f"{path}: holds no {batch_names(split, binary=False)[0]}; it is not CIFAR10")


def read_binary(path: Path) -> DataSet:
    """CIFAR10 from one file of the binary version, such as data_batch_1.bin."""
    return _joined([_batch(str(path), _content(path), binary=True)])


def _content(path: Path) -> bytes:
    with opened(path) as file:
        try:
            content = file.read(_LARGEST + 1)
        except OSError as error:
            raise unreadable(path, error) from error
    if len(content) > _LARGEST:
        raise DatasetError(f"{path}: larger than {_LARGEST} bytes; it is no batch of CIFAR10")
    return content


def _members(path: Path, wanted: set[str]) -> dict[str, bytes]:
    """The wanted files of an archive by their base names, in memory."""
    found: dict[str, bytes] = {}
    try:
        with unpacked(path) as file:
            # An archive's long names and other extras are read whole: a header may name gigabytes.
            bounded = BoundedReads(
                path, file, at_once=_HEADERS, altogether=_HEADERS, backwards=False
            )
            with tarfile.open(fileobj=bounded, mode="r:") as archive:
                for count, member in enumerate(archive):
                    end = member.offset_data + member.size
                    if count == _MEMBERS or member.size > _LARGEST or end > _WHOLE:
                        raise DatasetError(f"{path}: far larger than CIFAR10; it is something else")
                    name = member.name.rpartition("/")[2]
                    if name in wanted and _plain(member) and name not in found:
                        bounded.seek(member.offset_data)
                        found[name] = file.read(member.size)
    except DatasetError:
        raise
    except OSError as error:
        if not isinstance(error, gzip.BadGzipFile) and error.strerror:
            raise unreadable(path, error) from error
        raise DatasetError(f"{path}: damaged archive ({error}); get it again") from error
    # A damaged archive can raise anything: tarfile's errors, ValueError, RecursionError ...
    except Exception as error:
        reason = str(error) or type(error).__name__
        raise DatasetError(f"{path}: damaged archive ({reason}); get it again") from error
    return found


def _plain(member: tarfile.TarInfo) -> bool:
    return member.isreg() and not member.issparse()


def _batch(where: str, content: bytes, binary: bool) -> _Part:
    images, labels = _from_records(where, content) if binary else _from_pickle(where, content)
    if labels.size == 0 or labels.min() < 0 or labels.max() >= len(CLASSES):
        raise DatasetError(f"{where}: labels must be 0 to 9; the file is damaged or is not CIFAR10")
    return images.reshape(-1, 3, 32, 32), labels


def _from_records(where: str, content: bytes) -> _Part:
    """Each record is a label's byte, then 1024 bytes of red, of green and of blue."""
    if len(content) % _RECORD:
        raise DatasetError(
            f"{where}: {len(content)} bytes are no whole number of records of {_RECORD}; "
            "the file is cut short or is not CIFAR10"
        )
    records = np.frombuffer(content, np.uint8).reshape(-1, _RECORD)
    return records[:, 1:], records[:, 0].astype(np.int64)


def _from_pickle(where: str, content: bytes) -> _Part:
    try:
        batch = load_batch(content)
    except RefusedPickleError as error:
        raise DatasetError(f"{where}: refused, {error}; nothing in it was run") from error
    images, labels = batch.get("data"), batch.get("labels")
    if not isinstance(images, np.ndarray) or images.ndim != 2 or images.shape[1] != _PIXELS:
        raise DatasetError(f"{where}: 'data' must be bytes of shape (n, {_PIXELS})")
    if not isinstance(labels, list) or not all(type(label) is int for label in labels):
        raise DatasetError(f"{where}: 'labels' must be a list of integers")
    if len(labels) != len(images) or not all(0 <= label <= 9 for label in labels):
        raise DatasetError(f"{where}: 'labels' must be {len(images)} integers from 0 to 9")
    return images, np.array(labels, np.int64)


def _joined(parts: list[_Part]) -> DataSet:
    images = np.concatenate([images for images, _ in parts])
    return DataSet("cifar10", images, np.concatenate([labels for _, labels in parts]), CLASSES)
