"""The limits of a loss at the ends of its range, and what is read off them."""

import math

import numpy as np
import pytest

from lossgp.analysis import analyse, screen, stationary_points
from lossgp.expressions import Loss


@pytest.mark.parametrize(
    ("formula", "lower", "upper"),
    [
        ("exp(-(2*y_real-1)*score)", math.inf, 0.0),
        ("1e-9*exp(-score)*y_real", math.inf, 0.0),
        ("y_real*score - 3*exp(score)", -math.inf, -math.inf),
        ("sigmoid(-(2*y_real-1)*score)", 1.0, 0.0),
        ("log(1 + exp(-(2*y_real - 1)*score))", math.inf, 0.0),
        ("y_real*exp(exp(1/y_pred))+(1-y_real)*y_pred", math.inf, math.exp(math.e)),
        ("y_real*exp(300*y_pred)", 1.0, math.exp(300)),
    ],
)
def test_the_limits_of_the_real_side(formula, lower, upper):
    real = stationary_points(Loss.parse(formula)).real
    assert (real.at_lower, real.at_upper) == (pytest.approx(lower), pytest.approx(upper))
    assert real.bounded_above == (max(lower, upper) < math.inf)


@pytest.mark.parametrize(
    "formula",
    ["sigmoid(-(2*y_real-1)*score)", "-tanh((2*y_real-1)*score)", "(sigmoid(score)-y)**2"],
)
def test_a_discriminator_that_runs_to_the_end_is_not_stopped_by_rounding(formula):
    zero, half, one = analyse(Loss.parse(formula)).scores
    assert (zero, half, one) == (-math.inf, pytest.approx(0, abs=1e-9), math.inf)


def real_side(formula):
    return stationary_points(Loss.parse(formula)).real


@pytest.mark.parametrize(
    ("formula", "least", "most"),
    [
        ("y_real*sin(1/y_pred) + (1 - y_real)*y_pred", -1.0, 1.0),
        ("y_real*sin(1/(1 - y_pred)) + y_pred*(1 - y_real)", -1.0, 1.0),
        ("cos(y_real/y_pred)", -1.0, 1.0),
        ("y_pred*sin(1/y_pred)", -0.2172336282112217, math.sin(1)),
        ("y_pred**2*sin(1/y_pred)", -0.0495666078746, math.sin(1)),
    ],
)
def test_where_a_side_oscillates_the_end_is_neither_minimum_nor_maximum(formula, least, most):
    found = real_side(formula)
    assert not found.is_complete
    ends = {point.place for point in found.points} & {"lower end", "upper end"}
    assert len(ends) == 1  # the other end of the range is one
    assert not any(math.isnan(point.value) for point in found.points)
    assert found.lowest.value == pytest.approx(least, abs=1e-9)
    assert max(point.value for point in found.points) == pytest.approx(most, abs=1e-9)
    assert not {point.place for point in found.points} & {"kink", "cusp"}


def test_an_infinite_end_is_what_its_sign_says():
    """The slope beside it has any sign: the side oscillates on its way to infinity."""
    found = real_side("sin(score)*y_real + score*0.01")
    assert (found.points[0].kind, found.points[0].value) == ("minimum", -math.inf)
    assert (found.points[-1].kind, found.points[-1].value) == ("maximum", math.inf)


@pytest.mark.parametrize(
    ("formula", "low", "high"),
    [
        ("max(sqrt(y_pred), sigmoid(y_real))", 0.0, (1 / (1 + math.exp(-1))) ** 2),
        ("max(0.3, abs(y_pred - y_real))", 0.7, 1.0),
        ("max(0.01, min(0.1, (y_pred - y_real)**2))", 0.9, 1.0),
        ("max(abs(y_pred - 0.4), 0.1234)*y_real", 0.2766, 0.5234),
        ("max(abs(y_pred - 0.5), 0.001)*y_real", 0.499, 0.501),  # within a cell of the grid
        ("max(abs(y_pred - 0.5013), 1e-6)*y_real", 0.501299, 0.501301),
        ("max(0, 1.2345 - score*(2*y_real - 1))", 1.2345, math.inf),
        ("max(abs(score - 33.3), 0.7)*y_real", 32.6, 34.0),
    ],
)
def test_the_ends_of_flat_stretches_are_exact(formula, low, high):
    point = real_side(formula).lowest
    assert point.is_flat
    assert (point.low, point.high) == (
        pytest.approx(low, rel=1e-12),
        pytest.approx(high, rel=1e-12),
    )


def test_a_smooth_minimum_is_no_flat_stretch():
    for formula in (
        "(y_pred - 0.3)**4*y_real",
        "abs(y_pred - 0.5)*y_real",
        "-cos(9*y_pred)*y_real",
    ):
        assert not any(point.is_flat for point in real_side(formula).points)


def test_flat_ends_agree_with_a_dense_grid():
    loss = Loss.parse("max(sin(5*y_pred), 0.3)*y_real + y_pred*(1 - y_real)")
    p = np.linspace(0, 1, 1_000_001)
    flat = p[loss.numpy()(p, np.ones_like(p)) == 0.3]
    found = [point for point in stationary_points(loss).real.points if point.is_flat]
    first, last = found[0], found[-1]
    assert first.high == pytest.approx(flat[flat < 0.5].max(), abs=2e-6)
    assert last.low == pytest.approx(flat[flat > 0.5].min(), abs=2e-6)


@pytest.mark.parametrize(
    ("formula", "why"),
    [
        ("max(0.5, abs(y_pred - y_real))", "says 0.5 whatever the data are"),
        ("max(0.3, abs(y_pred - y_real))", None),
        ("max(0.7, abs(y_pred - y_real))", "says 0.5 whatever the data are"),
    ],
)
def test_card_and_screen_agree_where_flat_stretches_meet(formula, why):
    """Both sides are flat about 0.5; where the stretches meet, 0.5 is best whatever η is."""
    loss = Loss.parse(formula)
    useless = analyse(loss).calibration.kind == "useless"
    found = screen(loss)
    assert useless == (found is not None) == (why is not None)
    assert why is None or why in found


def test_a_risk_is_as_low_as_the_range():
    loss = Loss.parse("y_real*log(y_pred) + (1 - y_real)*log(1 - y_pred)")
    found = analyse(loss)
    assert found.shapes.real.lowest.value == -math.inf
    assert (found.calibration.bayes_risk == -math.inf).all()
