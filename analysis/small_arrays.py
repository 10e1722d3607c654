"""What NumPy does slowly on small arrays, on which a call costs more than its work."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .jets import Array


def indices(told: NDArray[Any]) -> NDArray[np.intp]:
    """Return where an array, flattened, is not 0, shape (k,): `numpy.flatnonzero`."""
    return told.ravel().nonzero()[0]


def increments(x: Array) -> Array:
    """Return the differences of neighbours, shape (n,) -> (n − 1,): `numpy.diff`."""
    return x[1:] - x[:-1]


def spread(x: Array) -> float:
    """Return the largest number less the smallest, NaN if one is: `numpy.ptp`."""
    return float(x.max() - x.min())


def clipped(x: Array, low: Array | float, high: Array | float) -> Array:
    """Return numbers, those beyond two bounds moved to them: `numpy.clip`."""
    return np.minimum(np.maximum(x, low), high)


def paired(first: NDArray[Any], second: NDArray[Any]) -> NDArray[Any]:
    """Return two arrays as columns, shapes (n,) and (n,) -> (n, 2): `numpy.stack`."""
    out = np.empty((len(first), 2), dtype=first.dtype)
    out[:, 0], out[:, 1] = first, second
    return out


def distinct(x: Array) -> Array:
    """Return the different ones of some numbers, rising: `numpy.unique`."""
    x = np.sort(x)
    new = np.ones(len(x), dtype=bool)
    np.not_equal(x[1:], x[:-1], out=new[1:])
    return x[new]


def middle(values: Array) -> float:
    """Return the upper median, 0 of nothing: about `numpy.median`."""
    half = len(values) // 2
    return float(np.partition(values, half)[half]) if len(values) else 0.0
