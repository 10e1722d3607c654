"""Every form of every operator against its exact definition, on a grid with edges."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import sympy
import torch
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp

from lossgp.expressions import (
    BY_NAME,
    EXTENDED,
    OPERATORS,
    PAPER,
    SETS,
    Y_PRED,
    Y_REAL,
    FormulaError,
    Loss,
    intervals,
)
from lossgp.expressions.compiling import numpy_function, torch_function
from lossgp.expressions.evaluate import values_and_slopes
from lossgp.expressions.operators import SHORTHANDS
from lossgp.expressions.symbols import constant
from lossgp.expressions.tree import build, make

EDGES = [0.0, 1e-8, -1e-8, 1e-300, 0.5, 1.0, -1.0, 3.7, -2.2, 1e5, -1e5, 1e100, -1e100]
EXPONENTS = [-2.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 2.5]
CASES = [name for name in BY_NAME if name != "pow"] + [("pow", c) for c in EXPONENTS]
BINARY = [row.name for row in OPERATORS if row.arity == 2 and row.name != "pow"]


def tree_of(case: object) -> sympy.Expr:
    if isinstance(case, tuple):
        return build(BY_NAME["pow"], Y_PRED, constant(case[1]))
    row = BY_NAME[str(case)]
    return build(row, *(Y_PRED, Y_REAL)[: row.arity])


def grid() -> tuple[np.ndarray, np.ndarray]:
    pairs = np.array(list(itertools.product(EDGES, EDGES)))
    return pairs[:, 0].copy(), pairs[:, 1].copy()


def exact(expression: sympy.Expr, p: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Evaluate with 200 digits; what overflows or is undefined comes back as inf or NaN."""
    symbols = {Y_PRED: sympy.Symbol("a", real=True), Y_REAL: sympy.Symbol("b", real=True)}
    function = sympy.lambdify(list(symbols.values()), expression.subs(symbols), "mpmath")
    out = []
    with mp.workdps(200):
        for a, b in zip(p, y, strict=True):
            try:
                out.append(float(function(mp.mpf(float(a)), mp.mpf(float(b)))))
            except (ZeroDivisionError, ValueError, OverflowError):
                out.append(np.nan)
    return np.array(out)


def ordinary(case: object) -> sympy.Expr:
    """Return the operator's definition as ordinary SymPy with the exact float ε."""
    row = BY_NAME["pow" if isinstance(case, tuple) else str(case)]
    return row.expand(*tree_of(case).args, eps=sympy.Rational(1e-8))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_numpy_and_torch_are_the_definition(case):
    p, y = grid()
    wanted = exact(ordinary(case), p, y)
    # exp is cut off at the largest argument whose result is finite, so it never overflows.
    finite = np.isfinite(wanted) & (np.abs(p) < 700 if case == "exp" else True)
    assert finite.sum() > 50
    with torch.no_grad():
        tensors = torch_function(tree_of(case))(torch.tensor(p), torch.tensor(y)).numpy()
    for got in (numpy_function(tree_of(case))(p, y), tensors):
        assert np.allclose(got[finite], wanted[finite], rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_slopes_are_torchs_and_finite_where_the_true_ones_are(case):
    p, y = grid()
    expression = ordinary(case)
    tied = (case in ("max", "min")) & (p == y)
    value, slope = values_and_slopes(tree_of(case), p, y)
    tensor = torch.tensor(p, requires_grad=True)
    out = torch_function(tree_of(case))(tensor, torch.tensor(y))
    (gradient,) = torch.autograd.grad(out.sum(), tensor)
    true = exact(sympy.diff(expression, Y_PRED).doit(), p, y)
    finite = np.isfinite(value) & ~(np.abs(true) == np.inf)
    assert np.isfinite(slope[finite]).all()
    assert np.isfinite(gradient.numpy()[finite]).all()
    assert np.allclose(slope[finite], gradient.numpy()[finite], rtol=1e-9, atol=1e-15)
    known = finite & np.isfinite(true) & ~tied & (p != 0) & (np.abs(p) < 700)
    assert np.allclose(slope[known], true[known], rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("case", BINARY)
def test_the_slope_by_the_second_operand_too(case):
    mirrored = build(BY_NAME[case], Y_REAL, Y_PRED)
    y, p = grid()
    keep = (np.abs(p) < 1e6) & (np.abs(y) < 1e6) & (np.abs(p + 1e-8) > 1e-12)
    p, y = p[keep], y[keep]
    _, slope = values_and_slopes(mirrored, p, y)
    tensor = torch.tensor(p, requires_grad=True)
    torch_function(mirrored)(tensor, torch.tensor(y)).sum().backward()
    assert np.allclose(slope, tensor.grad.numpy(), rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_sympys_own_derivative_agrees_with_the_slopes(case):
    """`fdiff` of the opaque classes: people may differentiate the tree itself."""
    p = np.array([-2.2, -0.3, 0.4, 1.7])
    y = np.array([0.6, 1.3, -0.7, 2.1])
    derivative = sympy.diff(tree_of(case), Y_PRED).doit().doit()
    _, slope = values_and_slopes(tree_of(case), p, y)
    assert np.allclose(exact(derivative, p, y), slope, rtol=1e-7)


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtypes_are_kept(case, dtype):
    p, y = np.array([0.2, 0.7], dtype), np.array([1, 0], dtype)
    assert numpy_function(tree_of(case))(p, y).dtype == dtype
    tensor = torch_function(tree_of(case))(torch.tensor(p), torch.tensor(y))
    assert str(tensor.dtype) == f"torch.{dtype}"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_float32_and_float64_agree(case):
    p, y = grid()
    keep = (np.abs(p) < 50) & (np.abs(y) < 50) & (np.abs(y) > 1e-7)
    p, y = p[keep], y[keep]
    wide = numpy_function(tree_of(case))(p, y)
    narrow = numpy_function(tree_of(case))(p.astype(np.float32), y.astype(np.float32))
    assert np.allclose(wide, narrow, rtol=1e-4, atol=1e-5)


def test_half_of_the_slope_on_either_side_of_a_tie():
    """So the cross entropy of a raw score of 0 has its true slope, σ(0) − y."""
    score = torch.zeros(1, requires_grad=True)
    tree = make("max", Y_PRED, constant(0))
    torch_function(tree)(score, torch.ones(1)).sum().backward()
    assert score.grad.item() == 0.5
    assert values_and_slopes(tree, np.zeros(1), np.ones(1))[1] == 0.5


@pytest.mark.parametrize("link_dtype", [torch.float32, torch.float64])
def test_exp_never_overflows(link_dtype):
    tree = make("exp", make("exp", Y_PRED))
    p = torch.tensor([10.0, 1e30], dtype=link_dtype, requires_grad=True)
    out = torch_function(tree)(p, p.detach())
    out.sum().backward()
    assert torch.isfinite(out).all()
    assert torch.isfinite(p.grad).all()


def test_the_sets_name_rows_or_shorthands():
    assert PAPER == ("add", "sub", "mul", "div", "sqrt", "log", "exp", "sin", "cos")
    for names in SETS.values():
        assert set(names) <= {*BY_NAME, *SHORTHANDS}
    assert set(PAPER) < set(EXTENDED)
    assert len({row.name for row in OPERATORS}) == len({row.node for row in OPERATORS})


def test_nodes_print_as_a_formula():
    """Not as `power(sub(y_pred, 1), 2)`; SymPy's LaTeX is one of a formula, too."""
    one, zero = Loss.parse("(p - 1)**2*y + (1 - y)*log(1 - p/2)").by_class()
    assert (str(one), str(zero)) == ("(y_pred - 1)**2", "log(1 - y_pred/2)")
    assert sympy.latex(one) == r"\left(y_{pred} - 1\right)^{2}"
    tree = Loss.parse("max(-p, y)/(y - (p - 1)) - (y - p)/(2/y)").expr
    assert (
        str(tree) == "max(-y_pred, y_real)/(y_real - (y_pred - 1)) - (y_real - y_pred)/(2/y_real)"
    )
    assert str(Loss.parse("(-p)**3 + aq(p, y)**2").expr) == "aq(y_pred, y_real)**2 + (-y_pred)**3"
    assert sympy.latex(one**2) == r"\left(\left(y_{pred} - 1\right)^{2}\right)^{2}"


@given(st.from_type(Loss))
def test_what_is_printed_is_the_loss(loss):
    printed = str(loss.expr).replace("Abs", "abs")
    try:
        again = Loss.parse(printed)
    except FormulaError:  # an exponent over the limit, or a depth
        return
    p, y = np.array([0.1, 0.37, 0.8, 0.9]), np.array([0.0, 1.0, 1.0, 0.0])
    with np.errstate(all="ignore"):
        wanted, got = loss.numpy()(p, y), numpy_function(again.expr)(p, y)
        keep = np.isfinite(wanted) & (np.abs(wanted) < 1e6)
        nudged = loss.numpy()(p * (1 + 1e-12), y)
        keep &= np.abs(nudged - wanted) <= 1e-9 * (1 + np.abs(wanted))
    assert np.allclose(got[keep], wanted[keep], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("score", [-700.0, -100.0, -37.5, -20.0, -3.0, 20.0])
def test_the_bounds_of_sigmoid_hold_its_small_tail(score):
    value, (slope,) = intervals.sigmoid(intervals.Interval(score, score))
    with mp.workdps(400):
        exact = 1 / (1 + mp.exp(-score))
        assert value.low <= exact <= value.high
        assert slope.low <= exact * (1 - exact) <= slope.high
