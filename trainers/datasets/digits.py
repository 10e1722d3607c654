"""scikit-learn's handwritten digits, which come with scikit-learn."""

from __future__ import annotations

import numpy as np

from .dataset import DataSet, DatasetError


def digits(split: str = "train") -> DataSet:
    """UCI "Optical Recognition of Handwritten Digits", test part: 1,797 images of 1 x 8 x 8.

    The 17 grey levels 0 .. 16 are spread over 0 .. 255 (16 levels of 15.94, rounded). There is
    one split, `train`; raises `DatasetError` for another.
    """
    if split != "train":
        raise DatasetError(f"data set 'digits' has no split {split!r}; use train")
    from sklearn.datasets import load_digits  # about a second to import: only where it is needed

    data = load_digits()
    images = np.rint(data.images * (255 / 16)).astype(np.uint8)[:, None]
    return DataSet("digits", images, data.target.astype(np.int64), tuple("0123456789"))
