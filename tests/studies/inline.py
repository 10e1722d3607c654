"""Searches and comparisons whose trainings are made up, and take no time."""

from __future__ import annotations

import hashlib
from collections import Counter, deque

import pytest

from lossgp.trainers import Outcome, Status
from lossgp.trainers.recipes.digits import DigitsTrainer

CONFIG = {
    "preset": "plain",
    "search": {"population": 4, "generations": 3, "promoted": 0.5, "give_up_after": 1},
    "seeds": 3,
}


class MadeUpTrainer(DigitsTrainer):
    """A trainer that trains nothing."""

    def prepare(self):
        pass

    def reference(self):
        return {"fid_floor": 1.0, "fid_ceiling": 1000.0}

    def side_by_side(self):
        return 2


class Laboratory:
    """What trains: in each session the outcomes are made up from keys and seeds.

    Attributes:
        wrong: what happens instead: (key, seed) to a status, or to an exception to be raised
            once; a number counts trainings from the start of the session.
        trained: (key, seed) of each training of the present session, in order.
        times: how often each was trained in all sessions.
    """

    workers = 2
    iterations = 120

    def __init__(self):
        self.wrong = {}
        self.trained = []
        self.times = Counter()
        self.waiting = deque()

    def fid(self, key, seed):
        digest = hashlib.sha256(f"{key}|{seed}".encode()).digest()
        return 10 + int.from_bytes(digest[:4]) / 2**26

    def outcome(self, task):
        at = (task.key, task.seed)
        self.trained.append(at)
        self.times[at] += 1
        what = self.wrong.pop(len(self.trained), None) or self.wrong.get(at)
        if isinstance(what, BaseException):
            self.wrong.pop(at, None)
            raise what
        if isinstance(what, Outcome):
            return what
        if what is not None:
            return Outcome(task.seed, what, {}, 1.0, "a reason")
        metrics = {"fid": self.fid(*at), "d_acc": 0.5}
        return Outcome(task.seed, Status.OK, metrics, 1.0, iterations=self.iterations)

    # The engine's side

    def __call__(self, *_, **__):
        self.trained = []
        self.waiting.clear()
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def close(self):
        pass

    def submit(self, task):
        self.waiting.append(task)

    def as_completed(self):
        while self.waiting:
            task = self.waiting.popleft()
            yield task, self.outcome(task)

    def cancel(self):
        cancelled = list(self.waiting)
        self.waiting.clear()
        return cancelled


@pytest.fixture
def laboratory(monkeypatch):
    """The engine of every search and comparison of the test."""
    found = Laboratory()

    def trainer(name, options, device):
        return MadeUpTrainer.create(options, "cpu")

    for module in ("opening", "compare", "confirm", "reliability", "tune", "study"):
        monkeypatch.setattr(f"lossgp.studies.{module}.prepared_trainer", trainer)
    monkeypatch.setattr("lossgp.studies.session.make_engine", found)
    return found
