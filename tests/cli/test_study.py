"""`lossgp study`."""

import json

import click
import pytest
from click.testing import CliRunner

from lossgp.cli.group import cli
from lossgp.cli.interrupts import interrupts
from lossgp.config import ConfigError
from lossgp.studies.study import StudyInterruptedError
from tests.studies.inline import laboratory

__all__ = ["laboratory"]

STUDY = """
[study]
seeds = 2
confirm = 2
points = 2
budget = "12-trainings"
target = "ganetic"
[common]
seeds = 2
[common.search]
population = 4
[[arm]]
name = "random"
algorithm = "random"
[[arm]]
name = "gp"
"""


@pytest.fixture
def called(laboratory, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(interrupts, "words", interrupts.words)
    (tmp_path / "mine.toml").write_text(STUDY)

    def call(*arguments):
        done = CliRunner().invoke(cli, [*map(str, arguments)], standalone_mode=False)
        if done.exception is not None:
            raise done.exception.__cause__ or done.exception
        return done

    return call


def test_a_study_prints_tables_and_writes_files_under_its_name(called, tmp_path):
    done = called("study", "mine.toml", "--device", "cpu")
    assert "Study mine" in done.stdout
    assert "gp cannot be told from random" in done.stdout
    folder = tmp_path / "runs" / "studies" / "mine"
    assert {path.name for path in folder.iterdir()} == {
        "study.json", "arms.csv", "curves.csv", "study.png",
    }  # fmt: skip
    assert "run 4 of 4: gp, seed 1" in done.stderr
    assert "incumbents on fresh seeds" in done.stderr
    assert "mine-gp-1" in called("runs").stdout


def test_files_go_where_they_are_wanted_and_json_is_the_study(called, tmp_path):
    done = called("study", "mine.toml", "-o", "there", "--json", "--device", "cpu")
    assert json.loads(done.stdout) == json.loads((tmp_path / "there" / "study.json").read_text())
    assert not (tmp_path / "runs" / "studies").exists()


def test_an_interrupt_says_how_to_go_on(called, laboratory):
    laboratory.wrong = {3: KeyboardInterrupt()}
    with pytest.raises(StudyInterruptedError):
        called("study", "mine.toml", "--device", "cpu")
    assert "Continue with the same command" in interrupts.words()
    assert "study mine.toml" in interrupts.words()
    called("study", "mine.toml", "--device", "cpu")


def test_a_wrong_file_is_told_before_anything_is_made(called, tmp_path):
    (tmp_path / "wrong.toml").write_text("[study]\nseeds = 0\n")
    with pytest.raises(ConfigError, match=r"wrong\.toml has 2 mistakes"):
        called("study", "wrong.toml")
    with pytest.raises(ConfigError, match="there is no such file"):
        called("study", "none.toml")
    with pytest.raises(click.UsageError):
        called("study")
    assert not (tmp_path / "runs").exists()
