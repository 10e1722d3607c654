from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from lossgp.trainers.datasets import DatasetError, read

GREY = np.arange(24, dtype=np.uint8).reshape(6, 4)


def save(path, value=0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = {".jfif": "JPEG", ".jpe": "JPEG", ".pbm": "PPM"}.get(path.suffix)
    Image.fromarray(GREY + np.uint8(value)).save(path, kind)


def test_links_to_class_folders_are_followed_and_circles_end(tmp_path) -> None:
    save(tmp_path / "far" / "b" / "1.png", 1)
    save(tmp_path / "near" / "a" / "1.png")
    (tmp_path / "near" / "b").symlink_to(tmp_path / "far" / "b")
    (tmp_path / "near" / "a" / "round").symlink_to(tmp_path / "near")
    (tmp_path / "near" / "itself").symlink_to(tmp_path / "near" / "itself")
    data = read(tmp_path / "near")
    assert data.classes == ("a", "b")
    assert data.images[:, 0, 0, 0].tolist() == [0, 1]
    assert data.notes == ("a/round is the same folder as the folder itself; it was left out",)
    # Of a folder and a link to it, the folder's own name counts.
    (tmp_path / "far" / "a_link").symlink_to(tmp_path / "far" / "b")
    save(tmp_path / "far" / "c" / "1.png")
    assert read(tmp_path / "far").classes == ("b", "c")


def test_what_systems_put_beside_files_is_left_out(tmp_path) -> None:
    for name in ("a/1.png", "b/1.png", "a/@eaDir/1.png", "@eaDir/x/1.png", "#recycle/1.png"):
        save(tmp_path / name)
    data = read(tmp_path)
    assert len(data) == 2
    assert data.classes == ("a", "b")


def test_less_common_names_are_read_and_foreign_kinds_are_told(tmp_path) -> None:
    for name in ("1.jfif", "2.jpe", "3.JFIF"):
        save(tmp_path / name)
    for name in ("4.dcm", "5.heic", "6.DCM", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    data = read(tmp_path)
    assert len(data) == 3
    assert data.notes == ("files of kinds that are not read were left out: .dcm (2), .heic (1)",)


def test_patterns_choose_files(tmp_path) -> None:
    for name in ("a/1.png", "a/1_mask.png", "b/2.png", "b/2_left.png", "c/3.png"):
        save(tmp_path / name)
    assert len(read(tmp_path)) == 4
    assert read(tmp_path, include="[AB]/*").classes == ("a", "b")
    assert len(read(tmp_path, exclude=["*_LEFT.png", "c/*"])) == 2
    # Masks are what was asked for here, and no pictures lie beside them.
    assert len(read(tmp_path, include=["*_mask.png"])) == 1
    with pytest.raises(DatasetError, match="no images that the patterns want here nor below"):
        read(tmp_path, include="*.gif")
    np.save(tmp_path / "x.npy", GREY[None])
    with pytest.raises(DatasetError, match="include and exclude are for folders"):
        read(tmp_path / "x.npy", exclude="*")


def test_labels_can_be_left_out(tmp_path) -> None:
    for name in ("a/1.png", "b/1.png"):
        save(tmp_path / name)
    assert read(tmp_path, labels="none").labels is None
    with pytest.raises(DatasetError, match="labels is 'all'; it must be one of auto, none"):
        read(tmp_path, labels="all")


def test_nothing_but_test_images_says_so(tmp_path) -> None:
    save(tmp_path / "Testing" / "1.png")
    with pytest.raises(DatasetError, match=r"named as test images are: .*Testing; name such"):
        read(tmp_path)
    assert len(read(tmp_path, split="test")) == 1
    assert len(read(tmp_path / "Testing")) == 1
