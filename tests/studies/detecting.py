"""Studies of anomaly detection whose trainings and baselines are made up."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from lossgp.studies.baselines import Baseline
from lossgp.studies.protocols import prepared_trainer
from lossgp.trainers import Outcome, Status
from lossgp.trainers.anomaly.detection import Scores, quality
from lossgp.trainers.anomaly.parts import Reading

from .inline import Laboratory

# Every trainer reads the digits anew, and enlarges them.
read_once = cache(Reading.data_set)
OPTIONS = {"train_size": 12, "test_normal_size": 30, "test_abnormal_size": 40, "batch": 4}


def made_up(shift: float, seed: int) -> Scores:
    """Scores of 30 normal images, and of 40 abnormal ones that are higher by about `shift`."""
    numbers = np.random.default_rng([seed, round(1000 * abs(shift))])
    return Scores(numbers.normal(size=30), numbers.normal(size=40) + shift)


class Clinic(Laboratory):
    """What trains: outcomes are made up, and a model's file holds its scores alone.

    Attributes:
        options: those of each session, in order.
        measured: (baseline, seed) of each that was measured, in order.
        forgetful: whether models are not kept.
    """

    def __init__(self):
        super().__init__()
        self.options, self.measured = [], []
        self.forgetful = False

    def __call__(self, protocol, options, *_, **__):
        self.options.append(dict(options))
        return super().__call__()

    def outcome(self, task):
        found = super().outcome(task)
        if found.status is not Status.OK:
            return found
        scores = made_up(0.5, task.seed)
        area = quality(scores)
        if task.keep and not self.forgetful:
            path = Path(task.keep)
            path.parent.mkdir(parents=True, exist_ok=True)
            both = {"normal": scores.normal.tolist(), "abnormal": scores.abnormal.tolist()}
            path.write_text(json.dumps(both))
        metrics = {
            "auroc_gap": 1 - area.auroc,
            "auroc": area.auroc,
            "average_precision": area.average_precision,
        }
        return Outcome(task.seed, Status.OK, metrics, 1.0, iterations=self.iterations)

    def baselines(self, split, extractor):
        def run(name, shift):
            def scores(seed):
                self.measured.append((name, seed))
                return made_up(shift, seed)

            return scores

        return [
            Baseline("PCA", "a note", {}, run("PCA", 3.0)),
            Baseline("worse", "", {"x": 1}, run("worse", -3.0), is_random=True),
        ]


def read_made_up(path: Path) -> Scores | None:
    if not path.is_file():
        return None
    data = json.loads(path.read_text())
    return Scores(data["normal"], data["abnormal"])


@pytest.fixture
def clinic(monkeypatch):
    """The engine and the baselines of every study of the test."""
    found = Clinic()
    monkeypatch.setattr(Reading, "data_set", read_once)
    monkeypatch.setattr("lossgp.studies.session.make_engine", found)
    monkeypatch.setattr("lossgp.studies.anomaly.all_baselines", found.baselines)
    monkeypatch.setattr("lossgp.studies.anomaly._scores", read_made_up)

    def cheap(name, options, device):
        made = prepared_trainer(name, options, "cpu")
        made.prepare = lambda: None
        made.rival_extractor = lambda: None
        return made

    monkeypatch.setattr("lossgp.studies.anomaly.prepared_trainer", cheap)
    return found
