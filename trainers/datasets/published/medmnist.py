"""MedMNIST: small medical images in one .npz file a set, at 28 to 224 pixels (Yang et al. 2023).

The arrays are `train_images`, `train_labels`, and the same for val and test. BreastMNIST is BUSI.
Of the sets of volumes one slice each is taken, or all.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from ..dataset import DataSet, DatasetError
from ..npz import read_npz, read_volumes
from ..walking import Pattern
from .arrays import is_archive, of_arrays
from .listing import Listing
from .medmnist_sets import MD5, SETS, MedMnistSet
from .publication import Edition, Publication, ReadingOptions, Request

SPLITS = ("train", "val", "test")


class MedMnistOptions(ReadingOptions):
    """Which split: `train`, `val`, `test`, or `all` of them; by default as asked for.

    `pixels` chooses where a folder holds a set at several sizes.
    """

    split: Literal["", "train", "val", "test", "all"] = ""
    pixels: Literal["", "28", "64", "128", "224"] = ""


class VolumeOptions(MedMnistOptions):
    """Which slices of each volume, besides: the middle one along its first axis, or all."""

    PARTS: ClassVar[frozenset[str]] = frozenset({"slices"})

    slices: Literal["middle", "all"] = "middle"


def _listing(medmnist: MedMnistSet, request: Request) -> Listing:
    """One split, or all. Raises `DatasetError` where the file or the split is not there."""
    if request.pattern != Pattern():
        raise DatasetError(f"{request.path}: include and exclude are for folders of image files")
    path = _file(medmnist.name, request.path, request.options.pixels)
    chosen = request.options.split or request.split
    wanted = SPLITS if chosen == "all" else (chosen,)
    parts = [_part(medmnist, path, split, request) for split in wanted]
    data = parts[0] if len(parts) == 1 else _joined(parts)
    classes = medmnist.classes if data.labels is not None else ()
    if data.labels is not None and int(data.labels.max()) >= len(classes):
        raise DatasetError(
            f"{path}: labels go up to {int(data.labels.max())}, and {medmnist.name} has "
            f"{len(classes)} classes; is it another set?"
        )
    return of_arrays(path, data, classes, data.notes, 3 if medmnist.colour else 1)


def _part(medmnist: MedMnistSet, path: Path, split: str, request: Request) -> DataSet:
    if not medmnist.volumes:
        return read_npz(path, split)
    volumes, labels = read_volumes(path, split)
    # (n, depth, height, width)
    if request.options.slices == "middle":
        return DataSet(medmnist.name, volumes[:, volumes.shape[1] // 2][:, None], *labels)
    n, depth, height, width = volumes.shape
    indices, classes = labels
    repeated = None if indices is None else np.repeat(indices, depth)
    return DataSet(medmnist.name, volumes.reshape(n * depth, 1, height, width), repeated, classes)


def _joined(parts: list[DataSet]) -> DataSet:
    labels: NDArray[np.int64] | None = None
    if all(part.labels is not None for part in parts):
        labels = np.concatenate([part.labels for part in parts if part.labels is not None])
    longest = max((part.classes for part in parts), key=len)
    return replace(
        parts[0],
        images=np.concatenate([part.images for part in parts]),
        labels=labels,
        classes=longest if labels is not None else (),
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )


def _file(name: str, path: Path, pixels: str) -> Path:
    """The file itself, or the one of this set in a folder."""
    if path.is_file():
        if not is_archive(path):
            raise DatasetError(f"{path} is no .npz file; MedMNIST's are, as {name}.npz")
        return path
    suffix = "" if pixels in ("", "28") else f"_{pixels}"
    if pixels:
        there = [path / f"{name}{suffix}.npz"]
    else:
        sizes = ("", "_64", "_128", "_224")
        there = [path / f"{name}{each}.npz" for each in sizes]
    there = [each for each in there if each.is_file()]
    if len(there) == 1:
        return there[0]
    if there:
        raise DatasetError(
            f"{path}: {', '.join(each.name for each in there)} are there; name one of them, or "
            "choose with pixels=64"
        )
    raise DatasetError(f"{path}: no {name}{suffix}.npz here; name the file, or its folder")


def _publication(medmnist: MedMnistSet) -> Publication:
    editions = [
        Edition(version, {split: {"": n} for split, n in zip(SPLITS, counts, strict=True)})
        for version, counts in medmnist.counts.items()
    ]
    return Publication(
        name=medmnist.name,
        title=f"MedMNIST, {medmnist.title}",
        licence=medmnist.licence,
        source="Yang et al. 2023",
        where=f"https://zenodo.org/records/10519652 ({medmnist.name}.npz, _64, _128, _224)",
        layout=f"{medmnist.name}.npz, {medmnist.name}_64.npz ..., or the folder that holds it",
        listing=partial(_listing, medmnist),
        classes=medmnist.classes,
        editions=tuple(editions),
        options_type=VolumeOptions if medmnist.volumes else MedMnistOptions,
        folders=tuple(
            f"{folder}{medmnist.name}{size}.npz"
            for folder in ("", "medmnist/", "MedMNIST/")
            for size in ("", "_64", "_128", "_224")
        ),
        channels=3 if medmnist.colour else 1,
        md5=MD5,
        known=("its images are those of BUSI, copies included",)
        if medmnist.name == "breastmnist"
        else (),
    )


MEDMNIST = tuple(_publication(each) for each in SETS)
