from __future__ import annotations

import pytest
import sympy

from lossgp.expressions import Y_PRED, Y_REAL, FormulaError, Loss, zoo
from lossgp.expressions.display import TOLERANCE, difference, rounded, shown
from lossgp.expressions.from_sympy import tree_of
from lossgp.expressions.simplifying_child import simplest


def test_sympy_finds_more_than_the_rules():
    loss = Loss.parse("sin(p)**2 + cos(p)**2 + y*(p + 1) - y")
    form = shown(loss, seconds=60, tolerance=0)
    assert form.by == "sympy"
    assert form.loss.size < loss.simplified().size
    assert form.difference == difference(loss, form.loss) <= TOLERANCE


def test_what_takes_too_long_is_stopped():
    loss = Loss.parse("sin(p)**2 + cos(p)**2 + y*p")
    form = shown(loss, seconds=0.01, tolerance=0)
    assert (form.by, form.loss, form.difference) == ("rules", loss, 0.0)


def test_a_form_that_differs_at_an_edge_is_refused():
    """Without ε, p/p is 1; the protected quotient is 0 at p = 0."""
    loss = Loss.parse("p/p + y*p")
    assert simplest(loss).text() != loss.text()
    assert shown(loss, seconds=60, tolerance=0).loss == loss


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


def test_what_no_operator_stands_for():
    for expression in (sympy.gamma(Y_PRED), Y_PRED**Y_REAL, sympy.I * Y_PRED, sympy.Symbol("q")):
        with pytest.raises(FormulaError):
            tree_of(expression)
