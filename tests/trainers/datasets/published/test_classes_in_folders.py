"""Hyper-Kvasir, LAG, AFHQ and BreCaHAD on files of their layouts."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from lossgp.trainers.datasets import DatasetError, read, split_for_anomaly
from lossgp.trainers.datasets.fitting import Fit
from lossgp.trainers.datasets.published import PUBLICATIONS, anomaly_plan
from lossgp.trainers.datasets.published.survey import survey
from lossgp.trainers.datasets.walking import Pattern

from .pictures import write_picture

KVASIR = (
    "lower-gi-tract/anatomical-landmarks/cecum/a.jpg",
    "lower-gi-tract/anatomical-landmarks/cecum/b.jpg",
    "lower-gi-tract/anatomical-landmarks/ileum/c.jpg",
    "lower-gi-tract/pathological-findings/polyps/d.jpg",
    "upper-gi-tract/anatomical-landmarks/z-line/e.jpg",
)


@pytest.fixture
def kvasir(tmp_path):
    root = tmp_path / "labeled-images"
    for i, name in enumerate(KVASIR):
        write_picture(root / name, i, (20, 16), "RGB")
    (root / "image-labels.csv").write_text("Video file,Organ,Finding,Classification\n")
    splits = tmp_path / "official_splits"
    splits.mkdir()
    rows = "a.jpg;normal-cecum;0\nb.jpg;normal-cecum;1\nc.jpg;ileum;0\nd.jpg;polyp;1\n"
    (splits / "2_fold_split.csv").write_text("file-name;class-name;split-index\n" + rows)
    return root


def test_hyper_kvasir_by_class_and_by_official_fold(kvasir) -> None:
    data = read(f"hyper-kvasir:{kvasir}")
    assert data.images.shape == (5, 3, 16, 20)
    assert len(data.classes) == 23
    names = [data.classes[i] for i in data.labels]
    assert names == ["cecum", "cecum", "ileum", "polyps", "z-line"]
    outside = read(f"hyper-kvasir,fold=1:{kvasir}")
    inside = read(f"hyper-kvasir,fold=1:{kvasir}", split="test")
    assert [outside.classes[i] for i in outside.labels] == ["cecum", "ileum"]
    assert [inside.classes[i] for i in inside.labels] == ["cecum", "polyps"]
    assert outside.notes == (
        "1 images are in no fold; left out: upper-gi-tract/anatomical-landmarks/z-line/e.jpg",
    )
    assert len(read(f"hyper-kvasir,fold=1,split=all:{kvasir}")) == 5


def test_the_published_counts_of_hyper_kvasir_add_up() -> None:
    entry = PUBLICATIONS["hyper-kvasir"]
    assert entry.editions[0].images == 10_662
    counts = entry.editions[0].counts["all"]
    assert sum(counts[name] for name in entry.plan.normal) == 2166
    afhq = PUBLICATIONS["afhq"].editions
    assert [edition.images for edition in afhq] == [16_130, 15_803]


def test_the_papers_split_is_drawn_where_nothing_else_is_said() -> None:
    from lossgp.trainers.datasets import DataSet

    plan = PUBLICATIONS["lag"].plan
    assert (plan.train, plan.test_normal, plan.test_abnormal) == (2343, 800, 1711)
    n = 3143 + 1711
    images = np.arange(n, dtype=np.uint16).view(np.uint8).reshape(n, 1, 1, 2)
    labels = np.repeat([0, 1], [3143, 1711])
    data = DataSet("lag", images, labels, PUBLICATIONS["lag"].classes)
    split = split_for_anomaly(data, plan=anomaly_plan(data))
    parts = (split.train, split.test_normal, split.test_abnormal)
    assert [len(part) for part in parts] == [2343, 800, 1711]
    assert anomaly_plan(DataSet("mine", images)) is None
    assert plan.in_words().startswith("2343 normal images to train on (non_glaucoma), 800 normal")


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (",fold=2", "fold is 2, and folds 2: they count from 0"),
        (",fold=x", "fold is 'x'; input should be a valid integer"),
        (",fold=3,folds=5", "no 5_fold_split.csv here, in official_splits"),
        (",folds=3", "folds is '3'"),
        (",split=val", "split is 'val'"),
        (",split=test", "give fold=0 or another"),
    ],
)
def test_bad_folds(kvasir, options, part) -> None:
    with pytest.raises(DatasetError, match=part):
        read(f"hyper-kvasir{options}:{kvasir}")


def test_bad_tables_and_folders_of_hyper_kvasir(kvasir, tmp_path) -> None:
    table = tmp_path / "official_splits" / "2_fold_split.csv"
    for text, part in (
        ("file-name,class-name,split-index\na.jpg,x,0\n", "it needs file-name and split-index"),
        ("file-name;class-name;split-index\na.jpg;x;1\n", "no image has the split-index 0"),
        ("file-name;class-name;split-index\nz.jpg;x;0\n", "none of the images in .* is in fold 0"),
    ):
        table.write_text(text)
        with pytest.raises(DatasetError, match=part):
            read(f"hyper-kvasir,fold=0,split=test:{kvasir}")
    with pytest.raises(DatasetError, match="no images of Hyper-Kvasir; wanted are labeled-images"):
        read(f"hyper-kvasir:{tmp_path / 'official_splits'}")


@pytest.fixture
def lag(tmp_path):
    root = tmp_path / "LAG_database_part_1"
    for kind, names in (("non_glaucoma", (2, 10)), ("suspicious_glaucoma", (3,))):
        for name in names:
            write_picture(root / kind / "image" / f"{name}.jpg", name, (20, 20), "RGB")
            write_picture(root / kind / "attention_map" / f"{name}.jpg", 99, (20, 20))
            (root / kind / "label").mkdir(exist_ok=True)
            write_picture(root / kind / "label" / f"{name}.png", 98, (20, 20))
    return root


def test_attention_maps_of_lag_are_no_photographs(lag) -> None:
    data = read(f"lag:{lag}")
    assert data.images.shape == (3, 3, 20, 20)
    assert data.labels.tolist() == [0, 0, 1]
    assert data.notes == ("6 attention maps and labels were left out",)
    with Image.open(lag / "non_glaucoma" / "image" / "2.jpg") as image:
        assert np.array_equal(data.images[0], np.asarray(image).transpose(2, 0, 1))
    # Read as a plain folder they would be: this is told.
    hint = "this looks like lag, and its attention maps would be taken for photographs: name it, as"
    assert f"{hint} lag:{lag}" in read(lag).notes
    with pytest.raises(DatasetError, match="no images of LAG; wanted are folders non_glaucoma"):
        read(f"lag:{lag / 'non_glaucoma'}")
    for path in lag.glob("*/image/*"):
        path.unlink()
    with pytest.raises(DatasetError, match="there are 6 attention maps or labels alone"):
        read(f"lag:{lag}")


@pytest.mark.parametrize("second", ["val", "test"])
def test_afhq_of_both_versions(tmp_path, second) -> None:
    for split, n in (("train", 2), (second, 1)):
        for animal in ("cat", "dog", "wild"):
            for i in range(n):
                write_picture(tmp_path / "afhq" / split / animal / f"{i}.png", i, (8, 8), "RGB")
    data = read(f"afhq:{tmp_path}")
    assert data.classes == ("cat", "dog", "wild")
    assert data.labels.tolist() == [0, 0, 1, 1, 2, 2]
    assert len(read(f"afhq:{tmp_path}", split="test")) == 3
    assert len(read(f"afhq,split=all,animal=dog:{tmp_path}")) == 3
    assert len(read(f"afhq:{tmp_path / 'afhq' / 'train'}")) == 6
    entry = PUBLICATIONS["afhq"]
    found = survey(entry, tmp_path / "afhq", {}, Fit(), Pattern())
    assert found.splits["test"] == {"cat": 1, "dog": 1, "wild": 1}
    assert found.differences[-1] == "9 images are not 512 x 512 (height x width)"
    part = survey(entry, tmp_path / "afhq", {"animal": "dog"}, Fit(), Pattern())
    assert (part.images, part.edition) == (3, None)
    assert part.differences == ("3 images are not 512 x 512 (height x width)",)
    assert "a part was asked for (animal=dog): it was not compared with what" in part.warnings[-1]
    every = survey(entry, tmp_path / "afhq", {"split": "all"}, Fit(), Pattern())
    assert every.splits == found.splits
    for options, part in (
        (",animal=cow", "animal is 'cow'"),
        (",split=val", "split is 'val'"),
    ):
        with pytest.raises(DatasetError, match=part):
            read(f"afhq{options}:{tmp_path}")
    with pytest.raises(DatasetError, match=r"no images of AFHQ \(test\); wanted are"):
        read(f"afhq:{tmp_path / 'afhq' / 'train'}", split="test")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match="no dog of AFHQ"):
        read(f"afhq,animal=dog:{tmp_path / 'empty'}")


@pytest.fixture(scope="module")
def brecahad(tmp_path_factory):
    root = tmp_path_factory.mktemp("brecahad") / "BreCaHAD"
    # Each pixel says where it is: red the column, green the row, both in steps of 8.
    column, row = np.meshgrid(np.arange(1360) // 8, np.arange(1024) // 8)
    for i, name in enumerate(("Case_1-02", "Case_1-01")):
        pixels = np.stack([column, row, np.full_like(row, i)], -1).astype(np.uint8)
        path = root / "images" / f"{name}.tif"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path, compression="tiff_lzw")
    write_picture(root / "groundTruth_display" / "Case_1-01.tif", 5, (8, 8), "RGB")
    return root


def test_brecahads_crops_are_those_that_were_published(brecahad) -> None:
    data = read(f"brecahad:{brecahad}")
    assert data.images.shape == (24, 3, 512, 512)  # 4 x 3 of each of two images
    starts = data.images[:, :, 0, 0].tolist()
    columns = [0, 32, 64, 96]
    rows = [0, 32, 64]
    assert starts[:12] == [[x, y, 1] for x in columns for y in rows]  # Case_1-01 first
    assert [blue for _, _, blue in starts[12:]] == [0] * 12
    assert any("1 drawings of the ground truth were left out" in note for note in data.notes)
    small = read(f"brecahad:{brecahad}", size=64)
    assert small.images.shape == (24, 3, 64, 64)
    whole = read(f"brecahad,crops=whole:{brecahad}", size=32)
    assert whole.images.shape == (2, 3, 32, 32)


def test_finished_crops_and_what_is_no_brecahad(brecahad, tmp_path) -> None:
    for i in range(3):
        write_picture(tmp_path / "crops" / f"{i:04d}.png", i, (16, 16), "RGB")
    assert len(read(f"brecahad:{tmp_path / 'crops'}")) == 3
    with pytest.raises(DatasetError, match="holds crops"):
        read(f"brecahad,crops=whole:{tmp_path / 'crops'}")
    with pytest.raises(DatasetError, match="crops is 'all'"):
        read(f"brecahad,crops=all:{brecahad}")
    write_picture(tmp_path / "small" / "Case_1-01.tif", 0, (600, 500), "RGB")
    with pytest.raises(DatasetError, match="600x500 pixels; crops of 512 do not fit"):
        read(f"brecahad:{tmp_path / 'small'}")
    (tmp_path / "none").mkdir()
    with pytest.raises(DatasetError, match="no images of BreCaHAD"):
        read(f"brecahad:{tmp_path / 'none'}")


def test_a_survey_tells_crops_from_whole_images(brecahad) -> None:
    entry = PUBLICATIONS["brecahad"]
    crops = survey(entry, brecahad, {}, Fit.of(16, None, "center"), Pattern())
    assert (crops.images, crops.different) == (24, 24)
    whole = survey(entry, brecahad, {"crops": "whole"}, Fit.of(16, None, "center"), Pattern())
    assert whole.differences == ("images: 2, published 162",)
    assert whole.edition == "the whole images"
