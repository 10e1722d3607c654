"""f'' and f of losses whose D* is known as a curve: u(p) = −l₀'(p)/l₁'(p), in 40 digits."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from lossgp.analysis import divergence
from lossgp.expressions import Loss, zoo

FOCAL = "-y_real*(1-y_pred)**{g}*log(y_pred) - (1-y_real)*y_pred**{g}*log(1-y_pred)"
LOSSES = {
    "bce": (zoo.bce, lambda p: -mpmath.log(p)),
    "least squares": (Loss.parse("(y_pred - y_real)**2"), lambda p: (1 - p) ** 2),
    "focal, 2": (Loss.parse(FOCAL.format(g=2)), lambda p: -((1 - p) ** 2) * mpmath.log(p)),
    "focal, 5": (Loss.parse(FOCAL.format(g=5)), lambda p: -((1 - p) ** 5) * mpmath.log(p)),
    "cubic": (Loss.parse("abs(y_pred - y_real)**3"), lambda p: (1 - p) ** 3),
    "quartic": (Loss.parse("(y_pred - y_real)**4"), lambda p: (1 - p) ** 4),
}


def ratio(one, p):
    """Return u at which D* = p, for a loss whose label-0 side is the label-1 side mirrored."""
    return mpmath.diff(one, 1 - p) / mpmath.diff(one, p)


def second(one, p, generator):
    """Return f''(u(p)) = −(dh/dp)/(du/dp)/u."""
    height = one if generator == "own" else lambda q: -one(1 - q)
    slope = mpmath.diff(height, p) / mpmath.diff(lambda q: ratio(one, q), p)
    return -slope / ratio(one, p)


@pytest.mark.parametrize("generator", ["own", "minimax"])
@pytest.mark.parametrize("name", LOSSES)
def test_tails_are_those_of_the_limit(name, generator):
    loss, one = LOSSES[name]
    found = divergence(loss, generator)
    with mpmath.workdps(120):
        exponents = []
        for near, far in (("1e-25", "1e-27"), (1 - mpmath.mpf("1e-25"), 1 - mpmath.mpf("1e-27"))):
            ends = [mpmath.mpf(near), mpmath.mpf(far)]
            f = [mpmath.log(second(one, p, generator)) for p in ends]
            u = [mpmath.log(ratio(one, p)) for p in ends]
            exponents.append(float((f[1] - f[0]) / (u[1] - u[0])))
    assert found.left == pytest.approx(-exponents[0], abs=2e-4)
    assert found.right == pytest.approx(3 + exponents[1], abs=2e-4)


@pytest.mark.parametrize("gamma", [1, 2, 5])
def test_focal_losses_are_named_as_cross_entropy_is(gamma):
    """Their tails are (2, 0) and (1, 1), reached as slowly as u to the power 1/(γ + 1)."""
    loss = Loss.parse(FOCAL.format(g=gamma))
    assert divergence(loss).name == "non-saturating-like"
    assert divergence(loss, "minimax").name == "Jensen-Shannon-like"


@pytest.mark.parametrize("name", ["bce", "least squares", "focal, 2"])
def test_f_is_the_integral_of_its_second_derivative(name):
    """f(u) = ∫ (u − v)·f''(v) dv from 1 to u, taken over p."""
    loss, one = LOSSES[name]
    found = divergence(loss)
    for index in (8, 47, 49, 70):
        u = float(found.u[index])
        with mpmath.workdps(25):
            low, high = mpmath.mpf("1e-4"), 1 - mpmath.mpf("1e-4")
            for _ in range(60):  # u rises with p
                p = (low + high) / 2
                low, high = (p, high) if ratio(one, p) < u else (low, p)

            def gain(q, u=u):
                step = mpmath.diff(lambda r: ratio(one, r), q)
                return (u - ratio(one, q)) * second(one, q, "own") * step

            true = float(mpmath.quad(gain, [mpmath.mpf("0.5"), p], maxdegree=5))
        assert found.f[index] == pytest.approx(true, rel=1e-6)


def test_f_of_cross_entropy_has_its_closed_form():
    found = divergence(zoo.bce, "minimax")
    u = found.u
    entropy = u * np.log(u) - (u + 1) * np.log((u + 1) / 2)  # Nowozin et al. 2016, table 1
    assert found.f == pytest.approx(entropy, rel=1e-6, abs=1e-12)


def test_f_of_the_hinge_is_the_total_variation():
    """D* is a step of height 2 at u = 1: f(u) = |u − 1|, though f'' is 0 wherever it exists."""
    found = divergence(zoo.hinge)
    assert (found.second == 0).all()
    assert found.f == pytest.approx(np.abs(found.u - 1), rel=1e-4, abs=1e-12)
    assert found.name.startswith("total-variation-like")


def test_scores_that_run_to_infinity_measure_as_far_as_g_is_bounded():
    """Sigmoid's loss is 1 and 0 at the ends: half the total variation; Wasserstein's has none."""
    bounded = divergence(Loss.parse("sigmoid(-(2*y_real - 1)*score)"))
    assert bounded.name.startswith("total-variation-like")
    assert bounded.f == pytest.approx(np.abs(bounded.u - 1) / 2, rel=1e-4, abs=1e-12)
    endless = divergence(zoo.wasserstein)
    assert endless.name == "integral metric of a constrained critic"
    assert np.isnan(endless.f).any()
