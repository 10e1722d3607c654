"""Interval bounds hold at every point, and prove what can be proven."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossgp.expressions import BY_NAME, OPERATORS, Loss, zoo
from lossgp.expressions.domain import DOMAIN
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


@pytest.mark.parametrize(
    "formula",
    ["p*1e300*y", "tanh(y/(p - 0.3)) + p", "y/(p - 0.3) - y/(p - 0.3) + p", "1/exp(y/(p - 0.3))"],
)
def test_what_may_be_infinite_is_unknown(formula):
    proof = Loss.parse(formula).certificate()
    assert not proof.finite
    assert proof.pole is None
    assert str(proof).startswith("unknown (near y_pred in [")


@pytest.mark.parametrize(
    ("formula", "pole", "label"),
    [
        ("1/(p - 0.5) + y", 0.5, None),
        ("y/(p - 0.123456)", 0.123456, 1),
        ("y_real/(y_pred-0.3)+(1-y_real)*y_pred", 0.3, 1),
        ("y_real/cos(4*y_pred)+(1-y_real)*y_pred", np.pi / 8, 1),
        ("0.01*y_real/(y_pred-0.8111)+(y_pred-y_real)**2", 0.8111, 1),
        ("3*log(y/(p - 0.4)) - p", 0.4, 1),
        ("y - (1 - y)*abs(p/(1/(p + 1) - 0.6))**1.5", 2 / 3, 0),
        ("y/(score - 37.2) + score", 37.2, 1),
    ],
)
def test_a_pole_is_a_disproof(formula, pole, label):
    loss = Loss.parse(formula)
    proof = loss.certificate()
    assert not proof.finite
    assert proof.pole == pytest.approx(pole, abs=1e-7)
    assert label is None or proof.where[2] == label
    assert str(proof).startswith(f"disproven: infinite at y_pred = {proof.pole:.7g} for y_real = ")
    # As an independent witness: ever nearer, the loss grows without end.
    y = float(proof.where[2])
    near = proof.pole + np.array([1e-4, 1e-6, 1e-8, 1e-10])
    size = np.abs(loss.numpy()(near, np.full_like(near, y)))
    assert (np.diff(size) > 0).all()


@given(st.from_type(Loss))
def test_a_disproof_holds(loss):
    proof = loss.certificate()
    if proof.pole is None:
        return
    near = proof.pole + np.concatenate([s * np.geomspace(1e-14, 1e-6, 60) for s in (-1, 1)])
    with np.errstate(all="ignore"):
        value = loss.numpy()(near, np.full_like(near, float(proof.where[2])))
    far = np.abs(value[np.abs(near - proof.pole) > 1e-7])
    assert not np.nanmax(np.abs(value)) < 3 * np.nanmin(far)


@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_the_bounds_hold_in_the_tails(name):
    """At −40 the sigmoid is 4e-18 and not 0: a reward of 1/sigmoid(s) is bounded there."""
    row = BY_NAME[name]
    for low, high in ((-41.0, -39.0), (-800.0, -700.0), (36.0, 38.0)):
        value, (slope,) = row.bounds(Interval(low, high))
        x = np.linspace(low, high, 9)
        out = row.value(x)
        assert (value.low <= out).all()
        assert (out <= value.high).all()
        assert (slope.low <= row.slopes((x,), out)[0]).all()
        assert (row.slopes((x,), out)[0] <= slope.high).all()


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
