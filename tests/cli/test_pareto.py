"""RUN@size and its like, and what is shown of a run's Pareto archive and of ruled out losses."""

import csv
import io
import json

import pytest
from click.testing import CliRunner

from lossgp.cli.group import cli
from lossgp.cli.losses import resolve
from lossgp.report.files import losses_csv
from lossgp.results.load import load
from lossgp.runs import RunsError
from tests.report.stored import ok, opened, stored

# Sizes 6, 6 and 5: the first has the best mean, the second is steadier, the third is smaller.
TRAINED = ((ok(0, 20.0), ok(1, 40.0)), (ok(0, 44.0), ok(1, 46.0)), (ok(0, 30.0), ok(1, 60.0)))


@pytest.fixture
def runs_dir(tmp_path):
    with opened(tmp_path) as store:
        stored(store, trained=TRAINED)
        stored(store, "early", trained=((ok(0, 20.0),),))
    return tmp_path / "runs"


def called(*arguments, code=0):
    done = CliRunner().invoke(cli, [*map(str, arguments)], env={"COLUMNS": "200"})
    assert done.exit_code == code, done.output
    return done.output


def run_of(runs_dir):
    with opened(runs_dir.parent) as store:
        return load(store, "first")


def test_losses_of_a_run_are_chosen_by_what_matters(runs_dir):
    by_aim = {aim: resolve(f"first@{aim}", runs_dir) for aim in ("mean", "size", "spread")}
    formulas = {aim: found.loss.text() for aim, found in by_aim.items()}
    sizes = {i.candidate.loss.text(): i.candidate.size for i in run_of(runs_dir).individuals}
    assert formulas["mean"] == "(y_pred - y_real)**2"
    assert sizes[formulas["size"]] <= sizes[formulas["mean"]]
    # 45 is more than one spread, 14.1, above 30.
    assert formulas["spread"] == "(y_pred - y_real)**2"
    assert by_aim["size"].name == "first@size"
    assert "FID" in by_aim["mean"].note


def test_one_that_is_not_there_is_told(runs_dir):
    with pytest.raises(RunsError, match=r"mean, spread, size \(did you mean 'size'\?"):
        resolve("first@sise", runs_dir)
    with pytest.raises(RunsError, match="no loss yet that was trained on all seeds"):
        resolve("early@size", runs_dir)
    with pytest.raises(RunsError, match="fist"):
        resolve("fist@size", runs_dir)


def test_the_archive_is_shown_and_stands_in_the_files(runs_dir):
    result = run_of(runs_dir)
    archive = {i.candidate.label for i in result.pareto}
    assert "g1s0" in archive
    shown = called("show", "first", "--pareto", "--runs-dir", runs_dir)
    rows = [line for line in shown.splitlines() if "g1s" in line]
    assert {word for row in rows for word in row.split() if word.startswith("g1s")} == archive
    assert sum("@mean" in row for row in rows) == 1
    data = json.loads(called("show", "first", "--pareto", "--json", "--runs-dir", runs_dir))
    assert {one["name"] for one in data} == archive
    assert set(result.to_json()["pareto"]) == archive
    in_csv = csv.DictReader(io.StringIO(losses_csv(result)))
    assert {row["name"] for row in in_csv if row["pareto"]} == archive
    assert "no run 'bce'" in called("show", "bce", "--pareto", "--runs-dir", runs_dir, code=2)


def test_the_archive_is_drawn(runs_dir, tmp_path):
    (runs_dir / "first").mkdir(exist_ok=True)
    assert "pareto.png" in called("plot", "first", "--pareto", "--runs-dir", runs_dir)
    one = tmp_path / "one.svg"
    called("plot", "early", "--pareto", "-o", one, "--runs-dir", runs_dir)  # an empty archive
    assert one.exists()
    words = called("plot", "bce", "--pareto", "-o", one, "--runs-dir", runs_dir, code=2)
    assert "--pareto is of one run, and 'bce' is none" in words
