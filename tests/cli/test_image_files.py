"""A user's own pictures through the whole program: search, comparison, images of the best."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from lossgp.cli.group import cli
from lossgp.trainers import TrainerError
from lossgp.trainers.recipes.images import ImagesTrainer

from .conftest import lossgp


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A folder of 60 grey pictures in two classes: bars that lie or stand."""
    rng = np.random.default_rng(0)
    root = tmp_path_factory.mktemp("pictures")
    for kind in ("lying", "standing"):
        (root / "data" / kind).mkdir(parents=True)
        for i in range(30):
            pixels = rng.integers(0, 40, (12, 12), dtype=np.uint8)
            at = rng.integers(1, 9)
            pixels[(slice(at, at + 2), slice(None))] = 230
            image = pixels if kind == "lying" else pixels.T
            Image.fromarray(np.ascontiguousarray(image)).save(root / "data" / kind / f"{i}.png")
    return root


def options(folder):
    pairs = {
        "data": "data", "size": 8, "channels": 1, "stages": [1, 2], "epochs": 2, "batch": 16,
        "width": 2, "samples": 64, "metrics": ["fid", "kid", "precision"], "learning_rate": 1e-3,
    }  # fmt: skip
    return [
        *("--protocol", "images", "--device", "cpu"),
        *(w for k, v in pairs.items() for w in ("--set", f"trainer_options.{k}={json.dumps(v)}")),
    ]


@pytest.mark.slow
def test_a_search_on_pictures_and_images_of_its_best(pictures):
    tiny = [
        "--preset",
        "plain",
        "--population",
        "2",
        "--generations",
        "1",
        "--seeds",
        "1",
        "--name",
        "mine",
    ]
    out = lossgp("evolve", *options(pictures), *tiny, cwd=pictures).stdout
    assert "Protocol  images 8x8, scaled to epochs 2 (200)" in out
    assert "on classifier features" in out
    grid = ["sample", "mine#1", *options(pictures), "-n", 4, "-o", "grid.png"]
    refused = lossgp(*grid, cwd=pictures, code=2).stderr
    assert "--train" in refused
    lossgp(*grid, "--train", cwd=pictures)
    with Image.open(pictures / "grid.png") as image:
        assert image.size[0] >= 17


@pytest.mark.slow
def test_a_comparison_on_pictures_names_its_features_and_asks_nothing_twice(pictures):
    words = [
        "score",
        "bce",
        "ganetic",
        *options(pictures),
        "--seeds",
        2,
        "--output",
        "out",
        "--runs-dir",
        "other",
    ]
    first = lossgp(*words, cwd=pictures)
    assert "Features  classifier of data" in first.stdout
    assert "right on held-out images" in first.stdout
    assert "of 4 trainings" in first.stderr
    again = lossgp(*words, cwd=pictures)
    assert "of 4 trainings" not in again.stderr
    assert again.stdout == first.stdout
    for name in ("table.csv", "table.tex", "box.png", "images.png", "curves.png"):
        assert (pictures / "out" / name).stat().st_size > 0


def test_a_folder_without_pictures_is_refused_in_one_line(tmp_path):
    (tmp_path / "empty").mkdir()
    words = ["--protocol", "images", "--set", "trainer_options.data=empty"]
    for command in (["evolve", *words], ["score", "bce", *words]):
        err = lossgp(*command, cwd=tmp_path, code=2).stderr
        assert "empty" in err
        assert "Traceback" not in err
    assert not list(tmp_path.glob("scores/*"))
    assert not list(tmp_path.glob("runs/*/"))


@pytest.mark.parametrize("command", [["evolve", "--name", "warned"], ["score", "bce"]])
def test_what_a_check_of_the_data_warns_of_is_told_before_training(
    pictures, tmp_path, monkeypatch, command
):
    lying = shutil.copytree(pictures / "data", tmp_path / "data") / "lying"
    (lying / "Test").mkdir()
    for i in (3, 4):
        (lying / f"{i}.png").rename(lying / "Test" / f"{i}.png")
    shutil.copy(lying / "5.png", lying / "6.png")
    shutil.copy(lying / "5.png", lying / "7.png")

    def stop(self):
        raise TrainerError("what comes next takes long")

    monkeypatch.setattr(ImagesTrainer, "prepare", stop)
    monkeypatch.chdir(tmp_path)
    words = [*command, *options(pictures), "--set", "trainer_options.exclude=7.png"]
    result = CliRunner().invoke(cli, words)
    assert isinstance(result.exception, TrainerError)
    assert [line for line in result.stderr.splitlines() if line.startswith("Warning: ")] == [
        "Warning: taken for test images and left out: lying/Test",
        "Warning: 1 images are copies of earlier ones",
    ]
