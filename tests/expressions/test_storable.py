"""What is accepted can be stored, and what float64 cannot hold is refused."""

from __future__ import annotations

import pickle

import pytest
import sympy

from lossgp.expressions import Y_PRED, Y_REAL, FormulaError, Loss, LossPair
from lossgp.expressions.parsing import MAX_DEPTH, MAX_NODES
from lossgp.expressions.tree import make


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("1e-400*p*y", "'1e-400' at column 1 is too small for a float"),
        ("p*y + 0." + "0" * 400 + "1", "too small for a float"),
        ("1e999*p*y", "'1e999' at column 1 is too large for a float"),
        ("1e308*10*p*y", r"the constant part 1e\+308 \* 10 comes to inf"),
        ("min(1e308*10, p)*y", "comes to inf"),
        ("p*y + 1e300**2", "comes to inf"),
        ("p*y + (1e308*10 - 1e308*10)", "comes to inf"),
        ("1e-200*1e-200*p*y", r"1e-200 \* 1e-200 is too small for float64"),
        (r"1\times10^{-400} p y", "too small for a float"),
    ],
)
def test_numbers_that_float64_cannot_hold_are_refused_when_read(written, said):
    for read in (Loss.parse, LossPair.parse):
        with pytest.raises(FormulaError, match=said):
            read(written)


@pytest.mark.parametrize("written", ["0*p + y", "0.000*p + y", "0e-999*p + y", "exp(-800)*p + y"])
def test_zeros_are_read(written):
    assert Loss.parse(written).size >= 3


def test_what_an_old_search_stored_is_opened_whatever_its_constants():
    stored = {"format": "lossgp.loss", "version": 1, "formula": "1e+308 * 10 * y_pred * y_real"}
    assert Loss.from_json(stored).text() == stored["formula"]
    assert LossPair.from_json(stored).discriminator == Loss.from_json(stored)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        (Y_PRED**65 * Y_REAL, "the exponent 65 is too large; it must lie between -64 and 64"),
        (Y_PRED ** sympy.Float("-64.5") * Y_REAL, "too large"),
        (sympy.Integer(10) ** 400 * Y_PRED * Y_REAL, "too large for float64"),
        (sympy.Float("1e-400") * Y_PRED * Y_REAL, "too small for float64"),
        (sympy.oo * Y_PRED, "no finite real number"),
        (Y_PRED * Y_REAL + sympy.Rational(1, 10**400), "too small for float64"),
    ],
)
def test_sympy_that_could_not_be_stored_is_refused(expression, said):
    with pytest.raises(FormulaError, match=said):
        Loss.from_sympy(expression)


def test_sympy_that_is_accepted_is_stored_and_pickled():
    exact = sympy.Float("0.1234567890123456789", 30)
    for expression in (Y_PRED**64 * Y_REAL, exact * Y_PRED * Y_REAL, 2**60 * Y_PRED + Y_REAL / 3):
        loss = Loss.from_sympy(expression)
        assert Loss.from_json(loss.to_json()) == loss
        assert pickle.loads(pickle.dumps(loss.torch())).loss == loss


def test_numbers_given_directly_are_those_that_are_printed():
    for number in (
        sympy.Float("0.1234567890123456789", 30),
        sympy.Float(2.0),
        sympy.Integer(2**60),
    ):
        loss = Loss(make("mul", Y_PRED, number))
        assert Loss.parse(loss.text()) == loss


@pytest.mark.parametrize("levels", [MAX_DEPTH - 2, MAX_DEPTH + 10])
def test_a_tree_is_as_deep_as_its_text_can_be_read(levels):
    tree = Y_PRED
    for _ in range(levels):
        tree = make("sin", tree)
    if levels < MAX_DEPTH:
        loss = Loss(tree)
        assert Loss.from_json(loss.to_json()) == loss
    else:
        with pytest.raises(FormulaError, match="nested deeper"):
            Loss(tree)


def test_a_tree_of_too_many_nodes_is_refused():
    tree = Y_PRED
    for _ in range(10):
        tree = make("add", tree, tree)
    assert MAX_NODES < 2**10 - 1
    with pytest.raises(FormulaError, match="operators"):
        Loss(tree)
