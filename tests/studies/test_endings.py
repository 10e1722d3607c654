"""What a search or a comparison leaves that ends before its time, and what it says then."""

import json

import click
import pytest
from click.testing import CliRunner

from lossgp.cli.group import cli
from lossgp.cli.interrupts import interrupts
from lossgp.expressions import LossPair, zoo
from lossgp.runs.spending import OutOfBudgetError
from lossgp.studies.compare import ComparisonInterruptedError
from lossgp.studies.evolve import SearchInterruptedError
from lossgp.trainers import Status

from .inline import MadeUpTrainer

SEARCH = [
    "evolve", "--preset", "plain",
    "--population", "4", "--generations", "3", "--seeds", "2", "--device", "cpu",
    "--set", "search.promoted=1",
]  # fmt: skip
KNOWN, GENERATION = 2 * 2, 4 * 2  # trainings
FILES = {"best.py", "best.tex", "losses.csv", "result.json", "shapes.png", "trainings.csv"}
BCE_LOGITS = LossPair.of(zoo.entry("bce_logits").loss).key()
BCE = LossPair.of(zoo.entry("bce").loss).key()


@pytest.fixture(autouse=True)
def blank_pictures(monkeypatch):
    """Pictures are tested elsewhere; to draw them takes most of the time."""
    monkeypatch.setattr("lossgp.analysis.plots.shapes", lambda losses, path: path.touch())
    for name in ("boxes", "images", "curves"):
        monkeypatch.setattr(f"lossgp.report.comparison_files.{name}", lambda comparison: None)


@pytest.fixture
def called(laboratory, tmp_path, monkeypatch):
    """Call a command in a new folder; returns what it printed and the interruption, if any."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(interrupts, "words", interrupts.words)

    def call(*arguments):
        done = CliRunner().invoke(cli, [*map(str, arguments)], standalone_mode=False)
        if done.exception is not None and not isinstance(done.exception, click.Abort):
            raise done.exception
        return done.stdout, done.exception and done.exception.__cause__

    return call


def time_is_up(laboratory, monkeypatch, after):
    """Let the clock stand until so many trainings are done, and the budget be used up then."""

    class Clock:
        @staticmethod
        def monotonic():
            return 100.0 if len(laboratory.trained) >= after else 0.0

    monkeypatch.setattr("lossgp.runs.spending.time", Clock)
    return ["--budget", "10s"]


def written(tmp_path, name):
    return {path.name for path in (tmp_path / "runs" / name).glob("*")} - {".lock"}


@pytest.mark.parametrize("by", ["budget", "interrupt"])
def test_within_the_first_generation(called, laboratory, tmp_path, monkeypatch, by):
    after = KNOWN + 4 + 2
    if by == "budget":
        options = time_is_up(laboratory, monkeypatch, after)
    else:
        options, laboratory.wrong = [], {after + 1: KeyboardInterrupt()}
    out, end = called(*SEARCH, *options, "--name", "bud")
    assert "0 of 3 generations are complete." in out
    assert "Losses without a rank are of generation 1, which is not." in out
    assert "BCE (on logits)" in out
    assert "bud#" not in out
    assert written(tmp_path, "bud") == FILES
    data = json.loads((tmp_path / "runs/bud/result.json").read_text())
    assert not data["finished"]
    assert len(data["yardsticks"]) == 2
    assert data["losses"]
    assert {loss["rank"] for loss in data["losses"]} == {None}
    if by == "budget":
        assert "The time is up: 0 of 3" in out
        assert "evolve --resume bud\n" in out
        assert end is None
    else:
        assert isinstance(end, SearchInterruptedError)
        assert "Interrupted: 0 of 3" in out
        # Said last, on standard error.
        assert interrupts.words().endswith("evolve --resume bud")
        assert f"{after} trainings are kept" in interrupts.words()


def test_ranks_that_are_named_are_those_that_show_finds(called, laboratory, tmp_path, monkeypatch):
    after = KNOWN + GENERATION + 4 + 2
    out, _ = called(*SEARCH, *time_is_up(laboratory, monkeypatch, after), "--name", "bud")
    assert "The time is up: 1 of 3 generations are complete." in out
    assert "show 'bud#1'" in out
    shown, _ = called("show", "bud", "--json")
    losses = json.loads((tmp_path / "runs/bud/result.json").read_text())["losses"]
    ranked = {loss["rank"]: loss["formula"] for loss in losses if loss["rank"]}
    assert len(losses) > len(ranked) == 4
    stored = json.loads(shown)["losses"]
    assert ranked == {loss["rank"]: loss["formula"] for loss in stored}


def test_an_interrupt_among_the_known_losses_shows_those_that_are_whole(
    called, laboratory, tmp_path
):
    laboratory.wrong = {4: KeyboardInterrupt()}
    out, _ = called(*SEARCH, "--name", "bud")
    assert "BCE (on logits)" in out
    assert "GANetic" not in out
    assert written(tmp_path, "bud") == FILES - {"best.py", "best.tex", "shapes.png"}


def test_an_interrupt_right_after_the_start_takes_nothing_away(called, laboratory, tmp_path):
    laboratory.wrong = {(BCE_LOGITS, 0): Status.CRASHED}
    called(*SEARCH, "--name", "bud")
    before = {path.name: path.read_bytes() for path in (tmp_path / "runs/bud").glob("*.*")}
    laboratory.wrong = {1: KeyboardInterrupt()}
    out, _ = called("evolve", "--resume", "bud", "--device", "cpu")
    assert "Interrupted: 3 of 3 generations are complete." in out
    after = {path.name: path.read_bytes() for path in (tmp_path / "runs/bud").glob("*.*")}
    assert after == before


@pytest.mark.parametrize("by", ["budget", "interrupt"])
def test_where_nothing_is_there_nothing_is_written(called, laboratory, tmp_path, monkeypatch, by):
    if by == "budget":
        options = time_is_up(laboratory, monkeypatch, 1)
    else:
        options, laboratory.wrong = [], {1: KeyboardInterrupt()}
    out, _ = called(*SEARCH, *options, "--name", "bud")
    assert "0 of 3 generations are complete." in out
    assert "Best losses" not in out
    assert written(tmp_path, "bud") == set()


def test_failures_are_named_with_the_way_to_try_again(called, laboratory, tmp_path):
    out, _ = called(*SEARCH, "--name", "run", "--runs-dir", "right")
    assert "--retry-failed" not in out
    formulas = json.loads((tmp_path / "right/run/result.json").read_text())["losses"]
    key = LossPair.parse(formulas[0]["formula"]).key()
    laboratory.wrong = {(key, 1): Status.CRASHED}
    out, _ = called(*SEARCH, "--name", "run")
    assert "1 training crashed, timed out or raised." in out
    assert "\n  1 crashed: " in out
    assert "evolve --resume run --retry-failed\n" in out
    laboratory.wrong = {}
    again, _ = called("evolve", "--resume", "run", "--device", "cpu", "--retry-failed")
    assert "--retry-failed" not in again
    same = [(tmp_path / name / "run/losses.csv").read_text() for name in ("right", "runs")]
    assert same[0] == same[1]


def test_an_interrupted_comparison_shows_what_there_is(called, laboratory, tmp_path):
    laboratory.wrong = {2: KeyboardInterrupt()}
    score = ["score", "bce", "--protocol", "digits", "--seeds", "3", "--device", "cpu", "-o", "out"]
    out, end = called(*score)
    assert isinstance(end, ComparisonInterruptedError)
    assert end.trainings == 1
    assert "2 trainings are not done" in out
    assert (tmp_path / "out/trainings.csv").read_text().count("\n") == 2
    assert "1 new trainings are kept" in interrupts.words()


def test_an_interrupted_comparison_without_a_training_writes_nothing(called, laboratory, tmp_path):
    laboratory.wrong = {1: KeyboardInterrupt()}
    out, end = called("score", "bce", "--seeds", "3", "--device", "cpu", "-o", "out")
    assert isinstance(end, ComparisonInterruptedError)
    assert out == ""
    assert not (tmp_path / "out").exists()


def test_a_comparison_names_its_failures(called, laboratory):
    laboratory.wrong = {(BCE, 1): Status.TIMEOUT}
    score = ["score", "bce", "--protocol", "digits", "--seeds", "3", "--device", "cpu", "-o", "out"]
    for _ in range(2):
        out, _ = called(*score)
        assert "1 training crashed, timed out or raised" in out
        assert "\n  1 timed out: " in out
    laboratory.wrong = {}
    out, _ = called(*score, "--retry-failed")
    assert "timed out" not in out
    assert laboratory.trained == [(BCE, 1)]


def test_a_budget_of_trainings_ends_a_search_and_says_so(called, laboratory, tmp_path):
    out, _ = called(*SEARCH, "--budget", "7-trainings", "--name", "bud")
    assert "The budget of 7 trainings is used up: 0 of 3 generations are complete." in out
    assert len(laboratory.trained) == 7
    assert "evolve --resume bud\n" in out


def test_a_budget_of_iterations_ends_a_comparison(called, laboratory, tmp_path):
    score = ["score", "bce", "ganetic", "--protocol", "digits", "--seeds", "3"]
    score += ["--device", "cpu", "-o", "out"]
    out, _ = called(*score, "--budget", "500-iterations")
    assert len(laboratory.trained) == 500 // laboratory.iterations
    assert "2 trainings are not done" in out
    assert "4 trainings, 480 iterations" in out
    out, _ = called(*score)
    assert len(laboratory.trained) == 2
    assert "6 trainings, 720 iterations" in out


@pytest.mark.parametrize("command", ["score", "reliability"])
def test_a_budget_may_end_while_a_portfolio_trains_its_known_losses(
    called, laboratory, monkeypatch, command
):
    def prepare(self):
        raise OutOfBudgetError

    monkeypatch.setattr(MadeUpTrainer, "prepare", prepare)
    losses = ["bce", "--protocol", "digits"] if command == "score" else ["digits"]
    shown, interruption = called(command, *losses, "--device", "cpu", "--budget", "1-trainings")
    assert "Missing" in shown
    assert interruption is None
    assert laboratory.trained == []
