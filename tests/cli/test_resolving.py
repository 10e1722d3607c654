"""What people write for a loss: names, formulas, pairs of either."""

import pytest

from lossgp.cli.losses import resolve
from lossgp.expressions import FormulaError, LossPair, zoo


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


@pytest.mark.parametrize("written", ["y_pred-y_real", "-y_pred*y_real", "score-y_real"])
def test_a_formula_without_spaces_is_no_name(tmp_path, written):
    assert resolve(written, tmp_path).name == "formula"


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
    ],
)
def test_what_is_refused(tmp_path, written, said):
    with pytest.raises(FormulaError, match=said):
        resolve(written, tmp_path)
