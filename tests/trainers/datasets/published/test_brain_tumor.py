"""The brain-tumour sets as Kaggle gives them: a table and numbered files, or folders yes and no."""

from __future__ import annotations

import numpy as np
import pytest

from lossgp.trainers.datasets import DatasetError, read
from lossgp.trainers.datasets.fitting import Fit
from lossgp.trainers.datasets.published import PUBLICATIONS
from lossgp.trainers.datasets.published.survey import survey
from lossgp.trainers.datasets.walking import Pattern

from .pictures import write_picture

HEADER = (
    "Image,Class,Mean,Variance,Standard Deviation,Entropy,Skewness,Kurtosis,Contrast,Energy,ASM,"
    "Homogeneity,Dissimilarity,Correlation,Coarseness\n"
)
ROWS = "".join(f"Image{i},{i % 2}{',0.5' * 13}\n" for i in (1, 2, 3, 10))


def written(root, images, table=HEADER + ROWS):
    (root / "Brain Tumor.csv").write_text(table)
    for i in (1, 2, 3, 10):
        write_picture(images / f"Image{i}.jpg", i, size=(24, 24), mode="RGB")
    return root


@pytest.mark.parametrize("images", ["Brain Tumor/Brain Tumor", "Brain Tumor", "."])
def test_the_table_gives_the_classes_wherever_the_images_lie(tmp_path, images) -> None:
    written(tmp_path, tmp_path / images)
    data = read(f"brain-tumor:{tmp_path}")
    assert data.images.shape == (4, 1, 24, 24)
    assert data.classes == ("no", "yes")
    assert data.labels.tolist() == [1, 0, 1, 0]  # 1, 2, 3, 10
    assert data.notes == ()
    # Named by the folder of the images, too.
    assert read(f"brain-tumor:{tmp_path / images}").digest() == data.digest()


def test_images_and_rows_that_do_not_meet_are_told(tmp_path) -> None:
    written(tmp_path, tmp_path, HEADER + ROWS + f"Image11,1{',0' * 13}\n")
    write_picture(tmp_path / "Image99.jpg", 5, size=(24, 24))
    data = read(f"brain-tumor:{tmp_path}")
    assert len(data) == 4
    assert data.notes == (
        "1 images that Brain Tumor.csv names are not here: image11",
        "1 images are not in Brain Tumor.csv; left out: Image99.jpg",
    )


@pytest.mark.parametrize(
    ("table", "part"),
    [
        ("", "its columns are none; it needs Image and Class"),
        ("Image,Target\nImage1,0\n", "its columns are image, target; it needs Image and Class"),
        (HEADER, "no rows"),
        (HEADER + "Image1,2\n", "line 2: Class is '2'; it must be 0 or 1"),
        (HEADER + "Image1,0\nImage1,1\n", "line 3: Image1 stands there as 0 and as 1"),
        (HEADER + "Other1,0\n", "none of the 1 images that Brain Tumor.csv names is here"),
    ],
)
def test_a_wrong_table_is_refused(tmp_path, table, part) -> None:
    with pytest.raises(DatasetError, match=part):
        read(f"brain-tumor:{written(tmp_path, tmp_path, table)}")


def test_a_huge_table_and_two_files_of_one_name_are_refused(tmp_path, monkeypatch) -> None:
    from lossgp.trainers.datasets.published import tables

    written(tmp_path, tmp_path)
    write_picture(tmp_path / "again" / "Image1.png", 7)
    with pytest.raises(DatasetError, match="have one name"):
        read(f"brain-tumor:{tmp_path}")
    monkeypatch.setattr(tables, "LARGEST", 100)
    with pytest.raises(DatasetError, match="larger than"):
        read(f"brain-tumor:{tmp_path}")


def test_folders_yes_and_no_of_any_sizes_and_modes(tmp_path) -> None:
    write_picture(tmp_path / "no" / "10 no.jpg", 1, (20, 30))
    write_picture(tmp_path / "no" / "N2.JPG", 2, (31, 20), "RGB")
    write_picture(tmp_path / "yes" / "Y1.jpeg", 3, (24, 24))
    write_picture(tmp_path / "yes" / "Y2.png", 4, (18, 24), "RGBA")
    data = read(f"brain-tumor:{tmp_path}", size=16)
    assert data.images.shape == (4, 1, 16, 16)
    assert data.labels.tolist() == [0, 0, 1, 1]
    with pytest.raises(DatasetError, match="ask for a size"):
        read(f"brain-tumor:{tmp_path}")
    # Kaggle's archive holds the files twice.
    write_picture(tmp_path / "brain_tumor_dataset" / "no" / "10 no.jpg", 1, (20, 30))
    again = read(f"brain-tumor:{tmp_path}", size=16)
    assert again.digest() == data.digest()
    assert again.notes == ("the folder brain_tumor_dataset holds the same once more; left out",)
    assert len(read(f"brain-tumor:{tmp_path / 'brain_tumor_dataset'}", size=16)) == 1
    with pytest.raises(DatasetError, match="no images of brain tumours; wanted are the folder"):
        read(f"brain-tumor:{tmp_path / 'yes'}")


def test_a_survey_takes_the_edition_that_is_nearer(tmp_path) -> None:
    labels = np.repeat([0, 1], [98, 155])
    images = np.arange(253, dtype=np.uint16).view(np.uint8).reshape(253, 1, 2)
    np.savez(tmp_path / "mri.npz", images=images, labels=labels)
    entry = PUBLICATIONS["brain-tumor"]
    found = survey(entry, tmp_path / "mri.npz", {}, Fit(), Pattern())
    assert (found.edition, found.published, found.differences) == ("Chakrabarty's", 253, ())
    many = np.zeros((3700, 2, 2), np.uint8)
    np.savez(tmp_path / "mri.npz", images=many, labels=np.repeat([0, 1], [2079, 1621]))
    found = survey(entry, tmp_path / "mri.npz", {}, Fit(), Pattern())
    assert (found.edition, found.published) == ("Bohaju's", 3762)
    assert found.differences == (
        "classes are 0, 1, published no, yes",
        "images: 3700, published 3762",
    )
