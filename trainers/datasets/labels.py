"""Labels of any form as indices of classes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lossgp.common.echo import printable

from .dataset import DatasetError

_HIGHEST = 1 << 20
_HINT = "mend them, or leave them out: labels=none (a GAN needs none)"


@dataclass(frozen=True)
class Labels:
    """What is known of each image's class.

    indices  (n,), int64, each the index of a class; None where there are no labels.
    classes  the classes' names.
    notes    what a user should know.
    """

    indices: NDArray[np.int64] | None = None
    classes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_labels(path: Path, labels: NDArray[Any], count: int) -> Labels:
    """One class for each of `count` images.

    Labels are whole numbers from 0 or texts, (n,) or (n, 1); or one-hot rows (n, k), one 1 in
    each. Rows that name several classes an image, or none, are left out, and a note says so.
    Raises `DatasetError` for all else.
    """
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2 and len(labels) == count and _zeros_and_ones(labels):
        return _of_rows(labels)
    if labels.shape != (count,) or labels.dtype.kind not in "biufUS":
        raise DatasetError(
            f"{path}: labels are {printable(labels.dtype, 40)} {labels.shape}; they must be whole "
            f"numbers, texts or one-hot rows, one for each of the {count} images; {_HINT}"
        )
    if labels.dtype.kind in "US":
        return _of_texts(labels)
    if not np.all((labels >= 0) & (labels < _HIGHEST) & (labels == np.floor_divide(labels, 1))):
        raise DatasetError(
            f"{path}: labels must be whole numbers from 0 to {_HIGHEST - 1}; {_HINT}"
        )
    indices = labels.astype(np.int64)
    return Labels(indices, tuple(map(str, range(int(indices.max(initial=-1)) + 1))))


def _zeros_and_ones(rows: NDArray[Any]) -> bool:
    return rows.dtype.kind in "biuf" and rows.size > 0 and bool(np.all((rows == 0) | (rows == 1)))


def _of_rows(rows: NDArray[Any]) -> Labels:
    several = int(np.sum(rows.sum(axis=1) != 1))
    if several:
        note = (
            f"labels of shape {rows.shape} were left out: {several} images have none or several "
            f"of the {rows.shape[1]} classes, and lossgp knows one an image"
        )
        return Labels(notes=(note,))
    names = tuple(map(str, range(rows.shape[1])))
    return Labels(rows.argmax(axis=1).astype(np.int64), names)


def _of_texts(texts: NDArray[Any]) -> Labels:
    names, indices = np.unique(texts, return_inverse=True)
    classes = tuple(
        name.decode("utf-8", "backslashreplace") if isinstance(name, bytes) else str(name)
        for name in names.tolist()
    )
    return Labels(indices.reshape(-1).astype(np.int64), classes)
