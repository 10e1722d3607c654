"""BUSI on files of its layout: pictures, masks, and what people's copies have wrong."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from lossgp.trainers.datasets import DatasetError, read
from lossgp.trainers.datasets.fitting import Fit
from lossgp.trainers.datasets.published import PUBLICATIONS
from lossgp.trainers.datasets.published.survey import survey
from lossgp.trainers.datasets.walking import Pattern

from .pictures import write_mask, write_picture


@pytest.fixture
def busi(tmp_path):
    """Two benign images, one with two masks; one malignant; one normal with an empty mask."""
    root = tmp_path / "Dataset_BUSI_with_GT"
    write_picture(root / "benign" / "benign (10).png", 1, mode="RGB")
    write_picture(root / "benign" / "benign (2).png", 2, mode="RGBA")
    write_picture(root / "malignant" / "malignant (1).png", 3)
    write_picture(root / "normal" / "normal (1).png", 4, mode="RGB")
    write_mask(root / "benign" / "benign (10)_mask.png", (0, 0, 2, 2))
    write_mask(root / "benign" / "benign (10)_mask_1.png", (8, 6, 10, 8))
    write_mask(root / "benign" / "benign (2)_mask.png", (2, 2, 4, 4))
    write_mask(root / "malignant" / "malignant (1)_mask.png", (0, 0, 10, 8))
    write_mask(root / "normal" / "normal (1)_mask.png", None)
    return root


def test_pictures_alone_by_class_and_number(busi) -> None:
    data = read(f"busi:{busi}")
    assert data.images.shape == (4, 1, 8, 10)
    assert data.classes == ("benign", "malignant", "normal")
    assert data.labels.tolist() == [0, 0, 1, 2]
    assert data.masks is None
    assert data.notes == ("5 masks were left out; masks=merge, labels or images uses them",)
    # benign (2) goes before benign (10).
    with Image.open(busi / "malignant" / "malignant (1).png") as image:
        assert np.array_equal(data.images[2, 0], np.asarray(image))
    with Image.open(busi / "benign" / "benign (10).png") as image:
        assert np.array_equal(data.images[1, 0], np.asarray(image.convert("L")))
    assert read(f"busi:{busi.parent}").digest() == data.digest()  # one folder more around it
    assert read(f"busi:{busi}", channels=3, size=4).shape == (3, 4, 4)
    assert len(read(f"busi:{busi}", include="benign/*")) == 2
    assert read(f"busi:{busi}", labels="none").labels is None


def test_masks_of_one_picture_are_merged(busi) -> None:
    data = read(f"busi,masks=merge:{busi}")
    assert data.digest() == read(f"busi:{busi}").digest()
    assert data.masks.shape == (4, 1, 8, 10)
    assert [int(np.sum(mask == 255)) for mask in data.masks] == [4, 8, 80, 0]
    assert data.masks[1, 0, 0, 0] == data.masks[1, 0, 7, 9] == 255
    assert set(np.unique(read(f"busi,masks=merge:{busi}", size=5).masks)) == {0, 255}


def test_masks_as_labels_and_as_images(busi) -> None:
    data = read(f"busi,masks=labels:{busi}")
    assert data.classes == ("nothing marked", "marked")
    assert data.labels.tolist() == [1, 1, 1, 0]
    drawn = read(f"busi,masks=images:{busi}")
    assert np.array_equal(drawn.images, read(f"busi,masks=merge:{busi}").masks)
    assert drawn.labels.tolist() == [0, 0, 1, 2]


def test_what_is_wrong_with_a_copy_is_told(busi) -> None:
    write_mask(busi / "benign" / "benign (77)_mask.png", None)
    write_picture(busi / "benign" / "benign (5).png", 5)
    write_picture(busi / "other" / "x.png", 6)
    notes = read(f"busi,masks=merge:{busi}").notes
    assert notes == (
        "1 files lie in no class folder; left out: other/x.png",
        "1 masks have no picture; left out: benign/benign (77)_mask.png",
        "1 pictures of lesions have no mask; nothing counts as marked in them: "
        "benign/benign (5).png",
    )
    assert len(read(f"busi,masks=images:{busi}")) == 4


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("busi,masks=all:{}", r"'busi': masks is 'all'; input should be 'skip', 'merge'"),
        ("busi,mask=skip:{}", r"no option 'mask' \(did you mean 'masks'\?\); it has masks"),
        ("busi,masks:{}", "option 'masks': write it as key=value"),
        ("busi,masks=skip,masks=merge:{}", "'masks' is given twice"),
        ("busi:{}/benign", "no images of BUSI; wanted are folders benign"),
        ("busi:{}/nowhere", "nowhere: no such file or folder"),
        ("busi:{}/benign/benign (2).png", "is no folder; name the one of the data set"),
        ("busi:{}/a.zip", "a.zip is no folder; unpack it, and name the folder"),
        ("bussi:{}", r"'bussi' in .* \(did you mean 'busi'\?\)"),
    ],
)
def test_bad_input(busi, source, part) -> None:
    (busi / "a.zip").write_bytes(b"PK")
    with pytest.raises(DatasetError, match=part):
        read(source.format(busi))


def test_a_folder_of_masks_alone_is_refused(tmp_path) -> None:
    write_mask(tmp_path / "benign" / "benign (1)_mask.png", None)
    with pytest.raises(DatasetError, match="there are 1 masks, and no pictures"):
        read(f"busi:{tmp_path}")
    write_picture(tmp_path / "normal" / "normal (1).png")
    with pytest.raises(DatasetError, match="no picture has a mask"):
        read(f"busi,masks=images:{tmp_path}")


def test_a_mask_of_another_size_and_a_broken_file_are_named(busi) -> None:
    write_mask(busi / "benign" / "benign (2)_mask.png", None, (9, 8))
    with pytest.raises(DatasetError, match=r"benign \(2\)_mask.png: 9x8 pixels, but .* has 10x8"):
        read(f"busi,masks=merge:{busi}")
    assert len(read(f"busi:{busi}")) == 4
    (busi / "normal" / "normal (1).png").write_bytes(b"\x89PNG")
    with pytest.raises(DatasetError, match=r"normal \(1\).png: damaged, or no image"):
        read(f"busi:{busi}")
    write_picture(busi / "normal" / "normal (1).png", size=(6, 6))
    with pytest.raises(DatasetError, match="ask for a size"):
        read(f"busi:{busi}")


def test_limits_hold_for_pictures_and_masks(busi, monkeypatch) -> None:
    write_mask(busi / "benign" / "benign (2)_mask.png", None, (90, 90))
    monkeypatch.setenv("LOSSGP_MAX_PIXELS", "100")
    assert len(read(f"busi:{busi}")) == 4
    with pytest.raises(DatasetError, match=r"benign \(2\)_mask.png: more than 100 pixels"):
        read(f"busi,masks=merge:{busi}")
    monkeypatch.setenv("LOSSGP_MAX_PIXELS", "50")
    with pytest.raises(DatasetError, match=r"benign \(2\).png: more than 50 pixels"):
        read(f"busi:{busi}")


def test_arrays_have_the_names_that_their_counts_tell(tmp_path) -> None:
    images = np.zeros((780, 4, 4), np.uint8)
    labels = np.repeat([0, 1, 2], [133, 437, 210])
    np.savez(tmp_path / "busi.npz", images=images, labels=labels)
    data = read(f"busi:{tmp_path / 'busi.npz'}")
    assert data.classes == ("normal", "benign", "malignant")
    assert "0 for normal, 1 for benign, 2 for malignant" in data.notes[0]
    np.savez(tmp_path / "part.npz", images=images[:140], labels=labels[:140])
    part = read(f"busi:{tmp_path / 'part.npz'}")
    assert part.classes == ("0", "1")
    assert "is not known" in part.notes[0]
    with pytest.raises(DatasetError, match="holds no masks"):
        read(f"busi,masks=merge:{tmp_path / 'part.npz'}")
    with pytest.raises(DatasetError, match="for folders"):
        read(f"busi:{tmp_path / 'part.npz'}", include="a*")


def found(path, fit=None, **options):
    return survey(PUBLICATIONS["busi"], path, options, fit or Fit(), Pattern())


def test_a_survey_compares_counts_and_finds_copies_and_broken_files(busi) -> None:
    first = found(busi)
    assert first.splits == {"all": {"benign": 2, "malignant": 1, "normal": 1}}
    assert (first.images, first.different, first.smallest) == (4, 4, (8, 10))
    assert first.differences == (
        "benign: 2, published 437", "malignant: 1, published 210", "normal: 1, published 133",
    )  # fmt: skip
    write_picture(busi / "malignant" / "malignant (2).png", 3)
    write_picture(busi / "normal" / "normal (2).png", 3)
    (busi / "normal" / "normal (3).png").write_bytes(b"text")
    again = found(busi)
    assert (again.images, again.different) == (7, 4)
    assert again.warnings[:2] == (
        "2 images are copies of earlier ones: malignant/malignant (1).png = "
        "malignant/malignant (2).png",
        "1 of the copied images are in several classes",
    )
    assert "normal (3).png: damaged" in again.differences[-1]
    assert found(busi, Fit.of(4, None, "center")).largest == (4, 4)
    write_mask(busi / "benign" / "benign (2)_mask.png", None, (9, 8))
    assert not any("9x8" in line for line in found(busi).differences)
    assert any("9x8 pixels, but" in line for line in found(busi, masks="merge").differences)


def test_the_published_counts_differ_in_nothing(tmp_path) -> None:
    labels = np.repeat([0, 1, 2], [133, 437, 210])
    images = np.arange(780, dtype=np.uint16).view(np.uint8).reshape(780, 1, 2)
    np.savez(tmp_path / "busi.npz", images=images, labels=labels)
    done = found(tmp_path / "busi.npz")
    assert (done.differences, done.different, done.published) == ((), 780, 780)
