"""`lossgp fit`: from a table to formulas on the command line."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from lossgp.cli.group import cli
from lossgp.expressions import Loss

SMALL = ["--population", "100", "--generations", "5", "--operators", "sub,square", "--seed", "1"]


@pytest.fixture
def curve(tmp_path):
    """A table of (p - y)**2."""
    path = tmp_path / "curve.csv"
    p = np.linspace(0, 1, 20)
    rows = "".join(f"{a!r},{(a - 1) ** 2!r},{a**2!r}\n" for a in p.tolist())
    path.write_text("p,l1,l0\n" + rows)
    return path


def fitted(*arguments):
    return CliRunner().invoke(cli, ["fit", *map(str, arguments)])


def test_formulas_are_ranked_with_their_latex_and_written(curve, tmp_path):
    file = tmp_path / "seeds.txt"
    done = fitted(curve, *SMALL, "-o", file)
    assert done.exit_code == 0, done.output
    assert "  1  " in done.output
    assert "y_{pred}" in done.output
    assert f"evolve --seed-losses {file}" in done.output
    first = next(x for x in file.read_text().splitlines() if x.startswith("fit_1 = "))
    assert Loss.parse(first.partition("=")[2]).same_as(Loss.parse("(p - y)**2"))


def test_json_tells_all(curve):
    data = json.loads(fitted(curve, *SMALL, "--best", "2", "--json").stdout)
    assert len(data["formulas"]) <= 2
    assert data["points"] == 40
    assert {"formula", "latex", "size", "error", "largest"} == set(data["formulas"][0])
    assert data["ended"] == "finished"


def test_progress_goes_to_standard_error(curve):
    done = fitted(curve, "--population", "40", "--generations", "4", "--json")
    assert "generation 4 of 4" in done.stderr
    json.loads(done.stdout)


def test_an_interrupt_shows_what_there_is(curve, monkeypatch):
    from lossgp.report import fit_display

    def stop(self, progress):
        raise KeyboardInterrupt

    monkeypatch.setattr(fit_display.Display, "generation", stop)
    done = fitted(curve, "--population", "40", "--generations", "9")
    assert "1 generations" in done.output
    assert "  1  " in done.output
    assert done.exit_code != 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--time-limit", "soon"], "no time span"),
        (["-o", "formulas.pdf"], "the suffix is '.pdf'"),
        (["-o", "nowhere/formulas.txt"], "there is no directory nowhere"),
        (["--operators", "sin,cos"], "at least one operator must take two"),
        (["--population", "3"], "population is 3"),
        (["--loss", "bce"], "the table holds one loss"),
    ],
)
def test_bad_input_is_told(curve, options, message):
    done = fitted(curve, *options)
    assert done.exit_code != 0
    assert message in done.output + str(done.exception)
