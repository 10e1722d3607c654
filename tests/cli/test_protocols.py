"""`lossgp protocols`, and samples of the toy problems."""

from __future__ import annotations

import csv
import json

import pytest
from matplotlib.image import imread

from lossgp.trainers import Criterion, Trainer, names, trainer

from .scored import called, refused


def test_every_protocol_is_listed_with_its_paper_and_options():
    listed = called("protocols")
    rows = json.loads(called("protocols", "--json"))
    assert [row["name"] for row in rows] == names()
    for row in rows:
        assert row["name"] in listed
        assert row["about"].splitlines()[0] in listed
    ring = next(row for row in rows if row["name"] == "ring")
    assert (ring["minimises"], ring["defaults"]["modes"]) == ("energy", 8)
    assert "Metz et al. 2017" in ring["about"]


def test_one_protocol_shows_its_options_with_defaults_and_limits():
    shown = called("protocols", "grid")
    assert "rows           5  (at least 1, at most 50)" in shown
    assert "ring" not in shown
    assert 'precision      "float32"  (float32, bfloat16)' in called("protocols", "digits")
    assert "half_batches   false  (true, false)" in called("protocols", "digits")


def test_every_option_says_what_it_means_and_every_protocol_where_it_is_from():
    for row in json.loads(called("protocols", "--json")):
        assert row["paper"], row["name"]
        assert row["options"], row["name"]
        for option in row["options"]:
            assert option["meaning"], (row["name"], option["name"])
            assert option["needed"] or option["default"] == row["defaults"][option["name"]]
    shown = called("protocols", "wgan-gp").splitlines()
    at = next(i for i, line in enumerate(shown) if "penalty_weight" in line)
    assert "10.0  (at least 0, at most 1e+06)" in shown[at]
    assert shown[at + 1].strip() == "of the penalty: lambda, or gamma"
    listed = called("protocols")
    assert "paper       Gulrajani et al. 2017, Improved Training of Wasserstein GANs" in listed


def test_an_option_may_say_itself_what_it_means():
    from pydantic import Field

    from lossgp.trainers import meaning
    from lossgp.trainers.protocol import Protocol

    class Base(Protocol):
        """A base."""

        name: str = "own"
        width: int = Field(default=1, description="of the door")

    class Derived(Base):
        """Another default, the same meaning."""

        width: int = 2
        unheard_of: int = 3

    assert meaning(Derived, "width") == "of the door"
    assert meaning(Derived, "unheard_of") == ""


def test_an_unknown_protocol_is_told():
    message = refused("protocols", "rign")
    assert "unknown protocol 'rign'" in message
    assert "ring" in message


class Bare(Trainer):
    """A plug-in whose options have no defaults."""


def test_a_protocol_that_needs_options_is_listed(monkeypatch):
    from lossgp.trainers.protocol import Protocol

    class Needing(Protocol):
        """Needs a size."""

        size: int

    monkeypatch.setattr(Bare, "protocol_type", Needing, raising=False)
    monkeypatch.setattr("lossgp.trainers.names", lambda: ["bare"])
    monkeypatch.setattr("lossgp.trainers.trainer_type", lambda name: Bare)
    assert "Needs a size." in called("protocols")
    assert "size  needed" in called("protocols", "bare")
    assert json.loads(called("protocols", "--json"))[0]["defaults"] == {}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A kept training of two GANs on a ring, whose losses move nothing."""
    path = tmp_path_factory.mktemp("ring") / "kept.safetensors"
    made = trainer("ring", {"iterations": 1, "width": 4, "samples": 10, "replicas": 2})
    made.train(Criterion(lambda s, y: s * 0, lambda s, y: s * 0, "0"), 0, path)
    return path


def test_points_are_drawn_and_written(checkpoint, tmp_path):
    called("sample", checkpoint, "-n", 7, "-o", tmp_path / "points.csv", "--device", "cpu")
    with (tmp_path / "points.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["gan"] for row in rows] == ["0"] * 7 + ["1"] * 7
    made = trainer("ring", {"width": 4, "replicas": 2}).generate(checkpoint, 7)
    assert [float(row["x"]) for row in rows[:7]] == made[:, 0, 0].tolist()
    called("sample", checkpoint, "-o", tmp_path / "points.png", "--device", "cpu")
    height, width, _ = imread(tmp_path / "points.png").shape
    assert min(height, width) > 300


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--each", "parts"), "these are points"),
        (("--scale", 2, "-o", "a.png"), "these are points"),
        (("-o", "a.webp"), "the suffix is '.webp'"),
    ],
)
def test_what_is_for_images_is_refused(checkpoint, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert message in refused("sample", checkpoint, *arguments, "--device", "cpu")
    assert not list(tmp_path.iterdir())
