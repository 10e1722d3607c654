"""Look a data set over: is it the published one, and is it fit to train on?"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lossgp.common.echo import printable

from .catalogue import OTHER_MD5, PUBLISHED
from .cifar import batch_names
from .dataset import DataSet
from .duplicates import duplicates as grouped
from .places import Found, content_md5

_SHOWN = 10
_LISTED_CLASSES = 1000


@dataclass(frozen=True)
class Findings:
    """What a data set holds.

    digest      SHA-256 of shape, images and labels.
    low, high   the smallest and the largest pixel.
    per_class   how many images each class has; empty without labels. Of more than 1,000 classes
                those that have any.
    duplicates  images whose bytes an earlier image has too.
    constant    images of which all pixels are alike.
    warnings    what a user should know before training, one printable line each.
    """

    name: str
    images: int
    shape: tuple[int, int, int]
    digest: str
    low: int
    high: int
    per_class: dict[str, int]
    duplicates: int
    constant: int
    warnings: tuple[str, ...]


def check(data: DataSet) -> Findings:
    """Read all images and labels of a data set and say what is in them."""
    rows = data.images.reshape(len(data), -1)
    low, high = int(rows.min()), int(rows.max())
    constant = int(np.sum(rows.min(axis=1) == rows.max(axis=1)))
    hashes = [hashlib.blake2b(row.data, digest_size=16).digest() for row in rows]
    distinct = len(set(hashes))
    duplicates = len(rows) - distinct
    per_class = {}
    if data.labels is not None:
        counts = np.bincount(data.labels, minlength=len(data.classes))
        per_class = dict(zip(data.classes, counts.tolist(), strict=True))
    empty = [name for name, count in per_class.items() if count == 0]
    used = len(per_class) - len(empty)
    if len(per_class) > _LISTED_CLASSES:  # numbers of patients, it may be
        per_class = {name: count for name, count in per_class.items() if count}
    warnings = [printable(note, 500) for note in data.notes]
    if duplicates:
        same = "all images are the same: " if distinct == 1 else ""
        warnings.append(f"{same}{duplicates} images are copies of earlier ones")
    if data.labels is not None and (odd := grouped(hashes).contradictions(data.labels)):
        warnings.append(f"{len(odd)} of the copied images are in several classes")
    if constant:
        warnings.append(f"{constant} images are constant: all their pixels are alike")
    if high - low < 128:
        warnings.append(f"pixels run only from {low} to {high} of 0 .. 255; is the scale right?")
    if empty:
        warnings.append(f"classes without images: {_listed(empty)}")
    if len(per_class) > 1 and used == len(rows):
        warnings.append("every image has a class of its own; are the labels numbers of images?")
    return Findings(
        data.name, len(data), data.shape, data.digest(), low, high, per_class,
        duplicates, constant, tuple(warnings),
    )  # fmt: skip


def _listed(names: list[str]) -> str:
    shown = ", ".join(printable(name, 40) for name in names[:_SHOWN])
    return shown + (f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else "")


def verify(found: Found) -> dict[Path, str]:
    """For each file of a published data set: `published`, `changed`, or `unknown` (no hash known).

    What is in a .gz counts, not how it was packed.
    """
    known = OTHER_MD5 if found.name == "cifar10" else {}
    for file in PUBLISHED[found.name].files:
        known = {**known, _stem(file.name): file.unpacked_md5 or file.md5}
    return {path: _verified(path, known.get(_stem(path.name))) for path in _files(found)}


def _files(found: Found) -> list[Path]:
    if found.layout != "cifar-folder":
        return list(found.files)
    folder = found.files[0]
    binary, python = (batch_names(found.split, binary=flag) for flag in (True, False))
    names = binary if all((folder / name).is_file() for name in binary) else python
    return [folder / name for name in names]


def _stem(name: str) -> str:
    """An IDX file's one name, however it is packed or spelt; other names as they are."""
    return name.replace(".idx", "-idx").replace("-ubyte.gz", "-ubyte")


def _verified(path: Path, known: str | None) -> str:
    if known is None:
        return "unknown"
    return "published" if known == content_md5(path) else "changed"
