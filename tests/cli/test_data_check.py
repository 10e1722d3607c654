"""lossgp data check and list, of sets that are read in their published layout."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from PIL import Image

from lossgp.cli.data import command
from lossgp.trainers.datasets import DatasetError


@pytest.fixture
def busi(tmp_path, monkeypatch):
    """Three pictures of BUSI, two of them alike, in the current folder."""
    pictures = {"benign/benign (1)": 10, "normal/normal (1)": 10, "normal/normal (2)": 9}
    for name, grey in pictures.items():
        path = tmp_path / "BUSI" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (10, 8), grey).save(path)
    (tmp_path / "BUSI" / "malignant").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOSSGP_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("LOSSGP_DATA", raising=False)
    return tmp_path


def run(*arguments) -> str:
    """What `lossgp data` prints; a user's error is raised."""
    result = CliRunner().invoke(command, [str(each) for each in arguments])
    if result.exception is not None:
        raise result.exception
    return result.output


def test_it_is_compared_with_its_publication(busi) -> None:
    out = run("check", "busi", "BUSI")
    for part in (
        "name      busi: BUSI, breast ultrasounds",
        "licence: CC BY 4.0",
        "images    3, 8x10 (height x width), 2 different ones",
        "labels    3 classes (benign: 1, malignant: 0, normal: 2)",
        "published differs from the 780 published images",
        "differs   malignant: 0, published 210",
        "copies of earlier ones: benign/benign (1).png = normal/normal (1).png",
        "warning   1 of the copied images are in several classes",
        "known     copies of images",
    ):
        assert part in out
    assert run("check", "busi:BUSI") == out
    assert "this looks like busi" in run("check", "BUSI", "--size", 4)


def test_a_path_is_taken_as_it_is_whatever_lies_in_data_directories(busi, monkeypatch) -> None:
    (busi / "other").mkdir()
    monkeypatch.setenv("LOSSGP_DATA", str(busi))
    assert "images    3" in run("check", "busi")
    with pytest.raises(DatasetError, match="other: no images of BUSI"):
        run("check", "busi", "other")
    with pytest.raises(DatasetError, match=r"image\.png: no such file or folder"):
        run("check", "busi", "image.png")


def test_options_of_its_own_sizes_and_splits(busi) -> None:
    more = ("--data", ".", "--size", 4, "-o", "masks=merge", "--json")
    found = json.loads(run("check", "busi", *more))
    assert found["largest"] == [4, 4]
    assert found["differences"][0] == "benign: 1, published 437"
    assert (
        json.loads(run("check", "busi", "BUSI", "--include", "normal/*", "--json"))["images"] == 2
    )
    for split in ("train", "val"):
        for animal in ("cat", "dog"):
            path = busi / "afhq" / split / animal / "1.png"
            path.parent.mkdir(parents=True)
            Image.new("RGB", (8, 8), 9).save(path)
    whole = run("check", "afhq", "afhq")
    assert "labels    train: 3 classes (cat: 1, dog: 1, wild: 0)" in whole
    assert "labels    test: 3 classes (cat: 1, dog: 1, wild: 0)" in whole
    assert "train" not in run("check", "afhq", "afhq", "--split", "test").split("differs from")[0]


def test_the_list_tells_all_that_is_known_of_one(busi) -> None:
    (row,) = json.loads(run("list", "busi", "--data", ".", "--json"))
    assert (row["found"], row["images"]) == ("BUSI", {"all": 780})
    assert row["options"] == {"masks": "skip|merge|labels|images, by default skip"}
    one = run("list", "busi")
    assert "where     https://scholar.cu.edu.eg/Dataset_BUSI.zip" in one
    assert "found     not here" in one
    assert "option    masks: skip|merge|labels|images, by default skip" in one
    assert "names     benign, malignant, normal" in one
    assert "split" not in one
    assert "found     dicom:PATH" in run("list", "dicom")
    assert "split     2343 normal images to train on (non_glaucoma), 800" in run("list", "lag")
    assert "option    slices: middle, all, 40-60, 40%-60%, by default middle" in run(
        "list", "nifti"
    )
    names = {row["name"]: row for row in json.loads(run("list", "--json"))}
    assert {"brain-tumor", "busi", "breastmnist", "hyper-kvasir", "lag", "brecahad"} <= set(names)
    assert all(row["licence"] and row["where"] for row in names.values() if "where" in row)
