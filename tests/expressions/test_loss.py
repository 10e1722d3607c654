from __future__ import annotations

import pytest
import sympy

from lossgp.expressions import Y_PRED, Y_REAL, FormulaError, Loss, LossPair, parse, zoo


def test_parse_gives_a_loss_or_a_pair():
    assert parse("p - y") == Loss.parse("p - y")
    assert parse("D: p - y; G: p").generator == Loss.parse("p")
    assert parse("D: p - y; G: p - y") == Loss.parse("p - y")


def test_losses_are_values():
    a, b = Loss.parse("p + y*2"), Loss.parse("y_pred + y_real * 2.0")
    assert a == b
    assert hash(a) == hash(b)
    assert a != Loss.parse("s + y*2")
    assert a != "p + y*2"
    assert len({a, b, Loss.parse("p")}) == 2
    assert repr(a) == "Loss.parse('y_pred + y_real * 2')"
    assert str(a) == "y_pred + y_real * 2"
    with pytest.raises(AttributeError):
        a.link = "identity"


def test_the_key_is_of_the_exact_tree_and_the_link():
    assert Loss.parse("p + y").key() == Loss.parse("y_pred+y_real").key()
    assert Loss.parse("p + y").key() != Loss.parse("y + p").key()
    assert Loss.parse("p + y").key() != Loss.parse("s + y").key()
    assert len(zoo.bce.key()) == 32
    assert LossPair.of(zoo.bce).key() == zoo.bce.key()
    assert zoo.minimax.key() != zoo.bce.key()


def test_a_link_has_a_name():
    with pytest.raises(FormulaError, match="the link is 'softmax'"):
        Loss(Y_PRED, "softmax")


def test_ordinary_sympy_with_and_without_epsilon():
    a, b = Y_PRED, Y_REAL
    assert zoo.ganetic.sympy(0) == a**3 + sympy.sqrt(sympy.Abs(3.985 * b / a))
    assert zoo.ganetic.sympy().has(sympy.Float(1e-8, 17))
    assert sympy.simplify(zoo.least_squares.diff(0) - 2 * (a - b)) == 0


def test_equal_meaning():
    a, b = Loss.parse("(p - y)**2"), Loss.parse("p*p - 2*p*y + y")
    assert a.same_as(b)
    assert not a.same_as(b, "structure")
    assert a.same_as(Loss.parse("5*(p - y)**2 - y"), "gradient")
    assert not a.same_as(Loss.parse("(s - y)**2"))
    assert a.compare(b) == ("value", 1.0)


def test_losses_of_scores_and_of_probabilities_can_be_compared():
    assert Loss.parse("(p - y)**2").compare(Loss.parse("(sigmoid(s) - y)**2")) == ("structure", 1.0)
    assert Loss.parse("(p - y)**2").compare(Loss.parse("(s - y)**2")) == (None, None)


def test_a_pair_shows_both():
    pair = zoo.hinge
    assert pair.latex().startswith(r"\begin{aligned} L_D &= \max")
    assert not pair.is_single
    assert pair.size == pair.discriminator.size + pair.generator.size
    assert str(pair) == pair.text()
    single = LossPair.of(zoo.ganetic)
    assert single.is_single
    assert single.latex() == zoo.ganetic.latex()
    assert LossPair.of(pair) is pair
    d, g = pair.criterion_functions()
    assert callable(d)
    assert callable(g)


def test_notebooks_show_latex():
    assert zoo.bce._repr_latex_().startswith("$\\displaystyle -y_{real}")


def test_pairs_are_compared_half_by_half():
    a = LossPair.parse("D: (p - y)**2; G: log(1 - p)")
    b = LossPair.parse("D: p**2 - 2*p*y + y; G: 0.5*log(1 - p)")
    assert a.compare(a) == ("structure", (1.0, 1.0))
    assert a.compare(b) == ("gradient", (1.0, pytest.approx(2.0)))
    assert a.compare(LossPair.parse("(p - y)**2")) == (None, None)
