"""scikit-learn's handwritten digits, which come with scikit-learn."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .dataset import DataSet, DatasetError

FILE = "datasets/data/digits.csv.gz"  # in scikit-learn's package


def digits(split: str = "train") -> DataSet:
    """UCI "Optical Recognition of Handwritten Digits", test part: 1,797 images of 1 x 8 x 8.

    The 17 grey levels 0 .. 16 are spread over 0 .. 255 (16 levels of 15.94, rounded). There is
    one split, `train`; raises `DatasetError` for another.
    """
    if split != "train":
        raise DatasetError(f"data set 'digits' has no split {split!r}; use train")
    grey, labels = grey_levels()
    images = np.rint(grey * (255 / 16)).astype(np.uint8)[:, None]
    return DataSet("digits", images, labels, tuple("0123456789"))


def grey_levels() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The images (1797, 8, 8), from 0 to 16, and their labels (1797,)."""
    # Every worker reads them: importing scikit-learn for it takes two seconds, its file 20 ms.
    package = find_spec("sklearn")
    path = Path(package.origin or "").parent / FILE if package is not None else None
    if path is None or not path.is_file():
        from sklearn.datasets import load_digits

        data = load_digits()
        return data.images, data.target.astype(np.int64)
    rows = np.loadtxt(path, delimiter=",")  # (1797, 65)
    return rows[:, :-1].copy().reshape(-1, 8, 8), rows[:, -1].astype(np.int64)


def enlarged_digits(size: int) -> DataSet:
    """The digits, bilinearly enlarged to `size` x `size` pixels: at least 8.

    For GANs that are too large for 8 x 8. The same bytes on every machine: no library resizes.
    """
    small = digits()
    images = small.images[:, 0].astype(np.float64)
    at = ((np.arange(size) + 0.5) * (images.shape[-1] / size) - 0.5).clip(0, images.shape[-1] - 1)
    low = np.floor(at).astype(np.int64)
    high, part = np.minimum(low + 1, images.shape[-1] - 1), at - low
    for axis in (1, 2):
        weights = part.reshape((-1, 1) if axis == 1 else (1, -1))
        before, after = images.take(low, axis), images.take(high, axis)
        images = before * (1 - weights) + after * weights
    enlarged = np.rint(images).astype(np.uint8)[:, None]
    return DataSet(f"digits at {size}x{size}", enlarged, small.labels, small.classes)
