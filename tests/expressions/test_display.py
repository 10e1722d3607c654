from __future__ import annotations

import numpy as np
import pytest
import sympy

from lossgp.expressions import Y_PRED, Y_REAL, FormulaError, Loss, zoo
from lossgp.expressions.display import TOLERANCE, difference, rounded, shown
from lossgp.expressions.from_sympy import tree_of
from lossgp.expressions.simplifying_child import simplest


def test_sympy_finds_more_than_the_rules():
    loss = Loss.parse("sin(p)**2 + cos(p)**2 + y*(p + 1) - y")
    form = shown(loss, seconds=250, tolerance=0)
    assert form.by == "sympy"
    assert form.loss.size < loss.simplified().size
    assert form.difference == difference(loss, form.loss) <= TOLERANCE


def test_what_takes_too_long_is_stopped():
    loss = Loss.parse("sin(p)**2 + cos(p)**2 + y*p")
    form = shown(loss, seconds=0.001, tolerance=0)
    assert (form.by, form.loss, form.difference) == ("rules", loss, 0.0)


def test_a_form_that_differs_at_an_edge_is_refused():
    """Without ε, p/p is 1; the protected quotient is 0 at p = 0."""
    loss = Loss.parse("p/p + y*p")
    assert simplest(loss).text() != loss.text()
    assert shown(loss, seconds=250, tolerance=0).loss == loss


def test_constants_are_rounded_within_the_tolerance():
    loss = Loss.parse("1.23456789*p**2 + 0.000123456*y + 3.98512345*y*p")
    coarse = rounded(loss, loss, 1e-2)
    assert difference(loss, coarse) <= 1e-2
    assert len(coarse.text()) < len(rounded(loss, loss, 1e-4).text()) < len(loss.text())
    assert rounded(zoo.ganetic, zoo.ganetic, 1e-5) == zoo.ganetic


def test_rounding_keeps_a_sensitive_constant():
    loss = Loss.parse("exp(10.123456*p) + y")
    assert "10.12" in rounded(loss, loss, 1e-3).text()


@pytest.mark.parametrize("name", ["bce", "f1", "f2", "f3", "ganetic", "ngl", "baikal"])
def test_ordinary_sympy_comes_back(name):
    loss = zoo.entry(name).loss
    back = Loss(tree_of(loss.sympy(0)))
    assert difference(loss, back) < 1e-3


def test_functions_that_the_operators_express_come_from_sympy():
    assert Loss.from_sympy(sympy.cosh(Y_PRED) * Y_REAL).same_as(Loss.parse("cosh(p)*y"), "value")
    assert Loss.from_sympy(sympy.tan(Y_PRED) * Y_REAL).same_as(Loss.parse("tan(p)*y"), "value")


def test_what_no_operator_stands_for():
    for expression in (sympy.gamma(Y_PRED), Y_PRED**Y_REAL, sympy.I * Y_PRED, sympy.Symbol("q")):
        with pytest.raises(FormulaError):
            tree_of(expression)


def test_a_difference_where_quotients_meet_a_zero_is_seen():
    """For y = 0 the cosine's argument is 1e7 times p: its zeros move by the last bit.

    The reference is a search of its own: the neighbouring floats about one zero.
    """
    a = Loss.parse("log(3.583*(cos(0.1128*(y_pred/y_real))/y_real))")
    b = Loss.parse("log(3.583*(cos(0.1128*y_pred/y_real)/y_real))")
    low, high = 0.5, 0.5 + np.pi * 1e-8 / 0.1128
    sign = np.cos(0.1128 * (low / 1e-8)) > 0
    while np.nextafter(low, high) < high:
        middle = 0.5 * (low + high)
        low, high = (
            (middle, high) if (np.cos(0.1128 * (middle / 1e-8)) > 0) == sign else (low, middle)
        )
    p = low + np.arange(-200, 200) * np.spacing(low)
    one, other = (f.numpy()(p, np.zeros_like(p)) for f in (a, b))
    true = np.max(np.abs(one - other) / (1 + np.abs(one)))
    assert true > 0.1
    assert difference(a, b) > 0.1


@pytest.mark.parametrize(
    ("formula", "other", "true"),
    [
        ("log(p - 0.4321)*y + p", "log(p - 0.4320)*y + p", "the argument's zero moves"),
        ("y*sqrt(abs(p - 0.123456)) + p", "y*sqrt(abs(p - 0.1235)) + p", "a cusp moves"),
        ("y*0.01/(p - 0.7071) + p", "y*0.01/(p - 0.7072) + p", "a pole moves"),
    ],
)
def test_the_difference_is_that_of_a_dense_grid(formula, other, true):
    a, b = Loss.parse(formula), Loss.parse(other)
    p = np.linspace(0, 1, 1_000_001)
    with np.errstate(all="ignore"):
        one, two = (f.numpy()(p, np.ones_like(p)) for f in (a, b))
        small = (np.abs(one) < 1e6) & (np.abs(two) < 1e6)
        least = np.max(np.where(small, np.abs(one - two) / (1 + np.abs(one)), 0.0))
    assert difference(a, b) >= 0.9 * least, true


def test_constants_that_place_a_sharp_spot_keep_their_digits():
    loss = Loss.parse("y*log(p - 0.4321) + 1.23456*p")
    assert rounded(loss, loss, 1e-3).text() == "y_real * log(y_pred - 0.4321) + 1.235 * y_pred"


def test_scores_are_compared_as_far_as_everywhere():
    a, b = Loss.parse("score*y"), Loss.parse("score*y + max(0, score - 39)")
    assert difference(a, b) > 0.01
