"""`lossgp sweep`, on real digits and with made-up trainings."""

from __future__ import annotations

import csv
import json

import click
import pytest
from click.testing import CliRunner

from lossgp.cli.group import cli
from lossgp.cli.interrupts import interrupts
from lossgp.studies.sweep import SweepInterruptedError

from ..studies.sweeping import swept
from ..studies.test_sweep_file import FILE
from .scored import refused

__all__ = ["swept"]

QUICK = ["--device", "cpu", "--iterations", "12", "--set", "samples=64", "--seeds", "1"]
DIGITS = ["--protocol", "digits", "--device", "cpu", "--vary", "learning_rate=1e-1,1e-3"]


@pytest.fixture
def undrawn(monkeypatch):
    """Pictures have tests of their own."""
    monkeypatch.setattr("lossgp.report.sweep_files.drawings", lambda sweep: {})


@pytest.fixture(autouse=True)
def at_home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(interrupts, "words", interrupts.words)


def called(*words):
    """What a command prints on standard output."""
    done = CliRunner().invoke(cli, [*map(str, words)], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.stdout


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_real_digits_end_to_end(tmp_path):
    out = called("sweep", "bce", "--vary", "layers=1,2", *QUICK, "--workers", "1", "-o", "out")
    for part in ("every combination, 2 settings", "stability", "Scale", "out/sweep.json"):
        assert part in out
    data = json.loads((tmp_path / "out/sweep.json").read_text())
    assert [c["values"] for c in data["cells"]] == [{"layers": 1}, {"layers": 2}]
    fids = [c["losses"][0]["outcomes"][0]["metrics"]["fid"] for c in data["cells"]]
    assert len(set(fids)) == 2  # each setting trains otherwise
    table, trainings = rows(tmp_path / "out/table.csv"), rows(tmp_path / "out/trainings.csv")
    assert [float(r["mean"]) for r in table] == [float(r["fid"]) for r in trainings] == fids
    pictures = {path.name for path in (tmp_path / "out").glob("*.png")}
    assert pictures == {"lines.png", "images-layers.png"}
    # `score` under one of the settings trains nothing, and agrees to the bit.
    own = ["--set", "trainer_options.layers=1", "--set", "trainer_options.samples=64"]
    own += ["--iterations", "12", "--seeds", "1"]
    scored = called("score", "bce", "--protocol", "digits-mlp", "--device", "cpu", *own, "--json")
    assert json.loads(scored)["losses"][0]["outcomes"][0]["metrics"]["fid"] == fids[0]


def test_options_reach_the_sweep(swept, undrawn, tmp_path):
    out = called("sweep", "bce", "ganetic", *DIGITS, "--seeds", "1", "--one-at-a-time", "--json",
                 "--set", "trainer_options.beta1=0.25", "--set", "width=4")  # fmt: skip
    data = json.loads(out)
    assert data["design"] == "one at a time"
    assert {(s["beta1"], s["width"]) for s in swept.settings} == {(0.25, 4)}
    assert [c["values"]["learning_rate"] for c in data["cells"]] == [0.001, 0.1]
    assert [loss["name"] for loss in data["cells"][0]["losses"]] == ["bce", "ganetic"]
    (folder,) = (tmp_path / "runs/sweeps").iterdir()
    assert folder.name == f"digits-{data['identity']}"


def test_the_count_is_said_first(swept, undrawn):
    done = CliRunner().invoke(cli, ["sweep", "bce", "hinge", *DIGITS, "--seeds", "3"])
    assert "2 settings, 12 trainings" in done.stderr


def test_seeds_near_and_columns(swept, undrawn):
    out = called("sweep", "bce", *DIGITS, "--vary", "beta1=0.0,0.5", "--seeds", "1",
                 "--seeds-near", "2", "--json")  # fmt: skip
    assert [len(c["seeds"]) for c in json.loads(out)["cells"]] == [1, 2, 2, 2]
    swept.figures = lambda options, seed: {"fid": 1.0, "spread": 0.125}
    words = ["sweep", "hinge", *DIGITS, "--seeds", "1"]
    assert "0.125" not in called(*words)
    assert "0.125" in called(*words, "--columns", "spread")
    assert "0.125" in called(*words, "--columns", "all")


def test_an_interrupted_sweep_shows_what_it_has_and_says_how_to_go_on(swept, undrawn, tmp_path):
    swept.wrong[3] = KeyboardInterrupt()
    done = CliRunner().invoke(cli, ["sweep", "bce", *DIGITS, "--seeds", "2", "-o", "out"],
                              standalone_mode=False)  # fmt: skip
    assert isinstance(done.exception, click.Abort)
    assert isinstance(done.exception.__cause__, SweepInterruptedError)
    assert "2 trainings are not done" in done.stdout
    assert "1 of 2" in done.stdout
    assert "Interrupted; 2 new trainings are kept. Continue" in interrupts.words()
    assert len(rows(tmp_path / "out/trainings.csv")) == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--vary", "learning_rate"], "'learning_rate': write KEY=A,B,..."),
        (["--vary", "learning_rat=1,2"], "did you mean 'learning_rate'"),
        (["--vary", "learning_rate=1,x"], "learning_rate of protocol 'digits-mlp' is 'x'"),
        (["--vary", "width=2", "--vary", "width=3"], "'width' is varied twice"),
        ([], "nothing to vary"),
        (["--vary", "width=2,3", "--set", "widh=1"], "did you mean 'width'"),
        (["--vary", "width=2,3", "--epochs", "2"], "no option 'epochs'"),
        (["--vary", "width=2,3", "--columns", "fidd"], "did you mean 'fid'"),
        (["--vary", "width=2,3", "--seeds", "0"], "0 is not in the range"),
        (["--vary", "width=2,3", "--seeds", "3", "--seeds-near", "2"], "seeds_near is 2"),
        (["--vary", "width=2,3", "--device", "tpu"], "unknown device 'tpu'"),
        (["--vary", "width=2,3", "--protocol", "ring,grid"], "several protocols"),
    ],
)
def test_mistakes_are_refused_before_anything_is_trained(tmp_path, words, told):
    message = refused("sweep", "bce", *words)
    assert told in message
    assert "\n" not in message
    assert not any(tmp_path.iterdir())


def test_an_unknown_loss_and_a_foreign_folder_are_refused(tmp_path):
    assert "did you mean" in refused("sweep", "hinje", "--vary", "width=2,3")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/table.csv").write_text("mine")
    message = refused("sweep", "bce", "--vary", "width=2,3", "-o", "out")
    assert "holds another sweep, or files of something else" in message
    assert (tmp_path / "out/table.csv").read_text() == "mine"


def test_another_sweep_does_not_overwrite_the_files_of_one(swept, undrawn):
    called("sweep", "bce", *DIGITS, "--seeds", "1", "-o", "out")
    called("sweep", "bce", *DIGITS, "--seeds", "2", "-o", "out")  # the same with more seeds
    assert "another sweep" in refused("sweep", "hinge", *DIGITS, "--seeds", "1", "-o", "out")


def test_a_file_is_swept_and_its_claims_are_judged(swept, tmp_path, monkeypatch):
    (tmp_path / "rates.toml").write_text(FILE)
    out = called("sweep", "rates.toml", "--set", "width=8", "-o", "out", "--device", "cpu")
    assert {s["width"] for s in swept.settings} == {8}
    assert "Rates of digits: every combination, 4 settings" in out
    assert "agrees          0.1 is worse: FID" in out
    assert "Together  1 agrees, 0 does not, 1 cannot be told" in out
    page = (tmp_path / "out/conclusions.md").read_text()
    assert "| 0.1 is worse | at 0.1 images are poor (section 3) | a higher FID | FID " in page
    assert "| agrees |" in page
    assert "![heat](heat.png)" in page
    assert str(tmp_path) not in page
    monkeypatch.setattr("lossgp.report.sweep_files.drawings", lambda sweep: {})
    called("sweep", "rates.toml", "--vary", "beta1=0.1", "--vary", "learning_rate=1e-2")
    assert any(p.name.startswith("rates-") for p in (tmp_path / "runs/sweeps").iterdir())
    assert {(s["beta1"], s["learning_rate"]) for s in swept.settings} == {(0.1, 0.01)}


def test_a_file_stands_alone(tmp_path):
    (tmp_path / "rates.toml").write_text(FILE)
    assert "stands alone" in refused("sweep", "rates.toml", "bce")
    assert "there is no such file" in refused("sweep", "other.toml")
    assert "did you mean 'width'" in refused("sweep", "rates.toml", "--set", "widht=8")
