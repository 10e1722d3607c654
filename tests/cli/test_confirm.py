"""`lossgp confirm`, and `--confirm` of `lossgp evolve`."""

import json

import click
import pytest
from click.testing import CliRunner

import lossgp
from lossgp.cli.group import cli
from lossgp.cli.interrupts import interrupts
from lossgp.results.confirmation import CONFIRMATION_SEEDS_FROM
from lossgp.studies.confirm import ConfirmationInterruptedError
from lossgp.trainers import Status
from tests.studies.inline import laboratory

__all__ = ["laboratory"]

SEARCH = [
    "evolve", "--preset", "plain",
    "--population", "4", "--generations", "2", "--seeds", "2", "--device", "cpu",
    "--set", "search.promoted=1", "--name", "first",
]  # fmt: skip


@pytest.fixture
def called(laboratory, tmp_path, monkeypatch):
    """Call a command in a new folder; returns what it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(interrupts, "words", interrupts.words)
    monkeypatch.setattr("lossgp.analysis.plots.shapes", lambda losses, path: path.touch())

    def call(*arguments):
        done = CliRunner().invoke(cli, [*map(str, arguments)], standalone_mode=False)
        if done.exception is not None:
            raise done.exception.__cause__ or done.exception
        return done.stdout

    return call


def test_a_stored_run_is_confirmed_and_shown_so_everywhere(called):
    searched = called(*SEARCH)
    assert "confirm first  (its best again, on fresh seeds)" in searched
    assert "searched: on the seeds that selected it" in searched
    assert "of the search; " in called("show", "first#1").splitlines()[0]
    printed = called("confirm", "first", "--top", "2", "--seeds", "6", "--device", "cpu")
    for shown in (printed, called("show", "first")):
        assert "FID, confirmed" in shown
        assert "Confirmed on 6 fresh seeds" in shown
        assert "/ BCE" in shown
        assert "/ GANetic" in shown
        assert "the best of the search, showed FID" in shown
    assert "on 6 fresh seeds; " in called("show", "first#1").splitlines()[0]
    assert "(confirmed on 6)" in called("runs")
    assert json.loads(called("runs", "--json"))[0]["confirmed_seeds"] == 6
    best = lossgp.load("first").best.candidate.loss.text()
    assert f"evolved     {best}" in called("show", "first#1")


def test_a_training_that_failed_says_why(called, laboratory):
    called(*SEARCH)
    key = lossgp.load("first").best.candidate.pair.key()
    laboratory.wrong = {(key, CONFIRMATION_SEEDS_FROM): Status.TIMEOUT}
    asked = ["confirm", "first", "--top", "1", "--seeds", "3", "--device", "cpu"]
    printed = called(*asked)
    assert "1 training crashed, timed out or raised: the same command" in printed
    assert "\n  1 timed out: " in printed
    laboratory.wrong = {}
    assert "timed out" not in called(*asked, "--retry-failed")


def test_the_end_of_a_search_confirms_what_the_options_say(called):
    words = ["--confirm", "5", "--confirm-top", "2", "--confirm", "digits:6"]
    printed = called(*SEARCH, *words, "--confirm-set", "digits.iterations=7")
    assert "Confirmed on 5 fresh seeds" in printed
    assert "Confirmed on 6 fresh seeds under digits" in printed
    assert "7 iterations" in printed
    assert "Confirm it:" not in printed
    own, other = lossgp.load("first").confirmations
    assert [(c.own, c.seeds, len(c.losses)) for c in (own, other)] == [
        *((True, 5, 2), (False, 6, 2)),
    ]
    assert json.loads(called("show", "first", "--json"))["confirmations"][0]["own"]


def test_confirm_prints_the_run_as_json(called):
    called(*SEARCH)
    data = json.loads(called("confirm", "first", "--seeds", "5", "--json", "--device", "cpu"))
    (confirmation,) = data["confirmations"]
    assert [b["name"] for b in confirmation["baselines"]] == ["bce_logits", "ganetic"]
    first = confirmation["losses"][0]
    assert first["name"] == data["losses"][0]["name"]
    assert {a["name"] for a in first["against"]} == {"bce_logits", "ganetic"}
    assert data["losses"][0]["confirmed"]["fid_mean"] == first["score"]["fid_mean"]
    assert "confirmed" not in data["losses"][-1]


def test_an_interrupt_says_the_command_that_goes_on(called, laboratory):
    called(*SEARCH)
    laboratory.wrong = {3: KeyboardInterrupt()}
    command = ("confirm", "first", "--seeds", "5", "--protocol", "digits:6", "--set",
               "digits.iterations=7")  # fmt: skip
    with pytest.raises(ConfirmationInterruptedError):
        called(*command, "--device", "cpu")
    said = interrupts.words()
    assert said.startswith("Interrupted; 2 trainings are kept. Continue with:")
    for word in ("confirm first --top 3 --seeds 5", "--protocol digits:6", "digits.iterations=7"):
        assert word in said


def test_no_seeds_of_five_give_no_interval(called):
    called(*SEARCH)
    printed = called("confirm", "first", "--seeds", "4", "--device", "cpu")
    assert "Intervals none from fewer than 5 seeds" in printed
    assert "4 fresh seeds cannot tell a loss from GANetic" in printed


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["confirm", "first", "--protocol", "mnist"], "--protocol 'mnist': write PROTOCOL:N"),
        (["confirm", "first", "--protocol", "mnist:0"], "with N from 1 to 1000"),
        (["confirm", "first", "--protocol", "a:1", "--protocol", "a:2"], "'a' is given twice"),
        (["confirm", "first", "--set", "epochs=2"], "write PROTOCOL.KEY=VALUE"),
        (["evolve", "--confirm", "1", "--confirm", "2"], "--confirm N is given twice"),
        (["evolve", "--confirm", "1001"], "--confirm 1001: it must be from 0 to 1000"),
        (["evolve", "--confirm", "many"], "write a number of fresh seeds, as 10, or PROTOCOL:N"),
        (["evolve", "--confirm", "mnist:x"], "write PROTOCOL:N"),
        (["evolve", "--confirm-set", "mnist.epochs"], "write KEY=VALUE"),
    ],
)
def test_wrong_options_are_one_clear_line(called, words, message):
    with pytest.raises(click.UsageError) as error:
        called(*words)
    assert message in error.value.format_message()


def test_a_budget_of_trainings_that_is_used_up_is_called_so(called):
    called(*SEARCH)
    printed = called("confirm", "first", "--device", "cpu", "--budget", "3-trainings")
    assert "The budget of 3 trainings is used up. Go on: " in printed
    assert "The time is up" not in printed
