"""The images of a data set as its files name them, before any is decoded."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..dataset import DataSet, DatasetError
from ..decoding import decoded, in_order, own_limit_on_pixels
from ..files import check_memory
from ..fitting import Fit
from .drawings import merged_mask

Images = Sequence[NDArray[np.uint8]]
_MARKED = ("nothing marked", "marked")


@dataclass(frozen=True)
class Item:
    """A file, or a part of one, and what is known of it.

    label  the index of its class; None where classes are not known.
    masks  the files that mark something in it; () where nobody asked, or there are none.
    index  which image of a file that holds many.
    count  how many images it gives: slices, frames, crops.
    """

    path: Path
    label: int | None = None
    masks: tuple[Path, ...] = ()
    index: int | None = None
    count: int = 1


def _decoded_file(item: Item, fit: Fit) -> Images:
    return (decoded(item.path, fit),)


@dataclass(frozen=True)
class Listing:
    """All images of a split.

    channels  1 or 3: what the images are by nature.
    notes     what was left out, and what a user should know.
    decode    gives an item's images, each uint8 (c, h, w); raises `DatasetError`.
    mark      what masks are for: `skip`, `merge`, `labels` or `images` (see `busi`).
    """

    items: tuple[Item, ...]
    classes: tuple[str, ...] = ()
    channels: int = 3
    notes: tuple[str, ...] = ()
    decode: Callable[[Item, Fit], Images] = _decoded_file
    mark: str = "skip"

    def per_class(self) -> dict[str, int]:
        """How many images each class has; {} without classes."""
        counts = dict.fromkeys(self.classes, 0)
        for item in self.items:
            if item.label is not None:
                counts[self.classes[item.label]] += item.count
        return counts

    def names(self, root: Path) -> list[str]:
        """What people call each image: its path below a folder, and which of the file's it is."""
        return [name for item in self.items for name in _names(item, root)]


@dataclass(frozen=True)
class Taken:
    """What an item gives: its images, and its mask (1, h, w) where masks were asked for."""

    images: Images
    mask: NDArray[np.uint8] | None = None


def in_threads(listing: Listing, fit: Fit) -> Iterator[tuple[Item, Taken | DatasetError]]:
    """Each item with what it gives, or with what is wrong with it, in order."""
    workers = min(8, os.cpu_count() or 1)
    with own_limit_on_pixels(), ThreadPoolExecutor(workers) as threads:
        attempts = in_order(threads, partial(_attempted, listing, fit), listing.items)
        yield from zip(listing.items, attempts, strict=True)


def read_listing(name: str, listing: Listing, fit: Fit) -> DataSet:
    """The images in memory. Raises `DatasetError`, naming the file, where one cannot be read."""
    if fit.channels is None:
        fit = replace(fit, channels=listing.channels)
    images: NDArray[np.uint8] | None = None
    masks: list[NDArray[np.uint8]] = []
    first = ""
    at = 0
    total = sum(item.count for item in listing.items)
    for item, taken in in_threads(listing, fit):
        if isinstance(taken, DatasetError):
            raise taken
        for image in taken.images:
            if images is None:
                images, first = _room(total, image), item.path.name
            if image.shape != images.shape[1:]:
                _, *sides = images.shape[1:]
                raise DatasetError(
                    f"{item.path}: {image.shape[1]}x{image.shape[2]} (height x width), but {first} "
                    f"is {sides[0]}x{sides[1]}; ask for a size (size=64), so that all are brought "
                    "to it"
                )
            images[at] = image
            at += 1
        if taken.mask is not None:
            masks.append(taken.mask)
    if images is None or at != total:
        raise DatasetError(f"data set {name!r}: {at} images of {total} could be had")
    marked = np.stack(masks) if masks else None
    labels, classes = _labels(listing, marked)
    return DataSet(name, images, labels, classes, listing.notes, marked)


def natural(path: Path | tuple[str, ...] | str) -> list[tuple[int, int, str]]:
    """A key that sorts `Image2` before `Image10`."""
    text = "/".join(path) if isinstance(path, tuple) else str(path)
    parts = re.split(r"(\d{1,18})", text)
    return [(1, int(p), "") if i % 2 else (0, 0, p.casefold()) for i, p in enumerate(parts)]


def _attempted(listing: Listing, fit: Fit, item: Item) -> Taken | DatasetError:
    try:
        if listing.mark == "images":
            return Taken((merged_mask(item.path, item.masks, fit),))
        if listing.mark == "skip":
            return Taken(listing.decode(item, fit))
        return Taken(listing.decode(item, fit), merged_mask(item.path, item.masks, fit))
    except DatasetError as error:
        return error


def _labels(
    listing: Listing, masks: NDArray[np.uint8] | None
) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
    """The class of each image, and the classes' names."""
    if listing.mark == "labels" and masks is not None:
        return np.array([int(mask.any()) for mask in masks], np.int64), _MARKED
    if not listing.classes or any(item.label is None for item in listing.items):
        return None, ()
    labels = [item.label for item in listing.items]
    counts = [item.count for item in listing.items]
    return np.repeat(np.array(labels, np.int64), counts), listing.classes


def _room(count: int, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    check_memory(f"{count} images of shape {image.shape}", count * image.size)
    try:
        return np.empty((count, *image.shape), np.uint8)
    except MemoryError as error:
        raise DatasetError(
            f"{count} images of shape {image.shape} do not fit into memory; ask for a smaller size"
        ) from error


def _names(item: Item, root: Path) -> Iterator[str]:
    inside = item.path.is_relative_to(root) and item.path != root
    name = str(item.path.relative_to(root)) if inside else item.path.name
    if item.index is not None:
        yield f"{name}[{item.index}]"
    elif item.count == 1:
        yield name
    else:
        yield from (f"{name}[{i}]" for i in range(item.count))
