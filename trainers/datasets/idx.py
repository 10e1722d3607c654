"""The IDX format of MNIST: a magic number, the sizes, then the bytes, gzipped or not.

Format: https://yann.lecun.com/exdb/mnist/ , "File formats for the MNIST database".
"""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path
from typing import IO, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from .dataset import DatasetError
from .files import check_unpacked, opened, unreadable

_UNSIGNED_BYTE = 8
_PART = 1 << 20


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """The array in an IDX file of unsigned bytes: images have 3 dimensions, labels 1.

    Raises `DatasetError` where the file is none, is cut short, or is too long.
    """
    try:
        with unpacked(path) as file:
            shape = _shape(path, file.read(4 + 4 * dimensions), dimensions)
            count = math.prod(shape)
            check_unpacked(path, path.stat().st_size, count)
            content = np.empty(count, np.uint8)
            there = _fill(file, content)
            more = there == count and bool(file.read(1))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DatasetError(f"{path}: damaged gzip file ({error}); get it again") from error
    except OSError as error:
        raise unreadable(path, error) from error
    if there < count or more:
        raise DatasetError(
            f"{path}: {'too long' if more else 'cut short'}; its header says {shape}, {count} "
            f"bytes, but {'more' if more else there} follow; get it again"
        )
    return content.reshape(shape)


def _fill(file: IO[bytes], content: NDArray[np.uint8]) -> int:
    """Read into an array until it is full or the file ends; return how many bytes came."""
    there = 0
    while there < len(content):
        part = file.read(min(_PART, len(content) - there))
        if not part:
            break
        content[there : there + len(part)] = np.frombuffer(part, np.uint8)
        there += len(part)
    return there


def labels_beside(images: Path) -> Path | None:
    """The labels' file of an images' file, by its name, where it is there."""
    # Some archives unpack each file into a folder of its own name.
    above = images.parent if "ubyte" in images.parent.name else None
    for name in _labels_names(images.name):
        places = [images.with_name(name)]
        if above is not None:
            places += [above.with_name(folder) / name for folder in _labels_names(above.name)]
        found = next((path for path in places if name != images.name and path.is_file()), None)
        if found is not None:
            return found
    return None


def _labels_names(name: str) -> tuple[str, str]:
    stem = name.removesuffix(".gz").replace("images", "labels").replace("idx3", "idx1")
    return stem, f"{stem}.gz"


def unpacked(path: Path) -> IO[bytes]:
    """Open a file for reading, gzipped or not. Raises `DatasetError` where it cannot be opened."""
    # By content: files that lost or kept ".gz" without reason are common.
    file = opened(path)
    try:
        gzipped = file.read(2) == b"\x1f\x8b"
        file.seek(0)
    except OSError as error:
        file.close()
        raise unreadable(path, error) from error
    return cast(IO[bytes], _Gzip(file)) if gzipped else file


class _Gzip(gzip.GzipFile):
    """A gzip file that closes the file it reads."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(fileobj=file, mode="rb")
        self._packed = file

    def close(self) -> None:
        super().close()
        self._packed.close()


def _shape(path: Path, header: bytes, dimensions: int) -> tuple[int, ...]:
    expected = bytes([0, 0, _UNSIGNED_BYTE, dimensions])
    if len(header) < 4 + 4 * dimensions or header[:4] != expected:
        raise DatasetError(
            f"{path}: no IDX file of unsigned bytes with {dimensions} dimension(s); "
            f"it starts with {header[:4].hex(' ') or 'nothing'}, not {expected.hex(' ')}"
        )
    return tuple(int(size) for size in np.frombuffer(header, ">u4", offset=4))
