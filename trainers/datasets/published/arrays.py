"""A published set as arrays in one .npz file: `images` and `labels`, at any size."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lossgp.common.echo import printable

from ..dataset import DataSet, DatasetError
from ..fitting import Fit
from ..npz import read_npz
from ..walking import Pattern
from .listing import Images, Item, Listing
from .publication import Publication, Request


def is_archive(path: Path) -> bool:
    """Whether a path is that of arrays."""
    return path.suffix.lower() in (".npz", ".npy")


def listed_arrays(request: Request, publication: Publication, *, channels: int) -> Listing:
    """The images of an .npz file under a set's name.

    Numbers for labels become the set's classes where each is there as often as one class alone was
    published; else they stay numbers, and a note says so.
    """
    if request.pattern != Pattern():
        raise DatasetError(f"{request.path}: include and exclude are for folders of image files")
    data = read_npz(request.path, request.split)
    classes, notes = data.classes, list(data.notes)
    if data.labels is not None and not set(classes) & set(publication.classes):
        named = _named(data.labels, publication)
        if named is None:
            notes.append(
                f"labels are numbers, and their counts are not the published ones: which is which "
                f"of {', '.join(publication.classes)} is not known"
            )
        else:
            classes = tuple(named)
            meant = ", ".join(f"{i} for {name}" for i, name in enumerate(named))
            notes.append(f"labels were taken by their counts: {printable(meant, 300)}")
    return of_arrays(request.path, data, classes, tuple(notes), channels)


def of_arrays(
    path: Path, data: DataSet, classes: tuple[str, ...], notes: tuple[str, ...], channels: int
) -> Listing:
    """A data set in memory as a listing."""
    labels = [None] * len(data) if data.labels is None else data.labels.tolist()
    items = tuple(Item(path, label, index=i) for i, label in enumerate(labels))
    images = data.images

    def decode(item: Item, fit: Fit) -> Images:
        at = item.index or 0
        return (fit.images(images[at : at + 1])[0],)

    return Listing(items, classes, channels, notes, decode)


def _named(labels: NDArray[np.int64], publication: Publication) -> list[str] | None:
    """The class of each number, where the counts tell."""
    there = np.bincount(labels).tolist()
    for edition in publication.editions:
        published = Counter[str]()
        for counts in edition.counts.values():
            published.update(counts)
        by_count = {count: name for name, count in published.items()}
        if len(by_count) == len(published) == len(there) and by_count.keys() == set(there):
            return [by_count[count] for count in there]
    return None
