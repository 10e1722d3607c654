"""The IDX format of MNIST: a magic number, the sizes, then the bytes, gzipped or not.

Format: https://yann.lecun.com/exdb/mnist/ , "File formats for the MNIST database".
"""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path
from typing import IO, cast

import numpy as np
from numpy.typing import NDArray

from .dataset import DatasetError

# A header that asks for more was damaged or made to harm: the largest set has 0.1 GB (EMNIST: 0.6).
_LARGEST = 8 << 30
_UNSIGNED_BYTE = 8


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """The array in an IDX file of unsigned bytes: images have 3 dimensions, labels 1.

    Raises `DatasetError` where the file is none, is cut short, or is too long.
    """
    try:
        with opened(path) as file:
            shape = _shape(path, file.read(4 + 4 * dimensions), dimensions)
            count = math.prod(shape)
            if count > _LARGEST:
                raise DatasetError(f"{path}: its header says {shape}, more than {_LARGEST} bytes")
            content = file.read(count + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DatasetError(f"{path}: damaged gzip file ({error}); get it again") from error
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror or error})") from error
    if len(content) != count:
        fault = "cut short" if len(content) < count else "too long"
        raise DatasetError(
            f"{path}: {fault}; its header says {shape}, {count} bytes, but "
            f"{len(content) if len(content) < count else 'more'} follow; get it again"
        )
    return np.frombuffer(bytearray(content), np.uint8).reshape(shape)


def labels_beside(images: Path) -> Path | None:
    """The labels' file of an images' file, by its name, where it is there."""
    stem = images.name.removesuffix(".gz").replace("images", "labels").replace("idx3", "idx1")
    for name in (stem, f"{stem}.gz"):
        beside = images.with_name(name)
        if name != images.name and beside.is_file():
            return beside
    return None


def opened(path: Path) -> IO[bytes]:
    """Open an IDX file for reading, gzipped or not."""
    # By content: files that lost or kept ".gz" without reason are common.
    with path.open("rb") as file:
        gzipped = file.read(2) == b"\x1f\x8b"
    return cast(IO[bytes], gzip.open(path, "rb")) if gzipped else path.open("rb")


def _shape(path: Path, header: bytes, dimensions: int) -> tuple[int, ...]:
    expected = bytes([0, 0, _UNSIGNED_BYTE, dimensions])
    if len(header) < 4 + 4 * dimensions or header[:4] != expected:
        raise DatasetError(
            f"{path}: no IDX file of unsigned bytes with {dimensions} dimension(s); "
            f"it starts with {header[:4].hex(' ') or 'nothing'}, not {expected.hex(' ')}"
        )
    return tuple(int(size) for size in np.frombuffer(header, ">u4", offset=4))
