"""lossgp from Python: what a notebook or a script sees."""

from __future__ import annotations

import subprocess
import sys

import pytest

import lossgp
from lossgp.results.frames import dataframe

from ..report.comparisons import two
from ..report.test_run_figures import family, result


def test_runs_are_listed_and_loaded(finished, monkeypatch):
    (run,) = lossgp.runs(finished / "runs")
    assert repr(run).startswith("<Run 'first': finished, digits, 20")
    loaded = lossgp.load("first", finished / "runs")
    assert loaded.best is not None
    monkeypatch.setenv("LOSSGP_RUNS", str(finished / "runs"))
    assert lossgp.load(run.name).best == loaded.best
    assert lossgp.runs()[0].name == "first"


def test_where_there_are_no_runs_none_are_listed_and_nothing_is_created(tmp_path):
    assert lossgp.runs(tmp_path / "runs") == []
    with pytest.raises(lossgp.RunsError):
        lossgp.load("first", tmp_path / "runs")
    assert list(tmp_path.iterdir()) == []


def test_the_room_of_that_name_is_still_a_package():
    code = "import lossgp, lossgp.runs; from lossgp.runs import Store; print(lossgp.runs.Store)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Store" in done.stdout


def test_a_result_is_short_as_text_and_a_table_in_a_notebook():
    found = result(family())
    assert repr(found) == (
        "<Result 'first': 3 of 3 generations, 5 losses, best FID 100.0 ± 0.0: (y_pred - y_real)**2>"
    )
    page = found._repr_html_()
    assert "<pre" in page
    assert "GANetic" in page
    assert "Screened" in page


def test_a_result_as_a_data_frame_has_a_row_a_loss():
    frame = result(family()).to_dataframe()
    assert list(frame["name"]) == ["g3s0", "g2s0", "g1s1", "ganetic", "g1s0", "g1s2"]
    assert list(frame["rank"].dropna()) == [1, 2, 3, 4, 5]
    assert frame["fid_mean"].iloc[0] == 100.0
    assert frame.loc[frame["name"] == "ganetic", "origin"].item() == "known"
    assert "sqrt" in frame.loc[frame["name"] == "ganetic", "latex"].item()


def test_a_comparison_as_a_data_frame_has_a_row_a_training():
    both = two()
    frame = both.to_dataframe()
    assert len(frame) == 8
    lost = frame[frame["status"] == "diverged"]
    assert lost["fid"].isna().all()
    assert frame.groupby("loss")["fid"].count().to_dict() == {"bce": 3, "ganetic": 4}
    assert repr(both).startswith("<Comparison of 2 losses under digits, 8 of 8 trainings: bce, g")
    assert "485.00" in both._repr_html_()


def test_without_pandas_the_way_to_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        dataframe([])


QUICK_CONFIG = {
    "preset": "plain",
    "search": {"population": 3, "generations": 2},
    "seeds": 2,
    "trainer_options": {"iterations": 12, "samples": 64},
}


def test_a_script_may_be_run_again_and_leaves_the_files_of_the_command(finished, capsys):
    options = {"runs_dir": finished / "again", "name": "first", "device": "cpu"}
    once = lossgp.evolve(QUICK_CONFIG, **options, progress=True)
    shown = capsys.readouterr().err
    assert "generation 2 of 2: best FID" in shown
    there = {path.name: path.read_bytes() for path in once.files}
    command = {path.name: path.read_bytes() for path in (finished / "runs/first").iterdir()}
    assert there == {name: command[name] for name in there}
    assert {"best.py", "best.tex", "losses.csv", "result.json", "shapes.png"} <= set(there)
    with pytest.raises(lossgp.RunsError, match="is taken"):
        lossgp.evolve(QUICK_CONFIG, **options)
    again = lossgp.evolve(QUICK_CONFIG, **options, if_exists="resume")
    assert again == once
    assert capsys.readouterr().err == ""
    with pytest.raises(lossgp.ConfigError, match="if_exists is 'replace'; it must be 'error' or"):
        lossgp.evolve(QUICK_CONFIG, **options, if_exists="replace")


def test_a_search_that_is_not_to_write_writes_nothing(tmp_path):
    found = lossgp.evolve(QUICK_CONFIG, runs_dir=tmp_path, name="x", device="cpu", write=False,
                          if_exists="resume")  # fmt: skip
    assert found.files == ()
    assert not list(tmp_path.glob("x/*.*"))
