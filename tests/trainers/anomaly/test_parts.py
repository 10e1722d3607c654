from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lossgp.trainers.anomaly.parts import (
    Reading,
    Sizes,
    describe,
    digest,
    parts_of_classes,
    parts_of_folders,
)
from lossgp.trainers.datasets import DatasetError
from lossgp.trainers.datasets.splits import AnomalySplit

READING = Reading(size=8, channels=1)


def images(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 8, 8), dtype=np.uint8)


def labelled(path: Path, classes: dict[str, np.ndarray]) -> str:
    labels = np.repeat(list(classes), [len(each) for each in classes.values()])
    np.savez(path / "set.npz", images=np.concatenate(list(classes.values())), labels=labels)
    return str(path / "set.npz")


def folder(path: Path, pictures: np.ndarray) -> str:
    path.mkdir(parents=True)
    for i, picture in enumerate(pictures):
        Image.fromarray(picture).save(path / f"{i}.png")
    return str(path)


def keys(part) -> set[bytes]:
    return {image.tobytes() for image in getattr(part, "images", part)}


def counts(split: AnomalySplit) -> list[int]:
    return [len(part) for part in (split.train, split.test_normal, split.test_abnormal)]


def test_a_class_is_split_and_all_others_are_abnormal(tmp_path: Path) -> None:
    data = labelled(tmp_path, {"good": images(20, 0), "bad": images(5, 1), "ugly": images(3, 2)})
    found = parts_of_classes(data, "good", (), READING, Sizes(), 0)
    assert counts(found) == [16, 4, 8]
    assert keys(found.train) | keys(found.test_normal) == keys(images(20, 0))
    some = parts_of_classes(data, "good", ("ugly",), READING, Sizes(10, 3, 2), 0)
    assert counts(some) == [10, 3, 2]
    assert keys(some.test_abnormal) < keys(images(3, 2))
    assert describe(some).startswith("10 normal images to learn from, 3 normal and 2 abnormal")


def test_a_set_by_name_is_split_as_published_where_no_class_is_said(
    tmp_path: Path, monkeypatch
) -> None:
    from lossgp.trainers.datasets.published import PUBLICATIONS
    from lossgp.trainers.datasets.splits import AnomalyPlan

    for kind, pictures in (("non_glaucoma", images(20, 0)), ("suspicious_glaucoma", images(9, 1))):
        folder(tmp_path / "LAG" / kind / "image", pictures)
    plan = AnomalyPlan(("non_glaucoma",), ("suspicious_glaucoma",), 11, 5, 7, "a paper")
    monkeypatch.setitem(PUBLICATIONS, "lag", replace(PUBLICATIONS["lag"], plan=plan))
    found = parts_of_classes(f"lag:{tmp_path}", None, (), READING, Sizes(), 0)
    assert counts(found) == [11, 5, 7]
    assert "split as in a paper; which images, seed 0 chose" in found.notes
    some = parts_of_classes(f"lag:{tmp_path}", None, (), READING, Sizes(train=9), 0)
    assert counts(some) == [9, 5, 7]
    # By its name alone it is found where data lie.
    monkeypatch.setenv("LOSSGP_DATA", str(tmp_path))
    assert digest(parts_of_classes("lag", None, (), READING, Sizes(), 0)) == digest(found)


def test_the_seed_of_the_split_chooses_the_images(tmp_path: Path) -> None:
    data = labelled(tmp_path, {"good": images(20, 0), "bad": images(5, 1)})
    first, again, other = (
        parts_of_classes(data, "good", (), READING, Sizes(), seed) for seed in (0, 0, 1)
    )
    assert digest(first) == digest(again)
    assert keys(first.train) != keys(other.train)


def test_three_folders_and_more_of_abnormal_images(tmp_path: Path) -> None:
    normal = folder(tmp_path / "train", np.concatenate([images(10, 0), images(2, 0)]))
    test_normal = folder(tmp_path / "good", np.concatenate([images(3, 1), images(1, 0)]))
    broken = folder(tmp_path / "broken", images(2, 2))
    bent = folder(tmp_path / "bent", images(2, 3))
    found = parts_of_folders(normal, test_normal, [broken, bent], READING, Sizes(), 0)
    # A test image that is there to learn from, too, leaves what is learned from; copies count once.
    assert counts(found) == [9, 4, 4]
    assert not keys(found.train) & keys(found.test_normal)
    assert any("in the test sets too" in note for note in found.notes)
    capped = parts_of_folders(normal, test_normal, [broken, bent], READING, Sizes(8, 2, 3), 0)
    assert counts(capped) == [8, 2, 3]
    other = parts_of_folders(normal, test_normal, [broken, bent], READING, Sizes(8, 2, 3), 1)
    assert digest(capped) != digest(other)


def test_patterns_and_channels_are_heeded(tmp_path: Path) -> None:
    normal = folder(tmp_path / "train", images(12, 0))
    test = folder(tmp_path / "good", images(3, 1))
    bad = folder(tmp_path / "bad", images(3, 2))
    reading = Reading(16, 3, "none", exclude=("11.png",))
    found = parts_of_folders(normal, test, [bad], reading, Sizes(), 0)
    assert found.train.images.shape == (11, 3, 16, 16)


def test_digits_come_by_name_enlarged() -> None:
    found = parts_of_classes("digits", "0", (), Reading(16, 1), Sizes(test_abnormal=40), 0)
    assert found.train.shape == (1, 16, 16)
    assert len(found.test_abnormal) == 40


@pytest.mark.parametrize(
    ("normal", "abnormal", "words"),
    [
        ("god", (), "no class 'god' .did you mean 'good'"),
        ("good", ("good",), "normal and abnormal at once"),
        ("few", (), "normal images to learn from; 8 are needed"),
    ],
)
def test_classes_that_cannot_be_are_refused(tmp_path: Path, normal, abnormal, words) -> None:
    data = labelled(tmp_path, {"good": images(20, 0), "few": images(3, 1)})
    with pytest.raises(DatasetError, match=words):
        parts_of_classes(data, normal, abnormal, READING, Sizes(), 0)


def test_the_digest_holds_which_part_an_image_is_in(tmp_path: Path) -> None:
    data = labelled(tmp_path, {"good": images(20, 0), "bad": images(5, 1)})
    found = parts_of_classes(data, "good", (), READING, Sizes(), 0)
    turned = replace(found, test_normal=found.test_abnormal, test_abnormal=found.test_normal)
    assert digest(found) != digest(turned)
