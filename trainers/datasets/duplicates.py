"""Images that are in a data set more than once, told by their content."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BYTES = 16


def content_hash(image: NDArray[np.uint8]) -> bytes:
    """A hash (16 bytes) of an image's shape and pixels: equal ones are equal images."""
    shape = ",".join(map(str, image.shape))
    hashed = hashlib.blake2b(f"{shape}:".encode(), digest_size=_BYTES)
    hashed.update(np.ascontiguousarray(image).data)
    return hashed.digest()


def content_hashes(images: NDArray[np.uint8]) -> list[bytes]:
    """The hash of each of the images (n, c, h, w)."""
    return [content_hash(image) for image in images]


@dataclass(frozen=True)
class Duplicates:
    """Which images have the same content.

    groups  the indices of each content that is there more than once, in order.
    """

    groups: tuple[tuple[int, ...], ...]

    @property
    def copies(self) -> int:
        """How many images an earlier one equals."""
        return sum(len(group) - 1 for group in self.groups)

    def contradictions(self, labels: Sequence[int] | NDArray[np.int64]) -> tuple[int, ...]:
        """The first index of each group that is in several classes."""
        return tuple(group[0] for group in self.groups if len({int(labels[i]) for i in group}) > 1)


def duplicates(hashes: Sequence[bytes]) -> Duplicates:
    """The images of equal hashes."""
    where: dict[bytes, list[int]] = {}
    for i, each in enumerate(hashes):
        where.setdefault(each, []).append(i)
    return Duplicates(tuple(tuple(group) for group in where.values() if len(group) > 1))
