"""Text, LaTeX and JSON hold a loss exactly."""

from __future__ import annotations

import json
import math

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from lossgp.expressions import BY_NAME, Y_PRED, Y_REAL, FormulaError, Loss, LossPair, zoo
from lossgp.expressions.parsing import parse_tree
from lossgp.expressions.printing import number
from lossgp.expressions.symbols import constant, value_of
from lossgp.expressions.tree import build, make


def read(written: str) -> Loss:
    """Read as stored losses are: random constants may overflow."""
    return Loss(*parse_tree(written))


@given(st.from_type(Loss))
def test_text_latex_and_json_read_back_equal(loss):
    for form in (loss, loss.simplified()):
        for written in (form.text(), form.latex(), form.latex(epsilon=True)):
            assert read(written) == form
        assert Loss.from_json(json.loads(json.dumps(form.to_json()))) == form
        assert read(form.text()).key() == form.key()
        assert hash(read(form.text())) == hash(form)


@given(st.lists(st.sampled_from(["square", "cube", "p", "p64", "neg", "abs"]), max_size=12))
def test_nested_powers_are_printed_so_that_they_can_be_read(names):
    """Exponents that would be too large when multiplied out stay nested."""
    base = Y_PRED
    for name in names:
        if name in ("p", "p64"):
            base = build(BY_NAME["pow"], base, constant(2.5 if name == "p" else 64))
        else:
            base = make(name, base)
    loss = Loss(make("mul", base, Y_REAL))
    for form in (loss, loss.simplified()):
        assert Loss.parse(form.text()) == form
        assert Loss.parse(form.latex()) == form
        assert Loss.from_json(form.to_json()) == form


def test_simplifying_makes_no_exponent_that_is_refused():
    assert Loss.parse("cube(cube(cube(p)))*y").simplified().text() == "y_pred**27 * y_real"
    four = Loss.parse("cube(cube(cube(cube(p))))*y").simplified()
    assert Loss.parse(four.text()) == four


@pytest.mark.parametrize("d", ["bce", "hinge", "ganetic"])
def test_the_latex_of_a_pair_is_read_back(d):
    pair = LossPair(LossPair.of(zoo.entry(d).loss).discriminator, zoo.hinge.generator)
    for epsilon in (False, True):
        assert LossPair.parse(pair.latex(epsilon=epsilon)) == pair
    assert LossPair.parse(pair.latex(), notation="latex") == pair
    assert LossPair.parse(rf"\[ {pair.latex()} \]") == pair


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
        r"\log y_{pred} y_{real}",
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
