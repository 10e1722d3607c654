"""`lossgp card` and `lossgp plot` as a user meets them."""

import csv
import json

import pytest
from click.testing import CliRunner

from lossgp.cli.group import cli
from lossgp.expressions import FormulaError

PAIR = "D: (y_pred - y_real)**2; G: -log(y_pred)"


def run(*arguments, wrong=False):
    """Return what a command prints, or the error it ends with where the input is wrong."""
    done = CliRunner().invoke(cli, [str(a) for a in arguments])
    if wrong:
        assert done.exit_code == 2 or isinstance(done.exception, FormulaError)
        return f"{done.output}{done.exception}"
    assert done.exit_code == 0, done.output
    return done.output


def test_a_card_as_text_has_plain_formulas_and_three_sentences():
    out = run("card", "ganetic")
    assert "l_1 = y_pred**3 + sqrt(3.985 / y_pred)" in out
    assert "one-sided label smoothing at 0.7302" in out
    assert "54.5 times BCE's" in out
    assert "\\" not in out


def test_a_card_holds_a_pair_against_any_loss():
    out = run("card", PAIR, "--against", "(score - y_real)**2", "--name", "mine")
    assert "mine" in out.splitlines()[0]
    assert "l_G = -log(y_pred)" in out
    assert "formula's" in out


def test_a_loss_is_not_held_against_itself():
    header = next(x for x in run("card", "bce").splitlines() if x.strip() == "bce" and x[0] == " ")
    assert header.split() == ["bce"]
    out = run("card", "ganetic", "--against", "none")
    assert "bce" not in out


@pytest.mark.parametrize("style", ["screen", "paper"])
def test_a_card_as_a_page_in_both_styles(tmp_path, style):
    run("card", "paper_hinge", "-o", tmp_path / "c.html", "--style", style)
    assert "<svg" in (tmp_path / "c.html").read_text("utf-8")


def test_a_card_as_data(tmp_path):
    run("card", PAIR, "-o", tmp_path / "c.json")
    data = json.loads((tmp_path / "c.json").read_text("utf-8"))
    assert data["analysis"]["calibration"]["kind"] == "proper"
    run("card", "bce", "-o", tmp_path / "alone.json")
    assert json.loads((tmp_path / "alone.json").read_text("utf-8"))["against"] is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["card", "bce", "--against", "nosuch"], "nosuch"),
        (["card", "y_pred**2"], "y_real is missing"),
        (["card", "bce", "-o", "card.txt"], "suffix"),
        (["plot", "bce", "-o", "x.png", "--range", "0.2", "1.2"], "predictions lie in"),
        (["plot", "bce", "-o", "x.png", "--range", "3", "1"], "must be the smaller"),
        (["plot", "bce", "-o", "x.png", "--kind", "field", "--range", "0", "1"], "--range"),
        (["plot", "bce", "-o", "x.csv", "--kind", "field"], "numbers"),
    ],
)
def test_bad_input_is_named(arguments, said):
    assert said in run(*arguments, wrong=True)


def test_curves_on_a_range_as_numbers(tmp_path):
    formula = "(y_pred - y_real)**2 + 1"
    run("plot", formula, "--against", "none", "--range", "0.2", "0.4", "-o", tmp_path / "c.csv")
    with (tmp_path / "c.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["side"] == "real"]
    assert {row["loss"] for row in rows} == {"(y_pred - y_real)**2 + 1"}
    assert [float(rows[i]["prediction"]) for i in (0, -1)] == [0.2, 0.4]
    assert float(rows[0]["value"]) == pytest.approx(1.64)


@pytest.mark.parametrize("kind", ["shapes", "discriminators", "divergences", "field"])
def test_every_kind_of_plot_takes_losses_and_pairs(tmp_path, kind):
    run("plot", "ganetic", PAIR, "--kind", kind, "--style", "paper", "-o", tmp_path / "p.svg")
    assert (tmp_path / "p.svg").stat().st_size > 1000
