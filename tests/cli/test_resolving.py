"""What people write for a loss: names, formulas, pairs of either."""

import pytest

from lossgp.cli.faults import _not_an_option
from lossgp.cli.losses import named_losses, resolve
from lossgp.config import ConfigError
from lossgp.expressions import FormulaError, LossPair, zoo
from lossgp.runs import Store


def of(name):
    return LossPair.of(zoo.entry(name).loss)


@pytest.mark.parametrize(
    ("written", "d", "g", "name"),
    [
        ("D: bce; G: ganetic", "bce", "ganetic", "D: bce; G: ganetic"),
        ("D:hinge;G:minimax;", "hinge", "minimax", "D: hinge; G: minimax"),
        ("D: bce_logits; G: hinge", "bce_logits", "hinge", "D: bce_logits; G: hinge"),
    ],
)
def test_a_pair_of_names_takes_the_part_of_each(tmp_path, written, d, g, name):
    found = resolve(written, tmp_path)
    assert found.loss == LossPair(of(d).discriminator, of(g).generator)
    assert found.name == name


def test_in_a_pair_stand_names_and_formulas(tmp_path):
    found = resolve("D: bce; G: -log(y_pred)", tmp_path)
    assert found.loss.discriminator == zoo.bce
    assert found.loss.generator.text() == "-log(y_pred)"


def test_a_pair_of_the_same_loss_is_that_loss(tmp_path):
    assert resolve("D: ganetic; G: ganetic", tmp_path).loss == zoo.ganetic


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("y_pred-y_real", "y_pred - y_real"),
        ("p-y", "y_pred - y_real"),
        ("s-y", "score - y_real"),
        (" -s*y", "-score * y_real"),
        ("y-0.5-p", "y_real - 0.5 - y_pred"),
        (r"y\log p", "y_real * log(y_pred)"),
        ("D: bce; G: -s", f"D: {zoo.bce.text()}; G: -score"),
        ("D: p-y; G: 1-p", "D: y_pred - y_real; G: 1 - y_pred"),
        (zoo.hinge.latex(), zoo.hinge.text()),
    ],
)
def test_what_is_no_name_is_a_formula(tmp_path, written, means):
    found = resolve(written, tmp_path)
    assert (found.name, LossPair.of(found.loss).text()) == ("formula", means)


@pytest.mark.parametrize(
    "written",
    ["-s*y", "-p-y", "-y*log(p)", "-.5*p*y", "-2*s", "-|p-y|", "-(p-y)**2", r"-y\log p", "--p*y",
     "-neg(p)", "-e**p*y", "-pi*p*y", "-foo(p)", "-√p*y", "-$y p$", "-s"],
)  # fmt: skip
def test_a_formula_may_begin_with_a_minus(written):
    assert _not_an_option(written) == f" {written}"


@pytest.mark.parametrize(
    "written",
    ["-o", "-h", "-n", "-n5", "-q", "-ofile.csv", "-o/tmp/x", "--json", "--set=a=1+(2)", "-", "--",
     "-1", "-8.5", "-1e-3", "--no-color", "ganetic"],
)  # fmt: skip
def test_options_and_numbers_stay_as_they_are(written):
    assert _not_an_option(written) == written


def test_runs_are_among_the_names_that_may_be_meant(tmp_path):
    with Store.open(tmp_path) as store:
        store.create_run("digits-night", {}, "p", "1.0")
    with pytest.raises(FormulaError, match="did you mean 'digits-night'"):
        resolve("digits-nihgt", tmp_path)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("D: bcee; G: bce", "'bcee' is no known loss.*did you mean 'bce'"),
        ("run-7", "'run-7' is no known loss, no run"),
        ("D: -score; G: bce", "y_real is missing"),
        ("D: bce; G: 3", "y_pred is missing in '3'"),
        ("3", "y_pred is missing in '3'"),
        ("bce; ganetic", "two losses are written 'D: formula; G: formula'"),
        ("-score", "y_real is missing"),
        ("y_pred-y_reel", "unknown name 'y_reel' at column 8 .did you mean 'y_real'"),
        ("p-q", "unknown name 'q'"),
        ("D: bce; G: q*p", "in G's loss: unknown name 'q' at column 1"),
        ("D: ; G: bce", "in D's loss: the formula is empty"),
        ("0.5*hinge + bce", "'hinge' is the name of a known loss; in a formula stands"),
        ("D: bce, G: hinge", "write ';' between D's loss and G's, not ','"),
        ("D: bce", "both parts are needed"),
    ],
)
def test_what_is_refused(tmp_path, written, said):
    with pytest.raises(FormulaError, match=said):
        resolve(written, tmp_path)


def test_long_formulas_that_begin_alike_are_two(tmp_path):
    one = "(y_pred - y_real)**2 + 0.25*sin(y_pred)*y_real + 0.5*cos(y_pred)"
    found = named_losses((one, one + "*y_real"), tmp_path)
    assert len(found) == 2
    with pytest.raises(ConfigError, match="given twice"):
        named_losses((one, one), tmp_path)
