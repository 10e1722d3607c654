"""What a data set is: images as bytes, and perhaps labels."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lossgp.common.echo import printable

from ..errors import TrainerError

_LONGEST_NAME = 80
_LONGEST_MESSAGE = 2000


class DatasetError(TrainerError):
    """A data set is missing, damaged, or not what was asked for; one line for people.

    Names of files, of arrays and of classes stand in its message, and they may hold anything: what
    a terminal would obey is made visible.
    """

    def __init__(self, message: str) -> None:
        super().__init__(printable(message, _LONGEST_MESSAGE))


@dataclass(frozen=True, eq=False)
class DataSet:
    """Images, and perhaps labels, in memory.

    name     what people call it.
    images   (n, c, h, w), uint8 in 0 .. 255, contiguous; c is 1 (grey) or 3 (RGB), or what a
             third party gives.
    labels   (n,), int64, each the index of a class; None where there are none.
    classes  the classes' names; () where there are no labels.
    notes    what a user should know of how it was read: files left out, values cut off.
    masks    (n, 1, h, w), uint8, 0 or 255: what is marked in each image; None where nobody asked
             for masks, or there are none. Not in the digest: no training sees them.

    Raises `DatasetError` where these do not fit together.
    """

    name: str
    images: NDArray[np.uint8]
    labels: NDArray[np.int64] | None = None
    classes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    masks: NDArray[np.uint8] | None = None

    def __post_init__(self) -> None:
        images = self.images
        object.__setattr__(self, "name", printable(self.name, _LONGEST_NAME))
        if images.dtype != np.uint8 or images.ndim != 4 or 0 in images.shape:
            raise DatasetError(
                f"data set {self.name!r}: images are {images.dtype} {images.shape}; they must be "
                "uint8 of shape (n, c, h, w) with at least one image"
            )
        # Contiguous and writable: what torch.from_numpy takes without a copy or a warning.
        object.__setattr__(self, "images", np.require(images, requirements=["C", "W"]))
        if self.labels is not None:
            self._check_labels(self.labels)
        wanted = (len(self), 1, *images.shape[2:])
        masks = self.masks
        if masks is not None and (masks.shape != wanted or masks.dtype != np.uint8):
            raise DatasetError(
                f"data set {self.name!r}: masks are {masks.dtype} {masks.shape}; they "
                f"must be uint8 of shape {wanted}, one for each image"
            )

    def _check_labels(self, labels: NDArray[np.int64]) -> None:
        if labels.dtype != np.int64 or labels.shape != (len(self),):
            raise DatasetError(
                f"data set {self.name!r}: labels are {labels.dtype} {labels.shape}; they must be "
                f"int64 of shape ({len(self)},), one for each image"
            )
        low, high = int(labels.min()), int(labels.max())
        if low < 0 or high >= len(self.classes):
            raise DatasetError(
                f"data set {self.name!r}: labels run from {low} to {high}, but there are "
                f"{len(self.classes)} classes; a label is the index of a class"
            )

    def __len__(self) -> int:
        return len(self.images)

    @property
    def shape(self) -> tuple[int, int, int]:
        """One image's channels, height and width."""
        _, channels, height, width = self.images.shape
        return channels, height, width

    def digest(self) -> str:
        """SHA-256 (hex) of the shape, the images' bytes and the labels."""
        return self._digest

    @cached_property
    def _digest(self) -> str:
        labels = "none" if self.labels is None else "int64"
        hashed = hashlib.sha256(f"{self.images.shape} uint8, labels {labels}\n".encode())
        hashed.update(self.images.data)
        if self.labels is not None:
            hashed.update(self.labels.astype("<i8").tobytes())
        return hashed.hexdigest()

    def first(self, n: int) -> DataSet:
        """The first n images as a data set. Raises `DatasetError` unless 1 <= n <= len(self)."""
        if not 1 <= n <= len(self):
            raise DatasetError(
                f"data set {self.name!r} has {len(self)} images; {n} cannot be taken: "
                f"use 1 to {len(self)}"
            )
        return self.take(range(n))

    def take(self, indices: Sequence[int] | NDArray[np.int64], name: str = "") -> DataSet:
        """The images with these indices, in this order, with their labels and masks; a copy.

        Raises `DatasetError` where there are none.
        """
        at = np.asarray(indices, np.int64)
        if at.size == 0:
            raise DatasetError(f"data set {self.name!r}: no image is left; take at least one")
        return replace(
            self,
            name=name or self.name,
            images=self.images[at],
            labels=None if self.labels is None else self.labels[at],
            masks=None if self.masks is None else self.masks[at],
        )
