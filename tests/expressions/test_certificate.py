"""Interval bounds hold at every point, and prove what can be proven."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossgp.expressions import OPERATORS, Loss, zoo
from lossgp.expressions.certificate import DOMAIN
from lossgp.expressions.evaluate import values_and_slopes
from lossgp.expressions.intervals import Interval

ENDS = st.floats(-40, 40) | st.sampled_from([0.0, 1e-8, -1e-8, 1.0, np.pi / 2, 100.0, -100.0])


def interval(ends: tuple[float, float]) -> Interval:
    return Interval(min(ends), max(ends))


@pytest.mark.parametrize("row", OPERATORS, ids=lambda row: row.name)
@given(
    a=st.tuples(ENDS, ENDS).map(interval),
    b=st.tuples(ENDS, ENDS).map(interval),
    c=st.sampled_from([-2.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 4.0]),
)
def test_the_bounds_of_an_operator_hold_its_values_and_slopes(row, a, b, c):
    spots = [np.linspace(x.low, x.high, 21) for x in (a, b)]
    if row.name == "pow":
        b, spots[1] = Interval(c, c), np.full(1, c)
    with np.errstate(all="ignore"):
        grid = [x.ravel() for x in np.meshgrid(*spots)] if row.arity == 2 else spots[:1]
        if row.name == "pow":
            grid[1] = c
        out = row.value(*grid)
        slopes = row.slopes(grid, out)
    value, bounds = row.bounds(*(a, b)[: row.arity])
    small = (np.abs(grid[0]) <= 88) | (row.name != "exp")  # float64 is cut off later
    for x, bound in zip((out, *slopes), (value, *bounds), strict=True):
        x = np.broadcast_to(x, grid[0].shape)[small]
        x = x[np.isfinite(x)]
        slack = 1e-7 * (1 + np.abs(x))
        assert (x >= bound.low - slack).all()
        assert (x <= bound.high + slack).all()


@pytest.mark.parametrize(
    "formula", ["f2", "least_squares_sigmoid", "ngl", "bce", "f1", "f3", "ganetic", "bce_logits"]
)
def test_the_zoo_is_proven_finite(formula):
    loss = zoo.entry(formula).loss
    proof = loss.certificate()
    assert proof.finite
    p = np.linspace(*DOMAIN[loss.link], 10_001)
    for label in (0.0, 1.0):
        value, slope = values_and_slopes(loss.expr, p, np.full_like(p, label))
        assert proof.value[0] <= value.min()
        assert value.max() <= proof.value[1]
        assert np.abs(slope).max() <= proof.slope
    assert str(proof).startswith("proven: the loss lies in [")


@pytest.mark.parametrize("formula", ["1/(p - 0.5) + y", "y/(p - 0.123456)", "p*1e300*y"])
def test_what_may_be_infinite_is_unknown(formula):
    proof = Loss.parse(formula).certificate()
    assert not proof.finite
    assert str(proof).startswith("unknown (near y_pred in [")


@given(st.from_type(Loss))
def test_a_proof_holds_on_a_grid(loss):
    proof = loss.certificate()
    if not proof.finite:
        return
    p = np.linspace(*DOMAIN[loss.link], 203)
    for label in (0.0, 1.0):
        value, slope = values_and_slopes(loss.expr, p, np.full_like(p, label))
        assert np.isfinite(value).all()
        slack = 1e-6 * (1 + max(map(abs, proof.value)))
        assert proof.value[0] - slack <= value.min()
        assert value.max() <= proof.value[1] + slack
        assert np.abs(slope).max() <= proof.slope * (1 + 1e-6) + 1e-6
