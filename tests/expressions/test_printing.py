"""Text, LaTeX and JSON hold a loss exactly."""

from __future__ import annotations

import json
import math

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from lossgp.expressions import FormulaError, Loss, LossPair, zoo
from lossgp.expressions.printing import number
from lossgp.expressions.symbols import constant, value_of


@given(st.from_type(Loss))
def test_text_latex_and_json_read_back_equal(loss):
    assert Loss.parse(loss.text()) == loss
    assert Loss.parse(loss.latex(), notation="latex") == loss
    assert Loss.parse(loss.latex(epsilon=True), notation="latex") == loss
    assert Loss.from_json(json.loads(json.dumps(loss.to_json()))) == loss
    assert Loss.parse(loss.text()).key() == loss.key()
    assert hash(Loss.parse(loss.text())) == hash(loss)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_constants_are_exact(value):
    leaf = constant(value)
    assert value_of(leaf) == value
    assert float(number(value)) == value
    assert math.copysign(1, value_of(constant(-0.0))) == 1


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_constants_are_finite(value):
    with pytest.raises(ValueError, match="finite"):
        constant(value)


@pytest.mark.parametrize(
    ("formula", "latex"),
    [
        ("p**3 + sqrt(3.985*y/p)", r"y_{pred}^{3} + \sqrt{\frac{3.985 \cdot y_{real}}{y_{pred}}}"),
        ("1e-7*p - (y - 1)", r"1{\times}10^{-7} \cdot y_{pred} - \left(y_{real} - 1\right)"),
        ("exp(-p)*log(y)", r"e^{-y_{pred}} \cdot \log\left(y_{real}\right)"),
        ("abs(s)**2*y", r"\left(\left|s\right|\right)^{2} \cdot y_{real}"),
    ],
)
def test_latex(formula, latex):
    assert Loss.parse(formula).latex() == latex


def test_latex_with_epsilon_is_equation_2():
    """GANetic paper, equation 2, the protections written out."""
    assert zoo.ganetic.latex(epsilon=True) == (
        r"y_{pred}^{3} + \sqrt{\left|\frac{3.985 \cdot y_{real}}{y_{pred} + \varepsilon}\right|"
        r" + \varepsilon}"
    )


@pytest.mark.parametrize(
    "written",
    [
        r"\varepsilon + y_{pred}",
        r"\frac{y_{pred}}{y_{real}",
        r"\input{x}",
        r"y_{pred}^{y_{real}}",
        r"\log y_{pred}",
        r"{" * 10_000,
        r"\sqrt{" * 500,
        r"",
    ],
)
def test_other_latex_is_refused(written):
    with pytest.raises(FormulaError):
        Loss.parse(written, notation="latex")


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "y_pred",
        {},
        {"format": "lossgp.loss", "version": 1},
        {"format": "lossgp.loss", "version": 2, "formula": "y_pred"},
        {"format": "other", "version": 1, "formula": "y_pred"},
        {"format": "lossgp.loss", "version": 1, "formula": 3},
        {"format": "lossgp.loss", "version": 1, "formula": "__import__('os')"},
    ],
)
def test_json_that_is_no_loss(data):
    for kind in (Loss, LossPair):
        with pytest.raises(FormulaError):
            kind.from_json(data)


def test_json_of_pairs():
    for name in zoo.names():
        pair = LossPair.of(zoo.entry(name).loss)
        assert LossPair.from_json(pair.to_json()) == pair


def test_a_foreign_expression_is_no_loss():
    x = sympy.Symbol("x")
    with pytest.raises(FormulaError, match="not part of a loss"):
        Loss(x)
