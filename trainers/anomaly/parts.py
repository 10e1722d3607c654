"""The images of an anomaly detection: normal ones to learn from, and both kinds for tests."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..datasets import DataSet, DatasetError, load, names, read
from ..datasets.fitting import Fit
from ..datasets.published import PUBLICATIONS, anomaly_plan
from ..datasets.splits import AnomalySplit, given_split, split_for_anomaly

LEAST_TRAIN, LEAST_TEST = 8, 2


@dataclass(frozen=True)
class Reading:
    """How pictures become images of one size (see `datasets.read`)."""

    size: int
    channels: int
    crop: str = "center"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def data_set(self, path: str, labels: str = "auto") -> DataSet:
        """The data set of a known name, or of a path; raises `DatasetError`."""
        if path in names() and path not in PUBLICATIONS and not Path(path).exists():
            found = load(path)
            images = Fit.of(self.size, self.channels, self.crop).images(found.images)
            return DataSet(found.name, images, found.labels, found.classes, found.notes)
        return read(
            path,
            size=self.size,
            channels=self.channels,
            crop=self.crop,
            labels=labels,
            include=self.include,
            exclude=self.exclude,
        )


@dataclass(frozen=True)
class Sizes:
    """At most how many images of each part are taken: a random part, by a seed."""

    train: int | None = None
    test_normal: int | None = None
    test_abnormal: int | None = None


def parts_of_folders(
    normal: str,
    test_normal: str,
    test_abnormal: Sequence[str],
    reading: Reading,
    sizes: Sizes,
    seed: int,
) -> AnomalySplit:
    """The parts of three folders, or files, of images; several may hold abnormal ones.

    Raises `DatasetError` as `read` does, and where too few images are left.
    """
    train, good, *bad = (
        reading.data_set(path, labels="none") for path in (normal, test_normal, *test_abnormal)
    )
    ill = DataSet(
        "+".join(each.name for each in bad), np.concatenate([each.images for each in bad])
    )
    split = given_split(_distinct(train), _distinct(good), _distinct(ill))
    notes = dict.fromkeys(note for each in (train, good, *bad) for note in each.notes)
    return _large_enough(
        AnomalySplit(
            _some(split.train, sizes.train, seed),
            _some(split.test_normal, sizes.test_normal, seed),
            _some(split.test_abnormal, sizes.test_abnormal, seed),
            seed,
            (*notes, *split.notes),
        )
    )


def parts_of_classes(
    data: str,
    normal_class: str | None,
    abnormal_classes: Sequence[str],
    reading: Reading,
    sizes: Sizes,
    seed: int,
) -> AnomalySplit:
    """The parts of one labelled data set: a class is normal, others (all by default) are not.

    Without a normal class a set that was read by name is split as published, if it was. Raises
    `DatasetError` where a class is not there, or too few images are left.
    """
    found = reading.data_set(data)
    split = split_for_anomaly(
        found,
        normal_class,
        abnormal_class=tuple(abnormal_classes) or None,
        seed=seed,
        train=sizes.train,
        test_normal=sizes.test_normal,
        test_abnormal=sizes.test_abnormal,
        plan=anomaly_plan(found),
    )
    notes = (*found.notes, *split.notes)
    return _large_enough(
        AnomalySplit(split.train, split.test_normal, split.test_abnormal, seed, notes)
    )


def digest(split: AnomalySplit) -> str:
    """SHA-256 (hex) of the pixels of the three parts; labels do not count."""
    hashed = hashlib.sha256()
    for part in (split.train, split.test_normal, split.test_abnormal):
        hashed.update(f"{part.images.shape} uint8\n".encode())
        hashed.update(np.ascontiguousarray(part.images).data)
    return hashed.hexdigest()


def describe(split: AnomalySplit) -> str:
    """In words, how many images each part has."""
    return (
        f"{len(split.train)} normal images to learn from, {len(split.test_normal)} normal and "
        f"{len(split.test_abnormal)} abnormal ones for tests"
    )


def _distinct(data: DataSet) -> DataSet:
    """Each content once."""
    from ..datasets.duplicates import content_hashes

    firsts: dict[bytes, int] = {}
    for row, key in enumerate(content_hashes(data.images)):
        firsts.setdefault(key, row)
    return data if len(firsts) == len(data) else data.take(sorted(firsts.values()))


def _some(data: DataSet, most: int | None, seed: int) -> DataSet:
    """All images, or so many that the seed and their contents choose."""
    if most is None or most >= len(data):
        return data
    keys = [hashlib.sha256(f"{seed}:".encode() + image.tobytes()).digest() for image in data.images]
    return data.take(sorted(sorted(range(len(data)), key=keys.__getitem__)[:most]))


def _large_enough(split: AnomalySplit) -> AnomalySplit:
    for part, kind, least in (
        (split.train, "normal images to learn from", LEAST_TRAIN),
        (split.test_normal, "normal images for tests", LEAST_TEST),
        (split.test_abnormal, "abnormal images for tests", LEAST_TEST),
    ):
        if len(part) < least:
            notes = f" ({'; '.join(split.notes)})" if split.notes else ""
            raise DatasetError(
                f"{part.name}: {len(part)} different {kind}{notes}; {least} are needed at least"
            )
    return split
