"""Preparations that take long say what they do, to whoever listens."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from lossgp.report.training_display import TrainingDisplay
from lossgp.results.progress import TrainingProgress
from lossgp.trainers import trainer
from lossgp.trainers.preparation import announce, listening


def test_only_those_who_listen_hear() -> None:
    heard: list[tuple[str, int, int]] = []
    announce("before")
    with listening(lambda *what: heard.append(what)):
        announce("reading images", 3, 8)
    announce("after")
    assert heard == [("reading images", 3, 8)]


def test_the_training_of_a_feature_network_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lossgp.trainers.extractors import classifier

    monkeypatch.setitem(classifier.RECIPE, "steps", 11)
    pixels = np.random.default_rng(0).integers(0, 256, (40, 8, 8), dtype=np.uint8)
    np.savez(tmp_path / "few.npz", images=pixels, labels=np.arange(40) % 2)
    options = {"data": str(tmp_path / "few.npz"), "size": 8, "channels": 1, "batch": 4,
               "stages": [1], "features": "classifier"}  # fmt: skip
    heard: list[tuple[str, int, int]] = []
    with listening(lambda *what: heard.append(what)):
        trainer("images", options).prepare()
    training = [what for what in heard if what[0] == "training the feature classifier"]
    assert training == [("training the feature classifier", step, 11) for step in (0, 10)]
    assert heard[0] == ("reading images", 0, 0)


def test_plain_lines_name_each_activity_and_its_quarters() -> None:
    shown = io.StringIO()
    display = TrainingDisplay(Console(file=shown, width=200))
    for step in range(100):
        activity = "training the feature classifier"
        display.progress(TrainingProgress("preparing", step, 100, activity=activity))
    display.progress(TrainingProgress("training", 0, 3))
    lines = [line.partition("] ")[2] for line in shown.getvalue().splitlines()]
    assert lines == [
        *(f"training the feature classifier, {n} of 100" for n in (0, 25, 50, 75)),
        "training, 0 of 3 trainings",
    ]
