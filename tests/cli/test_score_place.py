"""Where `lossgp score` writes: beside the runs that its trainings belong to."""

from __future__ import annotations

import pytest

from lossgp.config import ConfigError

from .scored import called, refused


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The directory that a comparison would be written to; nothing is trained."""
    seen = []

    def checked(directory, identity=None):
        seen.append(directory)
        raise ConfigError("that is all")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("lossgp.report.comparison_files.check_place", checked)

    def of(*arguments):
        assert refused("score", "bce", *arguments) == "that is all"
        return seen.pop()

    return of


def test_scores_stand_in_the_runs_directory(place, tmp_path, monkeypatch):
    assert place().parent.as_posix() == "runs/scores"
    assert place().name.startswith("digits-")
    assert place("--runs-dir", tmp_path / "else").parent == tmp_path / "else/scores"
    assert place("-o", "here").as_posix() == "here"
    monkeypatch.setenv("LOSSGP_RUNS", str(tmp_path / "env"))
    assert place().parent == tmp_path / "env/scores"
    assert "No runs in" in called("runs", "--runs-dir", tmp_path / "else")
