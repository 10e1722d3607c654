"""Images and labels in numpy's own files: .npz, and .npy for images alone."""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .dataset import DataSet, DatasetError

# What people call the arrays, first come first taken. The pairs with a split are those of Keras
# (x_train, y_train) and MedMNIST (train_images, train_labels).
_NAMES = {
    "train": (
        ("x_train", "train_images", "images", "x", "arr_0"),
        ("y_train", "train_labels", "labels", "y", "arr_1"),
    ),
    "test": (("x_test", "test_images"), ("y_test", "test_labels")),
}


def read_npz(path: Path, split: str = "train") -> DataSet:
    """A data set from an .npz file with images and perhaps labels, or an .npy file with images.

    Images are (n, h, w), (n, h, w, c), (n, c, h, w) or rows (n, c*h*w) of square images, with c
    1 or 3 (channels first where both readings are possible). They are uint8, other integers in
    0 .. 255, or floats: in [0, 1], in [-1, 1] where any is negative, else in [0, 255]. Labels are
    whole numbers from 0, (n,) or (n, 1). Nothing pickled is read. Raises `DatasetError`.
    """
    arrays = _arrays(path, split)
    images = in_bytes(path, channels_first(path, arrays["images"]))
    if "labels" not in arrays:
        return DataSet(path.stem, images)
    labels = _labels(path, arrays["labels"], len(images))
    return DataSet(path.stem, images, labels, tuple(map(str, range(int(labels.max()) + 1))))


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


def in_bytes(path: Path, images: NDArray[Any]) -> NDArray[np.uint8]:
    """Images of any type and range that `read_npz` allows as uint8."""
    if images.dtype == np.uint8 or images.size == 0:  # an empty set is refused later
        return images.astype(np.uint8, copy=False)
    if images.dtype == np.bool_:
        return images.astype(np.uint8) * np.uint8(255)
    if images.dtype.kind not in "iuf":
        raise DatasetError(f"{path}: images are {images.dtype}; they must be integers or floats")
    low, high = float(images.min()), float(images.max())
    if images.dtype.kind == "f" and low >= -1 and high <= 1:
        scale, shift = (255.0, 0.0) if low >= 0 else (127.5, 127.5)
        images = images.astype(np.float32) * scale + shift
    elif not (low >= 0 and high <= 255):  # NaN included
        raise DatasetError(
            f"{path}: pixels run from {low:g} to {high:g}; they must lie in [0, 255], or as "
            "floats in [0, 1] or [-1, 1]"
        )
    rounded: NDArray[np.uint8] = np.rint(images).astype(np.uint8)
    return rounded


def _arrays(path: Path, split: str) -> dict[str, NDArray[Any]]:
    try:
        # Opened here: numpy leaves a file that is no archive open.
        with path.open("rb") as file:
            loaded = np.load(file, allow_pickle=False)
            if not isinstance(loaded, np.ndarray):
                with loaded:
                    return _chosen(path, loaded, split)
    except (ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DatasetError(f"{path}: damaged, or no numpy file ({reason})") from error
    except MemoryError as error:
        raise DatasetError(f"{path}: its arrays do not fit into memory") from error
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror or error})") from error
    if split == "test":
        raise DatasetError(f"{path}: no split 'test'; an .npy file holds one array")
    return {"images": loaded}


def _chosen(path: Path, file: Mapping[str, NDArray[Any]], split: str) -> dict[str, NDArray[Any]]:
    keys = list(file)
    images, labels = (_first(names, keys) for names in _NAMES[split])
    if images is None:
        raise DatasetError(
            f"{path}: no images for split {split!r}; its arrays are {', '.join(keys) or 'none'}, "
            f"looked for {', '.join(_NAMES[split][0])}"
        )
    chosen = {"images": file[images]}
    if labels is not None:
        chosen["labels"] = file[labels]
    return chosen


def _first(names: Iterable[str], keys: list[str]) -> str | None:
    return next((name for name in names if name in keys), None)


def _labels(path: Path, labels: NDArray[Any], count: int) -> NDArray[np.int64]:
    flat = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    if flat.shape != (count,) or flat.dtype.kind not in "biuf":
        raise DatasetError(
            f"{path}: labels are {labels.dtype} {labels.shape}; they must be whole numbers, one "
            f"for each of the {count} images"
        )
    whole = flat.size == 0 or bool(np.all((flat >= 0) & (flat < 1 << 20) & (flat == flat // 1)))
    if not whole:
        raise DatasetError(f"{path}: labels must be whole numbers from 0 to {(1 << 20) - 1}")
    return flat.astype(np.int64)
