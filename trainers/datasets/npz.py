"""Images and labels in numpy's own files: .npz, and .npy for images alone."""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from lossgp.common.echo import printable

from .dataset import DataSet, DatasetError
from .files import BoundedReads, check_unpacked, opened, unreadable
from .labels import Labels, read_labels
from .pixels import in_bytes

# What people call the arrays, first come first taken, in any case. The pairs with a split are those
# of Keras (x_train, y_train) and MedMNIST (train_images, train_labels).
_NAMES = {
    "train": (
        ("x_train", "train_images", "images", "x", "arr_0"),
        ("y_train", "train_labels", "labels", "y", "arr_1"),
    ),
    "val": (("x_val", "val_images"), ("y_val", "val_labels")),
    "test": (("x_test", "test_images"), ("y_test", "test_labels")),
}
_DIRECTORY = 4 << 20  # bytes of a zip file's table: 50,000 arrays
_HEADER = 10_000  # characters, numpy's own limit
_SHOWN_KEYS = 10


def read_npz(path: Path, split: str = "train", labels: str = "auto") -> DataSet:
    """A data set from an .npz file with images and perhaps labels, or an .npy file with images.

    Images are (n, h, w), (n, h, w, c), (n, c, h, w) or rows (n, c*h*w) of square images, with c
    1 or 3 (channels first where both readings are possible), of the types and ranges that
    `in_bytes` reads; labels are what `read_labels` reads, or are left out with `labels="none"`.
    Nothing pickled is read. Raises `DatasetError`, also where the arrays are far larger than the
    file (see `check_unpacked`).
    """
    arrays = _arrays(path, split, with_labels=labels != "none")
    images, notes = in_bytes(path, channels_first(path, arrays["images"]))
    found = Labels()
    if "labels" in arrays:
        found = read_labels(path, arrays["labels"], len(images))
    return DataSet(path.stem, images, found.indices, found.classes, (*notes, *found.notes))


def read_volumes(
    path: Path, split: str
) -> tuple[NDArray[np.uint8], tuple[NDArray[np.int64] | None, tuple[str, ...]]]:
    """Volumes (n, depth, height, width) of an .npz file, with labels and classes.

    Raises `DatasetError` where it holds something else.
    """
    arrays = _arrays(path, split, with_labels=True)
    if arrays["images"].ndim != 4:
        raise DatasetError(
            f"{path}: images have shape {arrays['images'].shape}; volumes have (n, depth, height, "
            "width)"
        )
    volumes, _ = in_bytes(path, arrays["images"])
    found = Labels()
    if "labels" in arrays:
        found = read_labels(path, arrays["labels"], len(volumes))
    return volumes, (found.indices, found.classes)


def channels_first(path: Path, images: NDArray[Any]) -> NDArray[Any]:
    """Images of any layout that `read_npz` allows as (n, c, h, w)."""
    if images.ndim == 2:
        for channels in (1, 3):  # 3 k^2 is never a square: at most one can hold
            side = math.isqrt(images.shape[1] // channels)
            if side and channels * side * side == images.shape[1]:
                return images.reshape(-1, channels, side, side)
    if images.ndim == 3:
        return images[:, None]
    if images.ndim == 4 and images.shape[1] in (1, 3):
        return images
    if images.ndim == 4 and images.shape[3] in (1, 3):
        return images.transpose(0, 3, 1, 2)
    raise DatasetError(
        f"{path}: images have shape {images.shape}; allowed are (n, h, w), (n, h, w, c), "
        "(n, c, h, w) with c 1 or 3, and rows of square images"
    )


def _arrays(path: Path, split: str, *, with_labels: bool) -> dict[str, NDArray[Any]]:
    try:
        with opened(path) as file:
            if file.read(2) == b"PK":
                file.seek(0)
                bounded = BoundedReads(path, file, at_once=_DIRECTORY)
                with zipfile.ZipFile(bounded) as archive:
                    return _chosen(path, archive, split, with_labels=with_labels)
            file.seek(0)
            loaded = _array(path, file, path.stat().st_size)
    except DatasetError:
        raise
    except MemoryError as error:
        raise DatasetError(f"{path}: its arrays do not fit into memory") from error
    except OSError as error:
        raise unreadable(path, error) from error
    # A damaged file can raise anything: ValueError, EOFError, RuntimeError, zlib.error ...
    except Exception as error:
        raise DatasetError(f"{path}: damaged, or no numpy file ({_reason(error)})") from error
    if split == "test":
        raise DatasetError(f"{path}: no split 'test'; an .npy file holds one array")
    return {"images": loaded}


def _chosen(
    path: Path, archive: zipfile.ZipFile, split: str, *, with_labels: bool
) -> dict[str, NDArray[Any]]:
    members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
    images, labels = (_first(names, members) for names in _NAMES[split])
    if images is None:
        raise DatasetError(
            f"{path}: no images for split {split!r}; its arrays are {_listed(list(members))}, "
            f"looked for {', '.join(_NAMES[split][0])}"
        )
    wanted = {"images": images}
    if labels is not None and with_labels:
        wanted["labels"] = labels
    return {kind: _member(path, archive, members[key]) for kind, key in wanted.items()}


def _member(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> NDArray[Any]:
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DatasetError(f"{path}: packed as numpy does not pack; save it with numpy.savez")
    with archive.open(info) as file:
        return _array(path, file, info.compress_size)


def _array(path: Path, file: IO[bytes], packed: int) -> NDArray[Any]:
    """The array in an .npy file of so many bytes; its header is read before room is made."""
    # numpy reads a header of any length before it looks at the length.
    head = BoundedReads(path, file, at_once=2 * _HEADER)
    version = npy.read_magic(head)
    if version not in ((1, 0), (2, 0), (3, 0)):
        raise ValueError(f"unknown version {version} of the format")
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, dtype = read(head, max_header_size=_HEADER)
    if dtype.hasobject or dtype.names is not None:
        raise DatasetError(
            f"{path}: it holds Python objects or records ({printable(dtype, 60)}), no numbers; "
            "such a file is not read, as it could run a program"
        )
    size = math.prod(shape) * dtype.itemsize
    check_unpacked(path, packed, size)
    content = np.empty(size, np.uint8)
    there = 0
    while there < size:
        part = file.read(min(1 << 20, size - there))
        if not part:
            raise EOFError(f"its header says {size} bytes, and {there} follow")
        content[there : there + len(part)] = np.frombuffer(part, np.uint8)
        there += len(part)
    array: NDArray[Any] = content.view(dtype) if size else np.empty(0, dtype)
    return array.reshape(shape, order="F" if fortran else "C")


def _first(names: Iterable[str], keys: Mapping[str, object]) -> str | None:
    folded = {key.lower(): key for key in reversed(list(keys))}
    return next((name if name in keys else folded[name] for name in names if name in folded), None)


def _listed(keys: list[str]) -> str:
    shown = ", ".join(printable(key, 40) for key in keys[:_SHOWN_KEYS])
    more = f" and {len(keys) - _SHOWN_KEYS} more" if len(keys) > _SHOWN_KEYS else ""
    return f"{shown}{more}" or "none"


def _reason(error: Exception) -> str:
    if isinstance(error, zlib.error):
        return "its packing is damaged"
    first = str(error).partition("\n")[0]
    return printable(first, 120) if first else type(error).__name__
