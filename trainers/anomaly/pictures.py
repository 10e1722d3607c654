"""Pictures to be scored: single ones, all below folders, or those in a file of many."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..datasets import DatasetError
from ..datasets.decoding import decoded, in_order, own_limit_on_pixels
from ..datasets.fitting import Fit
from ..datasets.masks import is_mask
from ..datasets.walking import SUFFIXES, Pattern, walk
from .parts import Reading


def read_pictures(
    paths: Sequence[Path], reading: Reading
) -> tuple[list[str], NDArray[np.uint8], tuple[str, ...]]:
    """The names of all pictures, as uint8 images (n, c, size, size), and notes for people.

    A folder stands for all image files below it, in the order of their paths, but for those that
    are masks of others. A file of many (.npz, IDX) names its images by their numbers: `FILE[3]`.
    Raises `DatasetError` where a path is not there, holds none, or cannot be read.
    """
    names: list[str] = []
    parts: list[NDArray[np.uint8]] = []
    notes: list[str] = []
    fit = Fit.of(reading.size, reading.channels, reading.crop)
    for path in paths:
        if path.is_dir():
            files = _below(path, reading, notes)
        elif path.suffix.lower() in SUFFIXES:
            files = [path]
        else:
            data = reading.data_set(str(path), labels="none")
            names += [f"{path}[{number}]" for number in range(len(data))]
            parts.append(data.images)
            notes += data.notes
            continue
        workers = min(8, os.cpu_count() or 1)
        with own_limit_on_pixels(), ThreadPoolExecutor(workers) as threads:
            parts.append(np.stack(list(in_order(threads, partial(decoded, fit=fit), files))))
        names += map(str, files)
    return names, np.concatenate(parts), tuple(dict.fromkeys(notes))


def _below(folder: Path, reading: Reading, notes: list[str]) -> list[Path]:
    walked = walk(folder, Pattern.of(reading.include, reading.exclude))
    notes += walked.notes
    stems: dict[tuple[str, ...], set[str]] = {}
    for *above, name in walked.files:
        stems.setdefault(tuple(above), set()).add(Path(name).stem.lower())
    files = [
        parts for parts in walked.files if not is_mask(Path(parts[-1]).stem, stems[parts[:-1]])
    ]
    if masks := len(walked.files) - len(files):
        notes.append(f"{folder}: left out as masks of others: {masks}")
    if not files:
        raise DatasetError(
            f"{folder}: no images here nor below; allowed are names that end in "
            f"{' '.join(sorted(SUFFIXES))}"
        )
    return [folder.joinpath(*parts) for parts in files]
