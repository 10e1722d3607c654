"""A data set from a path: a folder, an archive, an .npz or an IDX file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import cifar, folder
from .catalogue import check_split
from .dataset import DataSet, DatasetError
from .files import unreadable
from .fitting import Fit
from .idx import labels_beside
from .loading import read_idx_pair
from .npz import read_npz
from .places import idx_pair, is_cifar_folder
from .published import hints, read_published, scanner_format, specified
from .walking import SUFFIXES, Pattern

LABELS = ("auto", "none")
_ARCHIVES = (".tar", ".tar.gz", ".tgz")


def read(
    path: str | Path,
    *,
    size: int | tuple[int, int] | None = None,
    channels: int | None = None,
    crop: str = "center",
    split: str = "train",
    labels: str = "auto",
    include: Sequence[str] | str = (),
    exclude: Sequence[str] | str = (),
) -> DataSet:
    """The images under a path, and their labels where it holds any.

    path      a folder of images (class folders give labels), a folder with MNIST's or CIFAR10's
              files, CIFAR10's archive or one .bin of it, an .npz or .npy file, or an IDX file; or
              one of a published set, named: `busi:FOLDER`, `busi,masks=merge:FOLDER`. A folder
              of DICOM or NIfTI files alone is read as `dicom:FOLDER` or `nifti:FOLDER` is.
    size      height and width in pixels (one number: both); None: as they are, all alike.
    channels  1 or 3; None: as they are (a folder: grey where all images are).
    crop      `center` (fill and cut), `pad` (fit in, black around) or `none` (stretch).
    split     `train` or `test`, where the path holds both.
    labels    `auto`, or `none`: leave them out, be they what they may.
    include   of a folder: patterns as `benign/*`; only files that one of them fits are read.
    exclude   of a folder: patterns as `*_mask*`; files that one of them fits are left out.

    Raises `DatasetError` with one line that names the file at fault.
    """
    check_split(split)
    asked: dict[str, Any] = {
        "size": size, "channels": channels, "crop": crop, "split": split, "labels": labels,
        "include": include, "exclude": exclude,
    }  # fmt: skip
    fit = Fit.of(size, channels, crop)
    if labels not in LABELS:
        raise DatasetError(f"labels is {labels!r}; it must be one of {', '.join(LABELS)}")
    pattern = Pattern.of(include, exclude)
    if (named := specified(path)) is not None:
        data = read_published(named.publication, named.path, named.options, fit, split, pattern)
        return replace(data, labels=None, classes=()) if labels == "none" else data
    path = _existing(Path(path).expanduser())
    if path.is_dir() and not is_cifar_folder(path, split) and not idx_pair(path, split):
        try:
            data = folder.read_folder(path, fit, split, pattern, labels)
        except folder.NoImagesError as error:
            if (kind := scanner_format(path, pattern)) is None:
                raise error from None
            return read(f"{kind}:{path}", **asked)
        return replace(data, notes=(*hints(path), *data.notes))
    if path.is_file() and (kind := scanner_format(path, pattern)) is not None:
        return read(f"{kind}:{path}", **asked)
    if pattern != Pattern():
        raise DatasetError(f"{path}: include and exclude are for folders of image files")
    found = _read_folder(path, split) if path.is_dir() else _read_file(path, split, labels)
    images = fit.images(found.images)
    if labels == "none":
        return DataSet(found.name, images, notes=found.notes)
    return DataSet(found.name, images, found.labels, found.classes, found.notes)


def _existing(path: Path) -> Path:
    """The path itself, or the file in a folder that is named like one: some archives unpack so."""
    try:
        path.stat()
    except FileNotFoundError:
        raise DatasetError(f"{path}: no such file or folder") from None
    except OSError as error:
        raise unreadable(path, error) from error
    except ValueError as error:  # a null character in the path
        raise DatasetError(f"{path}: cannot be read ({error})") from error
    if "ubyte" in path.name and path.is_dir():
        inner = [each for each in path.iterdir() if "ubyte" in each.name and each.is_file()]
        return inner[0] if len(inner) == 1 else path
    return path


def _read_folder(path: Path, split: str) -> DataSet:
    if pair := idx_pair(path, split):
        return read_idx_pair(*pair)
    return cifar.read_folder(path, split)


def _read_file(path: Path, split: str, labels: str) -> DataSet:
    name = path.name.lower()
    if name.endswith((".npz", ".npy")):
        return read_npz(path, split, labels)
    if name.endswith(_ARCHIVES):
        return cifar.read_archive(path, split)
    if name.endswith(".bin"):
        return cifar.read_binary(path)
    if re.search(r"idx3|ubyte", name):
        return read_idx_pair(path, labels_beside(path) if labels != "none" else None)
    if path.suffix.lower() in SUFFIXES:
        raise DatasetError(f"{path} is one image; name the folder that holds the images")
    raise DatasetError(
        f"{path}: unknown kind of file; name a folder of images, an .npz or .npy file, an IDX "
        "file (*-idx3-ubyte, .gz or not) or CIFAR10's archive (.tar.gz)"
    )
