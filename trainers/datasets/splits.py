"""Parts of a data set that share no image: for anomaly detection, and held out.

Who is drawn depends on the seed and on the images' contents alone: not on the order of the files,
nor on the version of a library. An image that is there twice counts once, so that no copy of a
training image is in a test; one that is there as normal and as abnormal is in neither.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lossgp.common.echo import printable, quoted
from lossgp.common.suggesting import did_you_mean

from .dataset import DataSet, DatasetError
from .duplicates import content_hashes

TEST_SHARE = 0.2
"""Of the normal images, how many are tested on where nothing is said and nothing is published."""


@dataclass(frozen=True)
class AnomalyPlan:
    """A published split for anomaly detection: classes, and how many images of each part.

    abnormal       the classes of the abnormal images.
    test_abnormal  how many of them; None: all.
    """

    normal: tuple[str, ...]
    abnormal: tuple[str, ...]
    train: int
    test_normal: int
    test_abnormal: int | None
    source: str

    def in_words(self) -> str:
        """The split for people."""
        abnormal = "all" if self.test_abnormal is None else self.test_abnormal
        return (
            f"{self.train} normal images to train on ({', '.join(self.normal)}), "
            f"{self.test_normal} normal and {abnormal} abnormal ones "
            f"({', '.join(self.abnormal)}) to test ({self.source})"
        )


@dataclass(frozen=True)
class AnomalySplit:
    """What an anomaly detector is trained on (normal images alone) and tested on.

    seed   that the parts were drawn with; None where they were given.
    notes  what was left out, for people.
    """

    train: DataSet
    test_normal: DataSet
    test_abnormal: DataSet
    seed: int | None
    notes: tuple[str, ...]

    def record(self) -> dict[str, object]:
        """What a result should say of it, as JSON: seed, and each part's size and SHA-256."""
        parts = {
            "train": self.train,
            "test_normal": self.test_normal,
            "test_abnormal": self.test_abnormal,
        }
        said = {
            name: {"images": len(part), "sha256": part.digest()} for name, part in parts.items()
        }
        return {"seed": self.seed, **said, "notes": list(self.notes)}


def split_for_anomaly(
    data: DataSet,
    normal_class: str | Sequence[str] | None = None,
    *,
    abnormal_class: str | Sequence[str] | None = None,
    seed: int = 0,
    train: int | None = None,
    test_normal: int | None = None,
    test_abnormal: int | None = None,
    plan: AnomalyPlan | None = None,
) -> AnomalySplit:
    """Parts of a labelled data set, drawn with a seed.

    Args:
        data: the data set; it needs labels.
        normal_class: the class, or the classes, of what is normal; None: the plan's.
        abnormal_class: of what is not; None: the plan's, or all other classes.
        seed: which images are drawn.
        train: how many normal images to train on; None: the plan's, or all that are left.
        test_normal: how many to test on; None: the plan's, or a fifth.
        test_abnormal: how many abnormal ones; None: the plan's, or all.
        plan: a published split (see `published.anomaly_plan`), for what is not said here.

    Raises `DatasetError` where a class is unknown, or there are too few images.
    """
    published: tuple[str, ...] = ()
    if plan is not None and normal_class is None:
        published = (f"split as in {plan.source}; which images, seed {seed} chose",)
        abnormal_class = plan.abnormal if abnormal_class is None else abnormal_class
        train = plan.train if train is None else train
        test_normal = plan.test_normal if test_normal is None else test_normal
        test_abnormal = plan.test_abnormal if test_abnormal is None else test_abnormal
        normal_class = plan.normal
    if normal_class is None:
        raise DatasetError(
            f"data set {data.name!r}: which class is normal? It has {_listed(data.classes)}"
        )
    normals = _indices(data, normal_class)
    if abnormal_class is None:
        abnormal_class = [name for i, name in enumerate(data.classes) if i not in normals]
    others = _indices(data, abnormal_class)
    if both := normals & others:
        named = _listed(tuple(data.classes[i] for i in sorted(both)))
        raise DatasetError(f"data set {data.name!r}: normal and abnormal at once: {named}")
    hashes = content_hashes(data.images)
    normal, abnormal = (_members(data, indices) for indices in (normals, others))
    healthy, ill, notes = _distinct(hashes, normal, abnormal)
    healthy, ill = _drawn(hashes, healthy, seed), _drawn(hashes, ill, seed)
    tested = _count("test_normal", test_normal, round(TEST_SHARE * len(healthy)), len(healthy) - 1)
    trained = _count("train", train, len(healthy) - tested, len(healthy) - tested)
    judged = _count("test_abnormal", test_abnormal, len(ill), len(ill))
    # The test is drawn first: more or fewer training images leave it as it is.
    return AnomalySplit(
        data.take(sorted(healthy[tested : tested + trained])),
        data.take(sorted(healthy[:tested])),
        data.take(sorted(ill[:judged])),
        seed,
        (*published, *notes),
    )


def given_split(train: DataSet, test_normal: DataSet, test_abnormal: DataSet) -> AnomalySplit:
    """Three data sets as the parts of a split, without what is in several of them.

    Tests stay as they were given, for figures of the same test to be comparable: copies of their
    images leave the training set; what both tests hold leaves both. Raises `DatasetError` where
    images have different shapes, or a part loses all.
    """
    shapes = {part.shape for part in (train, test_normal, test_abnormal)}
    if len(shapes) > 1:
        raise DatasetError(
            f"images to train on are {train.shape}, normal ones of the test {test_normal.shape}, "
            f"abnormal ones {test_abnormal.shape} (channels, height, width); read all with one size"
        )
    parts = (train, test_normal, test_abnormal)
    seen, normal, abnormal = (content_hashes(part.images) for part in parts)
    both = set(normal) & set(abnormal)
    tested = {*normal, *abnormal}
    notes = []
    if both:
        notes.append(
            f"{len(both)} images are in the normal and the abnormal test set; left out of both"
        )
    if crossing := sum(each in tested for each in seen):
        notes.append(
            f"{crossing} images to train on are in the test sets too; left out of training"
        )
    return AnomalySplit(
        _without(train, seen, tested, "to train on"),
        _without(test_normal, normal, both, "of the normal test set"),
        _without(test_abnormal, abnormal, both, "of the abnormal test set"),
        None,
        tuple(notes),
    )


def held_out(data: DataSet, share: float, seed: int = 0) -> tuple[DataSet, DataSet]:
    """A data set in two parts, `share` of its contents in the second; copies stay on one side.

    Raises `DatasetError` where a part would be empty.
    """
    hashes = content_hashes(data.images)
    firsts = list({each: i for i, each in enumerate(hashes)}.values())  # one of each content
    count = round(share * len(firsts)) if 0 < share < 1 else 0
    if not 0 < count < len(firsts):
        raise DatasetError(
            f"share is {share:g} of {len(firsts)} different images of {data.name!r}; both parts "
            "need some: give a share between 0 and 1"
        )
    out = {hashes[i] for i in _drawn(hashes, firsts, seed)[:count]}
    is_out = np.array([each in out for each in hashes])
    return data.take(np.flatnonzero(~is_out)), data.take(np.flatnonzero(is_out))


def _indices(data: DataSet, names: str | Sequence[str]) -> set[int]:
    if data.labels is None:
        raise DatasetError(
            f"data set {data.name!r} has no labels; normal images cannot be told from others: "
            "give them in folders of their own"
        )
    chosen = (names,) if isinstance(names, str) else tuple(names)
    for name in chosen:
        if name not in data.classes:
            raise DatasetError(
                f"data set {data.name!r} has no class {quoted(name)}"
                f"{did_you_mean(str(name), data.classes)}; it has {_listed(data.classes)}"
            )
    return {data.classes.index(name) for name in chosen}


def _members(data: DataSet, classes: set[int]) -> list[int]:
    labels: NDArray[np.int64] = np.zeros(0, np.int64) if data.labels is None else data.labels
    return np.flatnonzero(np.isin(labels, sorted(classes))).tolist()


def _distinct(
    hashes: list[bytes], normal: list[int], abnormal: list[int]
) -> tuple[list[int], list[int], tuple[str, ...]]:
    """One index of each content, without those that are on both sides."""
    sides = [{hashes[i]: i for i in reversed(side)} for side in (normal, abnormal)]
    both = sides[0].keys() & sides[1].keys()
    notes = []
    if both:
        notes.append(f"{len(both)} images are there as normal and as abnormal; left out")
    if copies := len(normal) + len(abnormal) - len(sides[0]) - len(sides[1]):
        notes.append(f"{copies} images are copies of others and were left out")
    healthy, ill = ([i for each, i in side.items() if each not in both] for side in sides)
    for kind, left in (("normal", healthy), ("abnormal", ill)):
        if len(left) < (2 if kind == "normal" else 1):
            raise DatasetError(
                f"there are {len(left)} different {kind} images; a split needs two normal and "
                "one abnormal at least"
            )
    return healthy, ill, tuple(notes)


def _drawn(hashes: list[bytes], indices: list[int], seed: int) -> list[int]:
    """The indices in the order that a seed gives their contents."""
    key = f"lossgp:{seed}:split:".encode()
    return sorted(indices, key=lambda i: hashlib.sha256(key + hashes[i]).digest())


def _count(what: str, wanted: int | None, default: int, there: int) -> int:
    count = max(1, default) if wanted is None else wanted
    if not 1 <= count <= there:
        raise DatasetError(
            f"{what} is {count}, and {there} different images are left for it; take fewer there, "
            "or of the other parts"
        )
    return count


def _without(data: DataSet, hashes: list[bytes], unwanted: set[bytes], what: str) -> DataSet:
    left = [i for i, each in enumerate(hashes) if each not in unwanted]
    if not left:
        raise DatasetError(f"data set {data.name!r}: all images {what} are in another part, too")
    return data.take(left)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(printable(name, 40) for name in names[:20])
    return shown + (f" and {len(names) - 20:,} more" if len(names) > 20 else "") or "no classes"
