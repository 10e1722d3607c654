"""`lossgp anomaly`: train (made up), and score and show a real, tiny model."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from lossgp import ConfigError
from lossgp.cli.group import cli
from lossgp.studies.anomaly_scoring import score
from lossgp.trainers import Status, trainer
from lossgp.trainers.anomaly.detection import Scores
from lossgp.trainers.gan import checkpoint
from lossgp.trainers.gan.training import Ending
from lossgp.trainers.networks import initialise
from lossgp.trainers.recipes.digits import DigitsProtocol
from lossgp.trainers.seeding import stream

from ..studies.detecting import clinic
from ..trainers.losses import BCE

__all__ = ["clinic"]

SMALL = ("--seeds", "1", "--batch", "4", "--set", "trainer_options.train_size=12")
SIZES = (
    *("--set", "trainer_options.test_normal_size=30"),
    *("--set", "trainer_options.test_abnormal_size=40"),
)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "m.safetensors"
    tiny = {"iterations": 1, "encoder_iterations": 1, "width": 1, "latent": 2, "batch": 4}
    tiny |= {"critic_steps": 1, "samples": 4, "train_size": 12, "kappa": 0.5}
    sizes = {"test_normal_size": 3, "test_abnormal_size": 4}
    trainer("f-anogan", {**tiny, **sizes}).train(BCE, 0, path)
    return path


@pytest.fixture
def pictures(tmp_path):
    numbers = np.random.default_rng(0)
    (tmp_path / "pictures" / "deep").mkdir(parents=True)
    for name in ("a.png", "a_mask.png", "deep/b.jpg"):
        picture = numbers.integers(0, 256, (20, 24, 3), dtype=np.uint8)
        Image.fromarray(picture).save(tmp_path / "pictures" / name)
    return tmp_path / "pictures"


def run(*words, fails=False):
    done = CliRunner().invoke(cli, ["anomaly", *map(str, words)], standalone_mode=False)
    if not fails and done.exception:
        raise done.exception
    return done


def train(tmp_path, *words, **how):
    return run("train", *words, *SMALL, *SIZES, "--runs-dir", tmp_path, **how)


@pytest.fixture
def no_pictures(monkeypatch):
    monkeypatch.setattr("lossgp.studies.anomaly.examples", lambda *_: [])


def test_train_prints_and_writes_the_study_and_show_prints_it_again(tmp_path, clinic, no_pictures):
    done = train(tmp_path, "bce", "ganetic", "-o", tmp_path / "out")
    assert "bce loses to PCA" in done.output
    assert "; beats worse (+" in done.output
    assert (tmp_path / "out" / "roc.png").is_file()
    assert f"anomaly score {tmp_path}" in done.output
    shown = run("show", tmp_path / "out")
    assert "bce loses to PCA" in shown.output
    assert json.loads(run("show", tmp_path / "out", "--json").stdout)["format"] == "lossgp.anomaly"


def test_options_reach_the_protocol_and_json_is_json(tmp_path, clinic, no_pictures):
    given = ("--iterations", "7", "--encoder-iterations", "8", "--width", "2", "--kappa", "0.25",
             "--data", "digits", "--normal-class", "3", "--abnormal-class", "5", "--size", "32",
             "--channels", "3", "--no-baselines", "--json")  # fmt: skip
    data = json.loads(train(tmp_path, "bce", *given).stdout)
    options = data["options"]
    expected = {"iterations": 7, "encoder_iterations": 8, "width": 2, "kappa": 0.25, "size": 32,
                "data": "digits", "normal_class": "3", "abnormal_class": ["5"], "channels": 3,
                "batch": 4, "train_size": 12}  # fmt: skip
    assert {key: options[key] for key in expected} == expected
    assert [method["name"] for method in data["methods"]] == ["bce"]
    assert clinic.measured == []


def test_three_folders_reach_the_protocol(tmp_path, clinic, no_pictures):
    numbers = np.random.default_rng(0)
    words = []
    for option, count in (("--normal", 12), ("--test-normal", 3), ("--test-abnormal", 3)):
        folder = tmp_path / option
        folder.mkdir()
        for i in range(count):
            picture = numbers.integers(0, 256, (16, 16), dtype=np.uint8)
            Image.fromarray(picture).save(folder / f"{i}.png")
        words += [option, folder]
    done = train(tmp_path, "bce", *words, "--no-baselines", "--json")
    assert json.loads(done.stdout)["split"]["train"]["images"] == 12


def test_every_other_option_reaches_the_study(tmp_path, monkeypatch):
    asked = {}

    def detect(losses, **given):
        asked.update(given, losses=list(losses))
        raise ConfigError("enough")

    monkeypatch.setattr("lossgp.studies.anomaly.detect", detect)
    words = ("--ablate", "--budget", "3-trainings", "--time-limit", "2m", "--retry-failed",
             "--workers", "3", "--device", "cpu")  # fmt: skip
    done = train(tmp_path, "ganetic", *words, fails=True)
    assert str(done.exception) == "enough"
    expected = {"losses": ["ganetic"], "ablate": True, "budget": "3-trainings", "workers": 3,
                "time_limit": 120.0, "retry_failed": True, "device": "cpu", "seeds": 1,
                "baselines": True, "runs_dir": tmp_path}  # fmt: skip
    assert {key: asked[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--width", "2", "--set", "trainer_options.width=3"), "--width and --set"),
        (("--normal-class", "x"), "no class 'x'"),
        (("--size", "20"), "no power of two"),
        (("--kappa", "-1"), "kappa"),
    ],
)
def test_bad_options_are_refused(tmp_path, clinic, words, message):
    done = train(tmp_path, "bce", *words, fails=True)
    assert message in str(done.exception)
    assert clinic.options == []


def test_an_output_of_something_else_is_refused_before_training(tmp_path, clinic):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "table.csv").write_text("mine")
    done = train(tmp_path, "bce", "-o", tmp_path / "out", fails=True)
    assert isinstance(done.exception, ConfigError)
    assert clinic.options == []


def test_the_output_of_another_study_is_refused_before_training(tmp_path, clinic, no_pictures):
    train(tmp_path, "bce", "-o", tmp_path / "out", "--no-baselines")
    clinic.options.clear()
    done = train(tmp_path, "hinge", "-o", tmp_path / "out", fails=True)
    assert "study of other losses" in str(done.exception)
    assert clinic.options == []
    train(tmp_path, "bce", "-o", tmp_path / "out", "--no-baselines")


def test_score_writes_a_row_for_each_picture_and_its_map(tmp_path, model, pictures):
    target, maps = tmp_path / "scores.csv", tmp_path / "maps"
    done = run("score", model, pictures, pictures / "a.png", "-o", target, "--maps", maps)
    assert "masks" in done.stderr
    rows = list(csv.DictReader(target.read_text().splitlines()))
    assert [row["image"] for row in rows] == [
        str(pictures / name) for name in ("a.png", "deep/b.jpg", "a.png")
    ]
    for row in rows:
        both = float(row["image_residual"]) + 0.5 * float(row["feature_residual"])
        assert float(row["score"]) == pytest.approx(both)
        assert 0 <= float(row["normal_below"]) <= 1
    assert rows[0] == rows[2]
    assert len(list(maps.iterdir())) == 3
    assert run("score", model, pictures, "--fast").stdout != run("score", model, pictures).stdout
    printed = run("score", model, pictures).stdout
    assert printed.splitlines() == target.read_text().splitlines()[:3]


def test_a_score_that_differs_by_rounding_is_not_higher(tmp_path, model, pictures, monkeypatch):
    [found], _ = score(model, [pictures / "a.png"], device="cpu")
    for factor, share in ((1 - 1e-6, 0), (1 + 1e-6, 0), (1 - 1e-3, 1)):
        known = Scores(np.array([factor * found.score]), np.ones(1))
        monkeypatch.setattr("lossgp.trainers.anomaly.model_file.read_scores", lambda _, k=known: k)
        [again], _ = score(model, [pictures / "a.png"], device="cpu")
        assert again.share == share


def test_files_of_many_images_are_scored_by_number(tmp_path, model):
    images = np.random.default_rng(0).integers(0, 256, (2, 16, 16), dtype=np.uint8)
    np.savez(tmp_path / "set.npz", images=images)
    rows = run("score", model, tmp_path / "set.npz").stdout.splitlines()[1:]
    assert [row.split(",")[0] for row in rows] == [f"{tmp_path / 'set.npz'}[{i}]" for i in (0, 1)]


@pytest.mark.parametrize("what", ["missing", "picture", "suffix", "maps", "empty"])
def test_what_cannot_be_scored_is_one_line(tmp_path, model, pictures, what):
    (tmp_path / "empty").mkdir()
    words, message = {
        "missing": ((model, tmp_path / "none.png"), "none.png"),
        "picture": ((pictures / "a.png", pictures), "damaged"),
        "suffix": ((model, pictures, "-o", tmp_path / "x.txt"), "must be one of .csv"),
        "maps": ((model, pictures, "--maps", model), "is a file"),
        "empty": ((model, tmp_path / "empty"), "no images here"),
    }[what]
    done = run("score", *words, fails=True)
    assert message in str(done.exception)


def test_show_says_what_a_model_is(model):
    out = run("show", model).output
    assert "f-AnoGAN 16x16" in out
    assert "3 normal and 4 abnormal images" in out
    assert json.loads(run("show", model, "--json").stdout)["protocol"]["kappa"] == 0.5


def test_a_generator_that_detects_nothing_is_told_so(tmp_path, pictures):
    path = tmp_path / "g.safetensors"
    protocol = DigitsProtocol(width=1)
    with torch.device("meta"):
        generator = protocol.networks()["G"]
    initialise(generator, "cpu", stream(0, "G"))
    checkpoint.write(path, protocol, "a loss", 0, generator, Ending(Status.OK))
    done = run("score", path, pictures, fails=True)
    assert "detects no anomalies" in str(done.exception)
