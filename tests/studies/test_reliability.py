"""Studies of reliability, with made-up trainings."""

import csv
import json
import shutil

import click
import pytest
from click.testing import CliRunner

import lossgp
from lossgp.cli.group import cli
from lossgp.cli.interrupts import interrupts
from lossgp.config import ConfigError
from lossgp.expressions import LossPair
from lossgp.report.reliability_files import write
from lossgp.report.reliability_table import (
    noise_grid,
    noise_notes,
    reliability_grid,
    reliability_notes,
)
from lossgp.results.reliability import STATISTICS
from lossgp.runs.place import CHECKPOINTS
from lossgp.runs.spending import OutOfBudgetError
from lossgp.studies.random_losses import RANDOM_LOSSES
from lossgp.studies.reliability import fixed_losses
from lossgp.trainers import Status
from lossgp.trainers.gan.checkpoint import checkpoint_path

from .inline import MadeUpTrainer

SIX = ["bce", "bce_logits", "ganetic", "least_squares", "f1", "f2"]
STUDY = ["reliability", "digits", "--seeds", "4", "--device", "cpu"]
STUDY += [word for loss in SIX for word in ("--loss", loss)]


def studied(folder, **fields):
    given = {"losses": SIX, "seeds": 4, "device": "cpu"} | fields
    return lossgp.reliability("digits", runs_dir=folder, **given)


@pytest.fixture
def called(laboratory, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(interrupts, "words", interrupts.words)

    def call(*arguments):
        done = CliRunner().invoke(cli, [*map(str, arguments)], standalone_mode=False)
        if done.exception is not None and not isinstance(done.exception, click.Abort):
            raise done.exception
        return done.stdout, done.exception and done.exception.__cause__

    return call


def test_the_fixed_set_is_of_different_losses_over_all_of_the_zoo():
    losses = fixed_losses()
    assert 40 <= len(losses) <= 60
    assert len({c.pair.key() for c in losses}) == len({c.name for c in losses}) == len(losses)
    assert len(RANDOM_LOSSES) >= 12
    for formula in RANDOM_LOSSES.values():
        assert LossPair.parse(formula).text() == formula


def test_each_setting_is_trained_and_estimated(laboratory, tmp_path):
    found = studied(tmp_path, vary={"iterations": [60, 120], "batch": [32, 64]})
    assert len(laboratory.trained) == len(SIX) * 4  # of the last setting
    assert [s.label for s in found.settings] == [
        "iterations 60, batch 32", "iterations 60, batch 64",
        "iterations 120, batch 32", "iterations 120, batch 64",
    ]  # fmt: skip
    assert len({s.protocol_hash for s in found.settings}) == 4
    for setting in found.settings:
        assert setting.values.shape == (6, 4)
        assert set(setting.curves) == {
            (statistic.key, among) for statistic in STATISTICS for among in ("all", "good half")
        }
        assert setting.length == laboratory.iterations
    rows = reliability_grid(found).rows
    assert len(rows) == 4 * len(STATISTICS)
    assert len(noise_grid(found).rows) == 4 * 2


def test_finds_are_added_once(laboratory, tmp_path):
    found = studied(tmp_path, add={"mine": "y_pred*y_real", "again": "ganetic"})
    assert [c.name for c in found.settings[0].losses] == [*SIX, "mine"]
    assert found.identity != studied(tmp_path).identity
    with pytest.raises(ConfigError, match="the name of two losses"):
        studied(tmp_path, add={"bce": "y_pred*y_real"})


def test_what_is_known_is_not_trained_again_and_more_seeds_are_added(laboratory, tmp_path):
    first = studied(tmp_path)
    assert studied(tmp_path).to_json() == first.to_json()
    assert laboratory.trained == []
    studied(tmp_path, seeds=6)
    assert {seed for _, seed in laboratory.trained} == {4, 5}
    # A comparison of the same protocol knows them, too.
    lossgp.compare(["bce"], protocol="digits", seeds=6, runs_dir=tmp_path, device="cpu")
    assert laboratory.trained == []


def test_an_interrupted_study_goes_on_to_the_same_result(laboratory, tmp_path):
    vary = {"iterations": [60, 120]}
    whole = studied(tmp_path / "whole", vary=vary)
    laboratory.wrong = {8: KeyboardInterrupt()}
    with pytest.raises(lossgp.ReliabilityInterruptedError) as stop:
        studied(tmp_path / "part", vary=vary)
    assert stop.value.trainings == 7
    part = stop.value.reliability
    assert part.missing == 24 - 7
    assert part.left_out == ("iterations 120",)
    words = dict(reliability_notes(part))
    assert words["Missing"].startswith("17 trainings are not done, not begun: iterations 120")
    assert studied(tmp_path / "part", vary=vary).to_json() == whole.to_json()


def test_a_budget_that_ends_before_the_first_loss_leaves_all_out(laboratory, tmp_path, monkeypatch):
    def prepare(self):  # as a portfolio does, whose known losses are trained here
        raise OutOfBudgetError

    monkeypatch.setattr(MadeUpTrainer, "prepare", prepare)
    found = studied(tmp_path, budget="1-trainings")
    assert (found.settings, len(found.left_out)) == ((), 1)
    assert "not begun" in dict(reliability_notes(found))["Missing"]
    assert noise_notes(found)
    assert write(found, tmp_path / "files")


def test_a_budget_covers_part_of_it(laboratory, tmp_path):
    found = studied(tmp_path, budget="9-trainings")
    assert (len(laboratory.trained), found.missing) == (9, 24 - 9)
    assert found.settings[0].curves == {}


def test_lost_and_near_dead_seeds_count_as_dead(laboratory, tmp_path):
    key = LossPair.of(lossgp.zoo.ganetic).key()
    laboratory.wrong = {(key, 1): Status.CRASHED}
    laboratory.fid = lambda key_, seed: 500.0 if seed == 2 else 50.0
    [setting] = studied(tmp_path).settings
    ganetic = [c.name for c in setting.complete].index("ganetic")
    assert setting.dead[ganetic].tolist() == [False, True, True, False]
    assert setting.values[ganetic].tolist() == [50.0, 1000.0, 500.0, 50.0]
    assert setting.dead.sum() == 7
    again = studied(tmp_path)
    assert laboratory.trained == []
    laboratory.wrong = {}
    again = studied(tmp_path, retry_failed=True)
    assert laboratory.trained == [(key, 1)]
    assert again.settings[0].dead.sum() == 6


def test_kept_generators_are_measured_on_other_samples(laboratory, tmp_path, monkeypatch):
    protocol = MadeUpTrainer.create({}, "cpu").protocol.hash()
    for name in ("bce", "ganetic"):
        key = LossPair.of(lossgp.zoo.entry(name).loss).key()
        path = checkpoint_path(tmp_path / CHECKPOINTS, protocol, key, 0, "cpu")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    asked = []

    def measured_again(self, path, seed):
        asked.append((path.name, seed))
        return {"fid": 100.0 + seed % 10}

    assert studied(tmp_path).settings[0].again == ()  # these are no generators
    monkeypatch.setattr(MadeUpTrainer, "measured_again", measured_again)
    [setting] = studied(tmp_path).settings
    assert setting.again == ((100.0, 101.0, 102.0, 103.0),) * 2
    assert len(set(asked)) == 8
    assert setting.noises["all"].evaluation > 0


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"seeds": 3}, "seeds is 3; it must be from 4 to 1000"),
        ({"losses": []}, "there is no loss"),
        ({"options": {"speed": 3}}, "speed"),
        ({"vary": {"speed": [3]}}, "speed"),
        ({"vary": {"iterations": []}}, "give a list"),
        ({"vary": {"iterations": "60"}}, "give a list"),
        ({"vary": {"iterations": [60, 60]}}, "are the same"),
        ({"vary": {"iterations": [60]}, "options": {"iterations": 60}}, "both set and varied"),
        ({"budget": "soon"}, "is no budget"),
        ({"time_limit": 0}, "time_limit"),
    ],
)
def test_what_is_refused_leaves_nothing_behind(tmp_path, wrong, words):
    with pytest.raises(ConfigError, match=words):
        studied(tmp_path / "runs", **wrong)
    assert list(tmp_path.iterdir()) == []


def test_the_command_prints_and_writes_the_study(called, laboratory, tmp_path):
    out, _ = called(*STUDY, "--add", "y_pred*y_real", "--vary", "iterations=60")
    assert "7 losses, 28 trainings" in out
    shutil.rmtree(tmp_path / "runs/reliability")
    out, _ = called(*STUDY, "--vary", "iterations=60,120", "--set", "batch=32")
    assert "iterations 120" in out
    assert "living and share of dead" in out
    assert "Shrout and Fleiss" in out
    [folder] = (tmp_path / "runs/reliability").iterdir()
    names = {"reliability.json", "reliability.csv", "trainings.csv", "reliability.png"}
    assert {path.name for path in folder.iterdir()} == names
    rows = list(csv.DictReader((folder / "reliability.csv").read_text().splitlines()))
    assert len(rows) == 2 * len(STATISTICS) * 2 * 4
    assert len((folder / "trainings.csv").read_text().splitlines()) == 1 + 2 * 6 * 4
    data = json.loads((folder / "reliability.json").read_text())
    assert data["settings"][0]["options"] == {"batch": 32, "iterations": 60}
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    printed, _ = called(*STUDY, "--vary", "iterations=60,120", "--set", "batch=32", "--json")
    assert json.loads(printed) == data
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_an_interrupted_command_shows_what_there_is(called, laboratory, tmp_path):
    laboratory.wrong = {5: KeyboardInterrupt()}
    out, end = called(*STUDY, "-o", "out")
    assert isinstance(end, lossgp.ReliabilityInterruptedError)
    assert "20 trainings are not done" in out
    assert "4 new trainings are kept" in interrupts.words()
    out, end = called(*STUDY, "-o", "out")
    assert end is None
    assert "Missing" not in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["digits", "--vary", "iterations"], "write KEY=A,B"),
        (["digits", "--vary", "iterations=60,"], "write KEY=A,B"),
        (["digits", "--vary", "iterations=60", "--vary", "iterations=90"], "varied twice"),
        (["digits", "--seeds", "3"], "not in the range"),
        (["digit"], "digits"),
    ],
)
def test_the_command_refuses_in_one_line(tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, ["reliability", *arguments], standalone_mode=False)
    assert words in str(getattr(done.exception, "message", None) or done.exception)
    assert list(tmp_path.iterdir()) == []


def test_another_study_is_not_overwritten(called, laboratory, tmp_path):
    called(*STUDY, "-o", "out")
    with pytest.raises(ConfigError, match="holds another study"):
        called(*STUDY, "--set", "iterations=7", "-o", "out")
    called(*STUDY, "--seeds", "5", "-o", "out")


def test_a_notebook_shows_both_tables(laboratory, tmp_path):
    page = studied(tmp_path)._repr_html_()
    assert "median" in page
    assert "Noise between the seeds" in page
