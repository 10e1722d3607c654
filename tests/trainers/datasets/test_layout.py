"""What folders' and files' names are taken for, in the layouts that data sets come in."""

from __future__ import annotations

import pytest

from lossgp.trainers.datasets.layout import arranged


def layout(*names: str, split: str = "train"):
    return arranged(sorted(tuple(name.split("/")) for name in names), split)


def files(*names: str, split: str = "train") -> list[str]:
    return ["/".join(parts) for parts in layout(*names, split=split).files]


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("Training", "Testing"), ("Train", "Test"), ("TRAIN", "VAL"), ("train", "valid"),
        ("train", "validation"), ("train", "dev"), ("training_set", "test_set"),
        ("TrainImages", "TestImages"), ("train2017", "val2017"), ("traindata", "testdata"),
        ("seg_train", "seg_test"), ("Training", "eval"), ("train", "test1"), ("train_1", "holdout"),
        ("entraînement", "test"), ("dataset_train", "dataset_val"),
    ],
)  # fmt: skip
def test_splits_are_never_classes_and_test_images_never_trained_on(train, test) -> None:
    names = [f"{split}/{kind}/{i}.png" for split in (train, test) for kind in "ab" for i in "12"]
    found = layout(*names)
    assert {parts[0] for parts in found.files} == {train}
    assert (found.classes, found.labels) == (("a", "b"), [0, 0, 1, 1])
    assert found.notes == ()
    held_out = layout(*names, split="test")
    assert {parts[0] for parts in held_out.files} == {test}
    assert held_out.classes == ("a", "b")


def test_three_splits_and_what_lies_beside_them() -> None:
    names = ["Train/a/1.png", "Train/b/1.png", "Test/a/1.png", "Val/b/1.png", "pred/1.png"]
    assert files(*names, split="test") == ["Test/a/1.png"]
    found = layout(*names, "extra/1.png", "cover.png")
    assert len(found.files) == 2
    (note,) = found.notes
    assert "extra" in note
    assert "1 images in the folder" in note


def test_splits_below_classes_and_below_a_folder_around_all() -> None:
    names = ["w/benign/train/1.png", "w/benign/test/2.png", "w/malignant/Train/3.png"]
    found = layout(*names)
    assert ["/".join(parts) for parts in found.files] == [names[0], names[2]]
    assert found.classes == ("benign", "malignant")
    assert files(*names, split="test") == [names[1]]
    deeper = layout("s/seg_train/seg_train/sea/1.png", "s/seg_train/seg_train/ice/1.png",
                    "s/seg_test/seg_test/sea/1.png")  # fmt: skip
    assert deeper.classes == ("ice", "sea")
    assert len(deeper.files) == 2


def test_a_test_folder_beside_classes_is_left_out_and_told() -> None:
    found = layout("benign/1.png", "malignant/1.png", "test/1.png")
    assert found.classes == ("benign", "malignant")
    assert "taken for test images and left out: test" in found.notes[0]
    assert files("benign/1.png", "malignant/1.png", "test/1.png", split="test") == ["test/1.png"]
    alone = layout("Testing/a/1.png", "Val/b/1.png")
    assert alone.files == []
    assert alone.only_tests


def test_words_of_splits_may_be_classes() -> None:
    assert layout("bus/1.png", "car/1.png", "train/1.png").classes == ("bus", "car", "train")
    assert layout("valid/1.png", "invalid/1.png").classes == ("invalid", "valid")
    assert layout("test_tube/1.png", "train_car/1.png").classes == ("test_tube", "train_car")
    # Class folders within say that it is the split.
    assert files("sample/1.png", "train/a/1.png", "train/b/1.png") == [
        "train/a/1.png", "train/b/1.png",
    ]  # fmt: skip


def test_a_folder_around_all_loses_no_labels() -> None:
    found = layout("Dataset/benign/1.png", "Dataset/malignant/p/1.png")
    assert (found.classes, found.labels) == (("benign", "malignant"), [0, 1])
    assert "the 2 folders in Dataset were taken for classes" in found.notes[0]
    assert layout("x/y/a/1.png", "x/y/b/1.png", "x/y/b/2.png").labels == [0, 1, 1]


def test_images_outside_the_class_folders_are_told() -> None:
    found = layout("a/1.png", "b/1.png", "1.png")
    assert found.labels is None
    assert "1 images lie outside them" in found.notes[0]


@pytest.mark.parametrize(
    ("picture", "masks"),
    [
        ("b/benign (1).png", ["b/benign (1)_mask.png", "b/benign (1)_mask_1.png"]),
        ("a/x.tif", ["a/x_mask.tif"]), ("a/7.jpg", ["a/7-seg.png", "a/7_GT.png", "a/7 mask.png"]),
        ("a/image_7.png", ["a/mask_7.png"]), ("a/7.png", ["a/mask7.png", "a/label_7.png"]),
        ("a/7_image.png", ["a/7_segmentation.png"]),
        ("images/1.png", ["masks/1.png"]), ("img/1.png", ["ground_truth/1.png"]),
        ("lung images/1.png", ["lung masks/1.png"]), ("train/1.png", ["train_masks/1.png"]),
        ("COVID/images/1.png", ["COVID/masks/1.png"]), ("1.png", ["masks/1.png"]),
        ("benign/1.png", ["masks/1.png", "masks/1_mask_1.png"]),
        ("training/images/21.tif", ["training/1st_manual/21_manual1.gif", "training/mask/21.gif"]),
        ("Original/1.tif", ["Ground Truth/1.tif"]), ("7.png", ["Masks/7.png"]),
        ("ISIC_Test_Input/1.jpg", ["ISIC_Test_GroundTruth/1_segmentation.png"]),
    ],
)  # fmt: skip
def test_masks_are_left_out_and_told(picture, masks) -> None:
    found = layout(picture, *masks)
    assert ["/".join(parts) for parts in found.files] == [picture]
    assert found.notes[0].startswith(f"{len(masks)} images were taken for masks and left out: ")
    assert found.labels is None


@pytest.mark.parametrize(
    "names",
    [
        ["with_mask/1.png", "without_mask/1.png"], ["mask/1.png", "nomask/1.png"],
        ["with_mask/with_mask_1.png", "without_mask/without_mask_1.png"],
        ["0/1.png", "mask/1.png"], ["a/x_mask.png", "b/y.png"], ["a/mask.png", "b/seg.png"],
        ["gt/1.png", "bmw/2.png"],
    ],
)  # fmt: skip
def test_pictures_that_are_named_like_masks_stay(names) -> None:
    found = layout(*names)
    assert len(found.files) == len(names)
    assert found.labels == [0, 1]


def test_a_class_that_is_named_as_masks_are_is_told() -> None:
    found = layout("benign/1.png", "malignant/2.png", "masks/77.png")
    assert found.classes == ("benign", "malignant", "masks")
    assert "exclude='masks/*'" in found.notes[0]


def test_names_in_notes_are_printable() -> None:
    found = layout(
        "a/1.png", "b/1.png", "test\n\x1b[2J/1.png", "a/x.png", "a/x_mask\u202e_mask.png"
    )
    for note in found.notes:
        assert note.isprintable()
