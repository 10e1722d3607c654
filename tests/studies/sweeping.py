"""Sweeps whose trainings are made up: a laboratory whose outcomes depend on the setting."""

from __future__ import annotations

import pytest

import lossgp
from lossgp.trainers import Outcome, Status
from lossgp.trainers.varied import VariedTrainer

from .inline import Laboratory, MadeUpTrainer

RATES = [1e-1, 1e-3, 1e-4]
VARY = {"learning_rate": RATES, "beta1": [0.0, 0.5]}


class SweptLaboratory(Laboratory):
    """Trains settings: `figures` says, of options and seed, what a training comes to.

    `trained` holds (setting, seed); `kept` the files that models were to be kept in.
    """

    def __init__(self):
        super().__init__()
        self.settings = []
        self.kept = []
        self.figures = lambda options, seed: {"fid": 100 * options.get("learning_rate", 1) + seed}

    def __call__(self, name, options, trainer, **limits):
        self.settings = options["settings"]
        self.limits = limits
        return super().__call__()

    def outcome(self, task):
        at = (int(task.protocol), task.seed)
        self.trained.append(at)
        self.times[at] += 1
        self.kept.append(task.keep)
        what = self.wrong.pop(len(self.trained), None) or self.wrong.get(at)
        if isinstance(what, BaseException):
            self.wrong.pop(at, None)
            raise what
        if what is not None:
            return Outcome(task.seed, what, {}, 1.0, "a reason")
        metrics = self.figures(self.settings[at[0]], task.seed)
        return Outcome(task.seed, Status.OK, metrics, 1.0, iterations=self.iterations)


@pytest.fixture
def swept(monkeypatch):
    """The engine of every sweep of the test."""
    found = SweptLaboratory()

    def varied(name, settings, device):
        return VariedTrainer(MadeUpTrainer.create(settings[0], "cpu"), settings)

    monkeypatch.setattr("lossgp.studies.sweep_settings.varied", varied)
    monkeypatch.setattr("lossgp.studies.sweep.make_engine", found)
    return found


def sweep(folder, vary=None, **fields):
    given = {"protocol": "digits", "seeds": 2, "device": "cpu", "runs_dir": folder} | fields
    losses = given.pop("losses", ["bce"])
    return lossgp.sweep(losses, VARY if vary is None else vary, **given)
