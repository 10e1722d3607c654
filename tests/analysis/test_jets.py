import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from lossgp.analysis import jets
from lossgp.analysis.tape import JetTape
from lossgp.expressions import BY_NAME, EPSILON, OPERATORS, Y_PRED, Loss, zoo
from lossgp.expressions.evaluate import values_and_slopes
from lossgp.expressions.symbols import constant
from lossgp.expressions.tree import make

POINTS = np.array([0.07, 0.31, 0.5, 0.83])


def jet(tree, x, *, epsilon):
    return JetTape([tree], epsilon, "identity")(x)[0]


def test_every_operator_has_a_rule():
    assert jets.missing_rules() == []


def _example(row):
    if row.name == "pow":
        return make("pow", make("add", Y_PRED, constant(0.3)), constant(2.5))
    inner = make("sub", make("mul", Y_PRED, constant(1.7)), constant(0.45))
    other = make("add", make("sin", Y_PRED), constant(0.2))
    return make(row.name, *(inner, other)[: row.arity])


@pytest.mark.parametrize("row", OPERATORS, ids=lambda row: row.name)
def test_jets_agree_with_mpmath(row):
    tree = _example(row)
    out = jet(tree, POINTS, epsilon=0.0)
    written = row_expand(tree)
    f = sympy.lambdify(Y_PRED, written, "mpmath")
    with mpmath.workdps(40):
        for i, p in enumerate(POINTS):
            expected = [float(mpmath.diff(f, mpmath.mpf(float(p)), n)) for n in (0, 1, 2)]
            found = [out.value[i], out.slope[i], out.curvature[i]]
            assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)


def row_expand(tree):
    return Loss(tree).sympy(epsilon=0)


@pytest.mark.parametrize("name", zoo.names())
def test_with_epsilon_kept_jets_are_what_is_trained(name):
    loss = zoo.entry(name).loss
    loss = loss if isinstance(loss, Loss) else loss.discriminator
    for tree in loss.by_class():
        out = jet(tree, POINTS, epsilon=EPSILON)
        value, slope = values_and_slopes(tree, POINTS, np.zeros_like(POINTS))
        assert out.value == pytest.approx(value, rel=1e-14)
        assert out.slope == pytest.approx(slope, rel=1e-12)


@pytest.mark.parametrize("name", ["mul", "div", "sin", "exp", "aq", "sigmoid", "log"])
def test_an_operator_without_a_rule_is_differenced(name, monkeypatch):
    tree = make(name, *(Y_PRED, make("cos", Y_PRED))[: BY_NAME[name].arity])
    known = jet(tree, POINTS, epsilon=EPSILON)
    monkeypatch.delitem(jets._RULES, name)
    assert jets.missing_rules() == [name]
    found = jet(tree, POINTS, epsilon=EPSILON)
    assert found.slope == pytest.approx(known.slope, rel=1e-12)
    assert found.curvature == pytest.approx(known.curvature, rel=1e-4, abs=1e-6)


def test_a_tree_of_both_variables_is_refused():
    with pytest.raises(ValueError, match="by_class"):
        jet(zoo.entry("bce").loss.expr, POINTS, epsilon=0.0)


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(0.05, 0.95))
def test_jets_are_linear(a, b, p):
    f, g = make("sin", Y_PRED), make("exp", Y_PRED)
    x = np.array([p])
    total = make("add", make("mul", constant(a), f), make("mul", constant(b), g))
    one, two, both = (jet(t, x, epsilon=0.0) for t in (f, g, total))
    for part in ("value", "slope", "curvature"):
        expected = a * getattr(one, part) + b * getattr(two, part)
        assert getattr(both, part) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(("name", "sign"), [("max", 1), ("min", -1)])
@pytest.mark.parametrize("p", [0.2, 0.5, 0.8])
def test_what_is_not_picked_does_not_count_and_a_tie_takes_the_mean(name, sign, p):
    square = make("mul", Y_PRED, Y_PRED)
    tree = make(name, square, make("div", Y_PRED, constant(2)))
    out = jet(tree, np.array([p]), epsilon=0.0)
    share = np.heaviside(sign * (p - 0.5), 0.5)
    assert out.slope == pytest.approx(2 * p * share + 0.5 * (1 - share))
    assert out.curvature == pytest.approx(2 * share)


@pytest.mark.parametrize("name", ["max", "min"])
def test_an_infinite_operand_that_is_not_picked_does_no_harm(name):
    endless = make("div", make("mul", constant(-1 if name == "max" else 1), Y_PRED), constant(0))
    out = jet(make(name, endless, make("sin", Y_PRED)), POINTS, epsilon=0.0)
    assert out.value == pytest.approx(np.sin(POINTS))
    assert out.slope == pytest.approx(np.cos(POINTS))
    assert out.curvature == pytest.approx(-np.sin(POINTS))


@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_the_tails_of_squashing_operators_keep_their_digits(name):
    """1 − t² is 0 from 19 on, and 0.5 + 0.5·tanh(x/2) below −38; the true slopes are not."""
    x = np.array([-300.0, -44.0, -17.0, -1.0, 0.0, 2.0, 18.0, 40.0, 300.0])
    out = jet(make(name, Y_PRED), x, epsilon=0.0)
    f = {"sigmoid": lambda v: 1 / (1 + mpmath.exp(-v)), "tanh": mpmath.tanh}[name]
    with mpmath.workdps(600):
        for i, point in enumerate(x):
            expected = [mpmath.diff(f, mpmath.mpf(point), n) for n in (0, 1, 2)]
            found = [out.value[i], out.slope[i], out.curvature[i]]
            assert found == pytest.approx([float(v) for v in expected], rel=1e-9, abs=0)
