"""What a worker makes of a trainer's answers, and what it has ready before it trains."""

import subprocess
import sys
from dataclasses import replace

import pytest

from lossgp.expressions import LossPair, zoo
from lossgp.runs.answers import checked
from lossgp.runs.local.worker_main import real_trainings
from lossgp.trainers import Outcome, Status

BCE = LossPair.of(zoo.entry("bce").loss).to_json()


class Answering:
    """A trainer that has its answer ready."""

    metric = "fid"

    def __init__(self, answer):
        self.answer = answer

    def prepare(self):
        pass

    def imports(self):
        return ["a_module_that_is_not_installed"]

    def train(self, criterion, seed, keep=None):
        return self.answer

    def train_part(self, criterion, seed, part, state, keep=None):
        return replace(self.answer, reason=f"{part} of {state}, kept in {keep}")


def trained(monkeypatch, answer):
    monkeypatch.setattr("lossgp.trainers.trainer", lambda *_: Answering(answer))
    return real_trainings({"trainer": "x", "options": {}, "device": "cpu"})(BCE, 3, None)


def test_a_training_that_is_ok_without_its_goal_is_an_error(monkeypatch):
    found = trained(monkeypatch, Outcome(3, Status.OK, {"kid": 1.0}, 5.0))
    assert found == Outcome(
        3, Status.ERROR, {}, 5.0, "the trainer called it ok without the metric 'fid'"
    )


def test_a_part_is_asked_for_with_its_state_and_so_is_the_whole_that_goes_on(monkeypatch):
    answer = Outcome(3, Status.OK, {"fid": 1.0}, 5.0)
    monkeypatch.setattr("lossgp.trainers.trainer", lambda *_: Answering(answer))
    train = real_trainings({"trainer": "x", "options": {}, "device": "cpu"})
    assert train(BCE, 3, None).reason is None
    assert train(BCE, 3, None, 0.5, "a/b").reason == "0.5 of a/b, kept in None"
    assert train(BCE, 3, "c", 1.0, "a/b").reason == "1.0 of a/b, kept in c"


def test_what_is_no_outcome_says_so(monkeypatch):
    with pytest.raises(TypeError, match="returned dict, not an Outcome"):
        trained(monkeypatch, {"fid": 1.0})
    with pytest.raises(ValueError, match="of seed 4"):
        trained(monkeypatch, Outcome(4, Status.OK, {"fid": 1.0}))


def test_good_answers_are_left_as_they_are(monkeypatch):
    for answer in (
        Outcome(3, Status.OK, {"fid": 1.0}),
        Outcome(3, Status.DEAD, {"fid": 1e150}, 1.0, "constant output"),
        Outcome(3, Status.DIVERGED, {}, 1.0, "not finite at iteration 50"),
    ):
        assert trained(monkeypatch, answer) is answer


def test_a_figure_that_is_no_measurement_is_an_error():
    found = checked(Outcome(0, Status.OK, {"fid": 1e308}), "fid")
    assert (found.status, found.metrics) == (Status.ERROR, {})
    assert found.reason == "the metric 'fid' is 1e+308, which is no measurement"


def test_a_trainers_reason_is_made_printable():
    found = checked(Outcome(0, Status.DEAD, {}, 1.0, "dead\n\x1b[31m red"), "fid")
    assert found.reason == "dead \\x1b[31m red"


IMPORTS = """
import sys
from lossgp.runs.local.worker_main import real_trainings
from lossgp.expressions import LossPair, zoo
options = {"iterations": 1, "samples": 64, "metrics": ["fid", "kid", "precision"]}
train = real_trainings({"trainer": "digits", "options": options, "device": "cpu"})
before = set(sys.modules)
train(LossPair.of(zoo.entry("ganetic").loss).to_json(), 0, sys.argv[1])
print(sorted(n for n in set(sys.modules) - before if n.startswith(("lossgp", "torch._dynamo"))))
"""


def test_the_first_training_of_a_worker_has_nothing_to_import(tmp_path):
    command = [sys.executable, "-c", IMPORTS, str(tmp_path / "kept.safetensors")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
