"""The limits of a loss at the ends of its range, and what is read off them."""

import math

import pytest

from lossgp.analysis import analyse, stationary_points
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
