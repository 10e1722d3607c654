"""`lossgp sample --embedding`: where real and generated images lie."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from PIL import Image

from lossgp.trainers import trainer

from .scored import called, refused


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A generator of digits that was trained for one iteration."""
    from lossgp.expressions import LossPair, zoo
    from lossgp.trainers import Criterion

    path = tmp_path_factory.mktemp("kept") / "g.safetensors"
    options = {"iterations": 1, "width": 2, "batch": 4, "samples": 8, "metrics": ["fid"]}
    criterion = Criterion(*LossPair.of(zoo.entry("ganetic").loss).criterion_functions())
    trainer("digits", options).train(criterion, 0, keep=path)
    return path


def embedded(checkpoint, output, *arguments):
    return called("sample", checkpoint, "--device", "cpu", "-o", output, *arguments)


def test_each_method_is_a_panel_of_one_picture(checkpoint, tmp_path):
    one, two = tmp_path / "one.png", tmp_path / "two.png"
    embedded(checkpoint, one, "--embedding", "pca", "-n", 20)
    printed = embedded(checkpoint, two, "--embedding", "pca", "--embedding", "pca", "-n", 20)
    assert printed == f"Wrote {two}\n"
    with Image.open(one) as image, Image.open(two) as twice:
        assert image.width == twice.width  # the same method twice is one panel
        assert np.asarray(image).std() > 0


def test_the_points_are_the_features_of_the_seed(checkpoint, tmp_path):
    from lossgp.trainers.metrics.embedding import project

    points = {}
    for name, seed, count in (("a", 0, 20), ("b", 0, 20), ("c", 1, 20), ("d", 0, None)):
        path = tmp_path / f"{name}.csv"
        number = [] if count is None else ["-n", count]
        embedded(checkpoint, path, "--embedding", "pca", "--seed", seed, *number)
        points[name] = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    assert points["a"] == points["b"] != points["c"]
    made = [row for row in points["a"] if row["images"] == "generated"]
    assert len(made) == 20
    assert sum(row["images"] == "generated" for row in points["d"]) == 256
    assert sum(row["images"] == "real" for row in points["a"]) == 1000  # of 1,797
    options = {"iterations": 1, "width": 2, "batch": 4, "samples": 8, "metrics": ["fid"]}
    _, found = project("pca", *trainer("digits", options).embedded(checkpoint, 20, 0))
    assert [(float(r["x"]), float(r["y"])) for r in made] == [tuple(p) for p in found.tolist()]


def test_what_does_not_go_together_is_refused_before_anything_is_read(tmp_path):
    missing = tmp_path / "none.safetensors"
    wrong = (
        (
            ["--embedding", "pca", "--each", tmp_path / "e"],
            "--embedding makes one picture: give -o",
        ),
        (["--embedding", "pca", "-o", "a.png", "--scale", 2], "no --each or --scale"),
        (["--embedding", "pca", "-o", "a.gif"], "must be one of .png, .pdf, .svg, .csv"),
        (["--embedding", "lda", "-o", "a.png"], "'lda' is not one of 'pca', 'tsne', 'umap'"),
    )
    for arguments, message in wrong:
        assert message in refused("sample", missing, *arguments)


def test_too_few_images_and_points_are_refused(checkpoint, tmp_path):
    message = refused("sample", checkpoint, "--device", "cpu", "-n", 3, "-o", tmp_path / "a.png",
                      "--embedding", "pca")  # fmt: skip
    assert "PCA needs 5 real and generated images" in message
    assert not (tmp_path / "a.png").exists()


def test_points_have_no_embedding(tmp_path):
    from lossgp.expressions import LossPair, zoo
    from lossgp.trainers import Criterion

    path = tmp_path / "ring.safetensors"
    criterion = Criterion(*LossPair.of(zoo.entry("bce").loss).criterion_functions())
    trainer("ring", {"iterations": 1, "width": 4, "samples": 10}).train(criterion, 0, keep=path)
    message = refused("sample", path, "--device", "cpu", "-o", tmp_path / "a.png",
                      "--embedding", "pca")  # fmt: skip
    assert "--embedding is for images, and this generator makes points" in message
