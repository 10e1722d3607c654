from __future__ import annotations

import numpy as np
import pytest

from lossgp.trainers.datasets import DataSet, DatasetError
from lossgp.trainers.datasets.duplicates import content_hash, content_hashes, duplicates
from lossgp.trainers.datasets.splits import (
    AnomalyPlan,
    given_split,
    held_out,
    split_for_anomaly,
)

CLASSES = ("healthy", "polyp", "ulcer")


def made(counts=(20, 8, 6), seed=0) -> DataSet:
    """Different images of three classes."""
    n = sum(counts)
    images = np.random.default_rng(seed).integers(0, 256, (n, 1, 4, 4), np.uint8)
    return DataSet("made", images, np.repeat(np.arange(len(counts)), counts), CLASSES)


def contents(data: DataSet) -> list[bytes]:
    return content_hashes(data.images)


def test_parts_share_nothing_and_hold_what_they_say() -> None:
    data = made()
    split = split_for_anomaly(data, "healthy")
    parts = (split.train, split.test_normal, split.test_abnormal)
    assert [len(part) for part in parts] == [16, 4, 14]
    assert len({each for part in parts for each in contents(part)}) == 34
    assert set(split.train.labels) == {0}
    assert set(split.test_normal.labels) == {0}
    assert set(split.test_abnormal.labels) == {1, 2}
    assert split.notes == ()
    record = split.record()
    assert record["seed"] == 0
    assert record["train"] == {"images": 16, "sha256": split.train.digest()}


def test_each_option_of_a_split_counts() -> None:
    data = made()
    split = split_for_anomaly(
        data, "healthy", abnormal_class="ulcer", train=5, test_normal=3, test_abnormal=2
    )
    assert [len(p) for p in (split.train, split.test_normal, split.test_abnormal)] == [5, 3, 2]
    assert set(split.test_abnormal.labels) == {2}
    both = split_for_anomaly(data, ("healthy", "polyp"))
    assert set(both.train.labels) == {0, 1}
    assert set(both.test_abnormal.labels) == {2}
    # More training images leave the tests as they are.
    more = split_for_anomaly(data, "healthy", train=9, test_normal=3)
    assert more.test_normal.digest() == split.test_normal.digest()
    plan = AnomalyPlan(("polyp",), ("ulcer",), 4, 2, 3, "a paper")
    planned = split_for_anomaly(data, plan=plan)
    assert [len(p) for p in (planned.train, planned.test_normal, planned.test_abnormal)] == [
        4,
        2,
        3,
    ]
    assert set(planned.train.labels) == {1}
    assert planned.notes == ("split as in a paper; which images, seed 0 chose",)
    assert set(split_for_anomaly(data, "healthy", plan=plan).train.labels) == {0}


def test_seed_and_contents_choose_not_the_order_of_the_files() -> None:
    data = made()
    shuffled = data.take(np.random.default_rng(1).permutation(len(data)))
    first, again = (split_for_anomaly(each, "healthy", seed=3) for each in (data, shuffled))
    assert sorted(contents(first.train)) == sorted(contents(again.train))
    other = split_for_anomaly(data, "healthy", seed=4)
    assert sorted(contents(first.train)) != sorted(contents(other.train))


def test_copies_cross_no_split() -> None:
    data = made()
    copied = [*range(34), *range(10), 0, 25]
    again = DataSet(
        "copies", data.images[copied], np.array([*data.labels[copied[:-2]], 1, 0]), CLASSES
    )
    split = split_for_anomaly(again, "healthy")
    parts = [contents(p) for p in (split.train, split.test_normal, split.test_abnormal)]
    assert sum(map(len, parts)) == len({each for part in parts for each in part}) == 32
    # Images 0 and 25 are there as healthy and as ill: in no part.
    lost = {content_hash(data.images[0]), content_hash(data.images[25])}
    assert not lost & {each for part in parts for each in part}
    assert split.notes == (
        "2 images are there as normal and as abnormal; left out",
        "10 images are copies of others and were left out",
    )


def test_given_parts_lose_what_crosses() -> None:
    data = made()
    split = given_split(data.take(range(12)), data.take(range(10, 15)), data.take(range(14, 20)))
    assert (len(split.train), len(split.test_normal), len(split.test_abnormal)) == (10, 4, 5)
    assert split.seed is None
    assert split.notes == (
        "1 images are in the normal and the abnormal test set; left out of both",
        "2 images to train on are in the test sets too; left out of training",
    )
    with pytest.raises(DatasetError, match="all images to train on are in another part"):
        given_split(data.take([1]), data.take([1, 2]), data.take([3]))
    wide = DataSet("wide", np.zeros((2, 1, 4, 8), np.uint8))
    with pytest.raises(DatasetError, match=r"abnormal ones \(1, 4, 8\)"):
        given_split(data, data, wide)


def test_held_out_images_have_no_copies_outside() -> None:
    data = made()
    twice = data.take([*range(34), *range(34)])
    kept, out = held_out(twice, 0.25, seed=1)
    assert (len(kept), len(out)) == (52, 16)
    assert not set(contents(kept)) & set(contents(out))
    assert out.digest() == held_out(twice, 0.25, seed=1)[1].digest()
    assert out.digest() != held_out(twice, 0.25, seed=2)[1].digest()
    for share in (0.0, 1.0, 0.001, float("nan")):
        with pytest.raises(DatasetError, match="share is"):
            held_out(data, share)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({}, r"which class is normal\? It has healthy, polyp, ulcer"),
        ({"normal_class": "polip"}, r"no class 'polip' \(did you mean 'polyp'\?\)"),
        ({"normal_class": "polyp", "abnormal_class": ["polyp", "ulcer"]}, "at once: polyp"),
        ({"normal_class": "healthy", "train": 17}, "train is 17, and 16 different images"),
        ({"normal_class": "healthy", "train": 0}, "train is 0"),
        ({"normal_class": "healthy", "test_normal": 20}, "test_normal is 20"),
        ({"normal_class": "healthy", "test_abnormal": 15}, "test_abnormal is 15, and 14"),
        ({"normal_class": CLASSES}, "0 different abnormal images"),
    ],
)
def test_what_cannot_be_split_is_said(arguments, part) -> None:
    with pytest.raises(DatasetError, match=part):
        split_for_anomaly(made(), **arguments)


def test_without_labels_there_is_no_split() -> None:
    with pytest.raises(DatasetError, match="has no labels"):
        split_for_anomaly(DataSet("bare", made().images), "healthy")


def test_duplicates_are_grouped_and_contradictions_found() -> None:
    data = made()
    found = duplicates(contents(data.take([0, 1, 0, 2, 1, 0])))
    assert found.groups == ((0, 2, 5), (1, 4))
    assert found.copies == 3
    assert found.contradictions([0, 1, 0, 0, 2, 0]) == (1,)
    flat = np.zeros((1, 2, 8), np.uint8)
    assert content_hash(flat) != content_hash(flat.reshape(1, 4, 4))  # the shape counts


def test_taking_images_takes_labels_and_masks_along() -> None:
    data = made()
    masks = np.zeros((34, 1, 4, 4), np.uint8)
    masks[7] = 255
    marked = DataSet("made", data.images, data.labels, CLASSES, masks=masks)
    part = marked.take([7, 30], name="part")
    assert part.name == "part"
    assert part.labels.tolist() == [0, 2]
    assert part.masks.max(axis=(1, 2, 3)).tolist() == [255, 0]
    assert marked.digest() == data.digest()
    with pytest.raises(DatasetError, match="no image is left"):
        data.take([])
    with pytest.raises(DatasetError, match="masks are uint8"):
        DataSet("made", data.images, masks=masks[:5])
