"""A folder of images: PNG, JPEG, BMP, TIFF, WebP, GIF or PNM, in class folders or not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .dataset import DataSet, DatasetError
from .decoding import decoded, in_order, knows_no_colours, own_limit_on_pixels
from .files import check_memory
from .fitting import Fit
from .layout import Layout, arranged
from .walking import SUFFIXES, Pattern, walk

_EVERYTHING = Pattern()


class NoImagesError(DatasetError):
    """No image file is below a folder."""


def read_folder(
    folder: Path,
    fit: Fit,
    split: str = "train",
    pattern: Pattern = _EVERYTHING,
    labels: str = "auto",
) -> DataSet:
    """The images below a folder, sorted by their path; of animations and pages, the first.

    Which of them, and their classes, the names say: see `layout`. Hidden files are left out, and
    those that the pattern does not want; `labels="none"` takes no classes. Raises `DatasetError`,
    naming the file, where one cannot be read, is far too large, or has another size than the first
    while no size was asked for.
    """
    walked = walk(folder, pattern)
    layout = arranged(walked.files, split)
    if not layout.files:
        raise _nothing(folder, split, pattern, layout)
    paths = [folder.joinpath(*parts) for parts in layout.files]
    workers = min(8, os.cpu_count() or 1)
    with own_limit_on_pixels(), ThreadPoolExecutor(workers) as threads:
        if fit.channels is None:
            grey = all(in_order(threads, knows_no_colours, paths))
            fit = Fit(fit.size, 1 if grey else 3, fit.crop)
        images = _filled(paths, in_order(threads, partial(decoded, fit=fit), paths))
    indices = None
    if layout.labels is not None and labels != "none":
        indices = np.array(layout.labels, np.int64)
    classes = layout.classes if indices is not None else ()
    name = folder.resolve().name
    return DataSet(name, images, indices, classes, (*layout.notes, *walked.notes))


def _nothing(folder: Path, split: str, pattern: Pattern, layout: Layout) -> DatasetError:
    """The error that says why there are no images."""
    if layout.only_tests:
        return DatasetError(
            f"{folder}: all that is here is named as test images are: {'; '.join(layout.notes)}; "
            "name such a folder itself to train on what is in it"
        )
    if split == "test" and not any((pattern.include, pattern.exclude)):
        return DatasetError(
            f"{folder}: no split 'test'; it needs a folder named test or val with images"
        )
    wanted = " that the patterns want" if pattern.include or pattern.exclude else ""
    return NoImagesError(
        f"{folder}: no images{wanted} here nor below; allowed are names that end in "
        f"{' '.join(sorted(SUFFIXES))}"
    )


def _filled(paths: list[Path], found: Iterator[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """All images in one array; allocated once, as a folder may hold gigabytes."""
    first = next(found)
    check_memory(f"{len(paths)} images of shape {first.shape}", len(paths) * first.size)
    try:
        images = np.empty((len(paths), *first.shape), np.uint8)
    except MemoryError as error:
        raise DatasetError(
            f"{len(paths)} images of shape {first.shape} do not fit into memory; ask for a "
            "smaller size"
        ) from error
    images[0] = first
    for i, image in enumerate(found, start=1):
        if image.shape != first.shape:
            raise DatasetError(
                f"{paths[i]}: {_size(image)}, but {paths[0].name} is {_size(first)}; "
                "ask for a size (size=64), so that all are brought to it"
            )
        images[i] = image
    return images


def _size(image: NDArray[np.uint8]) -> str:
    return f"{image.shape[1]}x{image.shape[2]} (height x width)"
