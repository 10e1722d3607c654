from __future__ import annotations

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from lossgp.expressions import Loss, LossPair
from lossgp.expressions.rules import at_label, simplify
from lossgp.expressions.tree import complexity

GRID = np.concatenate([[0.0, 1e-8, 1e-3], np.linspace(0.05, 0.95, 19), [1 - 1e-6, 1.0]])
LABELS = [(label, np.full_like(GRID, label)) for label in (0.0, 1.0)]


@pytest.mark.parametrize(
    ("written", "simple"),
    [
        ("y**2*p", "y_real * y_pred"),
        ("y*y + p", "y_real + y_pred"),
        ("abs(p) + y", "y_pred + y_real"),
        ("abs(s) + y", "abs(score) + y_real"),
        ("p + 0*log(y)", "y_pred"),
        ("p*1 + y*-1", "y_pred - y_real"),
        ("p - -y", "y_pred + y_real"),
        ("p + -3*1", "y_pred - 3"),
        ("--p*y", "y_pred * y_real"),
        ("-(p - y)", "y_real - y_pred"),
        ("(p - y)*(p - y)", "(y_pred - y_real)**2"),
        ("abs(p - y)**2", "(y_pred - y_real)**2"),
        ("log(-(p*y))", "log(y_pred * y_real)"),
        ("cos(-s)", "cos(score)"),
        ("max(p, -1) + y", "y_pred + y_real"),
        ("max(s, -1) + y", "max(score, -1) + y_real"),
        ("p - y + (p - p)", "y_pred - y_real"),
        ("p + 2*3 - 5", "y_pred + 6 - 5"),
        ("(p**2)**3", "y_pred**6"),
        ("p**1*p**0", "y_pred"),
        ("sqrt(sqrt(p))", "sqrt(sqrt(y_pred))"),
    ],
)
def test_rules(written, simple):
    assert Loss.parse(written).simplified().text() == simple


@given(st.from_type(Loss))
def test_simplifying_keeps_the_values(loss):
    for _, y in LABELS:
        before, after = (x.numpy()(GRID, y) for x in (loss, loss.simplified()))
        assert _close(before, after, loss.numpy()(GRID * (1 + 1e-11), y * (1 + 1e-11)))


def test_where_the_variables_cancel_out_the_loss_stays_itself():
    loss = Loss.parse("0*p + y")
    assert loss.simplified() is loss
    pair = LossPair.parse("D: p + 0*y; G: p + 0")
    assert pair.simplified().text() == "D: y_pred + 0 * y_real; G: y_pred"


def _close(before: np.ndarray, after: np.ndarray, nudged: np.ndarray) -> bool:
    """Equal wherever the loss is finite, of moderate size and well conditioned."""
    with np.errstate(all="ignore"):
        steady = np.isfinite(before) & (np.abs(before) < 1e6) & np.isfinite(nudged)
        steady &= np.abs(before - nudged) <= 1e-7 * (1 + np.abs(before))
    return np.allclose(before[steady], after[steady], rtol=1e-5, atol=1e-6)


@given(st.from_type(sympy.Expr))
def test_simplifying_is_done_after_a_few_times_and_never_enlarges(tree):
    simple = simplify(tree)
    assert complexity(simple) <= complexity(tree)
    for _ in range(6):
        again = simplify(simple)
        if again is simple:
            break
        simple = again
    assert simplify(simple) is simple


def test_nothing_to_simplify_gives_the_tree_itself():
    tree = Loss.parse("p**3 + sqrt(3.985*y/p)").expr
    assert simplify(tree) is tree


def test_constants_that_overflow_stay_as_they_are():
    loss = Loss.restored("p + 1e300*1e300")
    assert loss.simplified() == loss


@given(st.from_type(Loss))
def test_a_class_is_the_loss_at_that_label(loss):
    for label, y in LABELS:
        tree = at_label(loss.expr, int(label), loss.link)
        assert "y_real" not in {symbol.name for symbol in tree.free_symbols}
        if not tree.free_symbols:
            continue
        before, after = (x.numpy()(GRID, y) for x in (loss, Loss(tree, loss.link)))
        assert _close(before, after, loss.numpy()(GRID * (1 + 1e-11), y))


def test_without_epsilon_constants_are_limits():
    loss = Loss.parse("p + sqrt(0*y)")
    assert Loss(at_label(loss.expr, 0, epsilon=False)).text() == "y_pred"
    assert Loss(at_label(loss.expr, 0)).text() == "y_pred + 0.0001"
