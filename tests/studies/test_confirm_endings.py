"""Confirmations that end early, what they tell on the way, and what is refused."""

import pytest

import lossgp
from lossgp.config import ConfigError
from lossgp.studies.confirm import ConfirmationInterruptedError
from lossgp.studies.evolve import SearchInterruptedError

from .test_confirm import blank_pictures, config, confirmed, evolved

__all__ = ["blank_pictures"]


def test_an_interrupt_of_confirm_says_how_much_is_kept(laboratory, tmp_path):
    evolved(tmp_path)
    laboratory.wrong = {4: KeyboardInterrupt()}
    with pytest.raises(ConfirmationInterruptedError) as stop:
        confirmed(tmp_path, seeds=5)
    assert stop.value.trainings == 3
    assert len(stop.value.result.confirmations[0].waiting) == 3
    assert stop.value.result.confirmation is None
    assert len(confirmed(tmp_path, seeds=5).confirmation.losses) == 3
    assert len(laboratory.trained) == 22


def test_when_the_time_is_up_what_is_complete_counts(laboratory, tmp_path, monkeypatch):
    evolved(tmp_path)
    laboratory.trained = []

    class Clock:
        @staticmethod
        def monotonic():
            return 100.0 if len(laboratory.trained) >= 17 else 0.0

    monkeypatch.setattr("lossgp.runs.spending.time", Clock)
    found = confirmed(tmp_path, seeds=5, budget=10)
    assert found.ended == "budget"
    (confirmation,) = found.confirmations
    assert (len(confirmation.losses), len(confirmation.waiting)) == (1, 2)


def test_the_end_of_a_search_confirms_only_what_its_budget_covers(laboratory, tmp_path):
    def searched(name, budget):
        return lossgp.evolve(
            config(confirm=5), runs_dir=tmp_path / name, name="run", device="cpu", budget=budget
        )

    evolved(tmp_path / "costs")
    cost = sum(laboratory.times.values())
    laboratory.times.clear()
    short, enough = (searched(f"{n}", f"{cost + n}-trainings") for n in (24, 25))
    assert (short.ended, short.finished, short.confirmations) == ("budget", True, ())
    assert (enough.ended, len(enough.confirmation.losses)) == ("", 3)
    # A person who confirms with a budget gets as far as it goes.
    partly = confirmed(tmp_path / "24", seeds=5, budget="16-trainings")
    assert len(partly.confirmations[0].losses) == 1


def test_progress_tells_what_is_confirmed(laboratory, tmp_path):
    steps = []
    evolved(tmp_path)
    confirmed(tmp_path, seeds=5, top=1, on_progress=steps.append)
    steps = [step for step in steps if step.stage == "confirming"]
    assert [(s.done, s.total) for s in steps] == [(done, 15) for done in range(16)]
    assert steps[0].remaining is None
    assert steps[-1].remaining == 0.0
    assert {s.protocol for s in steps} == {"digits"}


def test_the_time_left_of_a_search_counts_its_confirmation(laboratory, tmp_path):
    def left(name, **search):
        steps = []
        lossgp.evolve(
            config(**search), runs_dir=tmp_path / name, name="run", device="cpu",
            on_progress=steps.append, write=False,
        )  # fmt: skip
        return next(step.remaining for step in steps if step.remaining is not None)

    # Each made-up training takes a second, on two workers.
    assert left("confirmed", confirm=10, confirm_top=2) == left("plain") + 10 * (2 + 2) / 2


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"top": 0}, "top is 0; it must be from 1 to 1000"),
        ({"seeds": -1}, "seeds is -1"),
        ({"seeds": 1001}, "it must be from 0 to 1000"),
        ({"seeds": 0}, "nothing is to be confirmed"),
        ({"on": {"mnist": 0}}, "'mnist' has 0 seeds; it must be 1 to 1000"),
        ({"options": {"mnist": {"epochs": 2}}}, "it is not among the protocols to confirm on"),
    ],
)
def test_what_cannot_be_confirmed_is_said(laboratory, tmp_path, wrong, message):
    evolved(tmp_path)
    with pytest.raises(ConfigError, match=message):
        confirmed(tmp_path, **wrong)


def test_a_run_without_a_whole_loss_says_what_to_do(laboratory, tmp_path):
    laboratory.wrong = {2: KeyboardInterrupt()}
    with pytest.raises(SearchInterruptedError):
        evolved(tmp_path)
    with pytest.raises(lossgp.RunsError, match="no loss yet that was trained on all its seeds"):
        confirmed(tmp_path)


@pytest.mark.parametrize(
    "wrong",
    [
        {"confirm": -1},
        {"confirm": 1001},
        {"confirm_top": 0},
        {"confirm_on": {"mnist": 0}},
        {"confirm_options": {"mnist": {"epochs": 2}}},
    ],
)
def test_wrong_settings_of_confirmations_are_refused(tmp_path, wrong):
    with pytest.raises(ConfigError, match="confirm"):
        lossgp.evolve(config(**wrong), runs_dir=tmp_path / "runs", device="cpu")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"confirm_on": {"mnits": 5}}, "mnist"),
        ({"confirm_on": {"digits": 5}, "confirm_options": {"digits": {"speed": 1}}}, "speed"),
    ],
)
def test_a_protocol_that_is_wrong_ends_the_search_before_it_begins(tmp_path, wrong, message):
    with pytest.raises(ConfigError, match=message):
        lossgp.evolve(config(**wrong), runs_dir=tmp_path / "runs", device="cpu")
    assert list(tmp_path.iterdir()) == []
