"""Searches for a loss of D and one of G, from the first draw to files and commands."""

import csv
import io
import json

import pytest
from click.testing import CliRunner

import lossgp
from lossgp.cli.group import cli
from lossgp.config import ConfigError
from lossgp.expressions import LossPair
from lossgp.report.files import best_py, best_tex, losses_csv
from lossgp.report.run_figures import draw_run
from lossgp.results.formulas import short

from .inline import CONFIG

PAIRS = {**CONFIG, "search": {**CONFIG["search"], "genome": "pair", "generations": 4}}


def said(*arguments):
    done = CliRunner().invoke(cli, [str(a) for a in arguments])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def evolved(laboratory, tmp_path):
    """Return a function that runs or resumes the search of pairs."""

    def run(**arguments):
        return lossgp.evolve(runs_dir=tmp_path, device="cpu", write=False, **arguments)

    return run


@pytest.fixture
def best(evolved, tmp_path):
    """A stored run's best pair."""
    result = evolved(config=PAIRS, name="pairs")
    assert isinstance(result.best.candidate.loss, LossPair)
    return result.best.candidate.loss


def test_a_run_of_pairs_is_read_and_resumed_as_it_was(evolved, tmp_path):
    whole = evolved(config=PAIRS, name="whole")
    shorter = {**PAIRS, "search": {**PAIRS["search"], "generations": 2}}
    evolved(config=shorter, name="halves")
    halves = evolved(config={"search": {"generations": 4}}, resume="halves")
    assert [i.candidate for i in halves.individuals] == [i.candidate for i in whole.individuals]
    read = lossgp.load("whole", tmp_path)
    assert [i.candidate for i in read.individuals] == [i.candidate for i in whole.individuals]
    assert read.to_json()["losses"] == whole.to_json()["losses"]
    with pytest.raises(ConfigError, match=r"search\.genome: 'pair' -> 'single'"):
        evolved(config={"search": {"genome": "single"}}, resume="whole")


def test_its_files_hold_both_losses(evolved, tmp_path):
    result = evolved(config=PAIRS, name="pairs")
    rows = list(csv.DictReader(io.StringIO(losses_csv(result))))
    pair = result.best.candidate.pair
    first = next(row for row in rows if row["rank"] == "1")
    assert first["formula"] == pair.text()
    assert int(first["size"]) == pair.discriminator.size + pair.generator.size
    assert "y_real" not in LossPair.split(first["simplified"])[1], "G meets the label 1 only"
    tex = best_tex(result, result.best)
    for row in (r"\ell_D(", r"\ell_{D,1}(", r"\ell_{D,0}(", r"\ell_G(y_{pred}) &="):
        assert row in tex
    assert f"% Exact: {pair.text()}\n" in tex
    written = best_py(result, result.best)
    compile(written, "best.py", "exec")
    assert written.count("(nn.Module)") == 2
    assert draw_run(result, tmp_path / "run.png").stat().st_size > 0
    frame = result.to_dataframe()
    assert LossPair.parse(frame.loc[frame["rank"] == 1, "latex"].item())


def test_its_best_is_known_to_every_command(best, tmp_path):
    here = ("--runs-dir", tmp_path)
    shown = json.loads(said("show", "pairs#1", "--json", *here))
    assert shown["formula"] == best.text()
    assert list(shown["losses"]) == ["discriminator", "generator"]
    assert best.text() in json.dumps(json.loads(said("show", "pairs", "--json", *here)))
    latex = said("show", "pairs#1", "--latex", *here)
    assert "y_" not in LossPair.parse(latex).generator.text().replace("y_pred", "")
    assert said("show", "pairs", "--latex", "--rows", 1, *here) == latex
    assert "D: " in said("show", "pairs", *here)
    assert "pairs" in said("runs", *here)
    assert said("same", "pairs#1", best.text(), *here)
    for suffix in ("py", "tex", "json"):
        file = tmp_path / f"best.{suffix}"
        said("export", "pairs#1", "-o", file, *here)
        assert file.stat().st_size > 0
    said("plot", "pairs", "-o", tmp_path / "run.svg", *here)
    said("plot", "pairs#1", "-o", tmp_path / "best.svg", *here)


def test_one_kind_or_the_other(tmp_path):
    done = CliRunner().invoke(cli, ["evolve", "--genome", "double", "--runs-dir", str(tmp_path)])
    assert done.exit_code == 2
    assert "'single', 'pair'" in done.output
    with pytest.raises(ConfigError, match=r"search\.genome"):
        lossgp.evolve({"search": {"genome": "double"}}, runs_dir=tmp_path, device="cpu")
    with pytest.raises(ConfigError, match=r"search\.crossover_between"):
        lossgp.evolve({"search": {"crossover_between": 1.5}}, runs_dir=tmp_path, device="cpu")


def test_where_there_is_little_room_both_losses_are_seen():
    pair = LossPair.parse("D: (p - y)**2 + 0.5*sin(p)*y + cos(y*p); G: -log(p)")
    assert short(pair) == pair.text()
    assert short(pair, 40) == "D: (y_pred - y_real)**…; G: -log(y_pred)"
    longer = LossPair(pair.discriminator, pair.discriminator.at_label(1))
    assert len(short(longer, 40)) == 40
    assert short(longer, 40).startswith("D: (y_pred - y_rea…; G: (")
