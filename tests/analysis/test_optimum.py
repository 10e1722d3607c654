"""The optimal discriminator and its risk against brute force and closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossgp.analysis import analyse, calibration, screen, sentences
from lossgp.analysis.sides import Sides
from lossgp.expressions import Loss, zoo

BCE = analyse(zoo.entry("bce").loss)
ETA = np.array([0.02, 0.15, 0.3, 0.45, 0.55, 0.7, 0.9, 0.98])


def lowest(loss, low, high, eta=ETA):
    """Return the least mixture on a dense grid, closer and closer about its lowest points."""
    sides = Sides.of(loss)
    x = np.linspace(low, high, 40_001)
    for _ in range(3):
        one, zero = (jet.value for jet in sides.discriminator.jets(x, curved=False))
        with np.errstate(all="ignore"):
            value = eta[:, None] * one + (1 - eta[:, None]) * zero
        value[np.isnan(value)] = np.inf
        best = np.unique(value.argmin(axis=1))
        around = [np.linspace(x[max(i - 1, 0)], x[min(i + 1, len(x) - 1)], 401) for i in best]
        x = np.unique(np.concatenate([x, *around]))
    return value.min(axis=1)


@pytest.mark.parametrize(
    "formula",
    [
        "(y_pred-y_real)**2 - 0.5*y_real*exp(-(2000*(y_pred-0.3111))*(2000*(y_pred-0.3111)))",
        "(y_pred-y_real)**2 - 0.3*exp(-(5000*(y_pred-0.6017))*(5000*(y_pred-0.6017)))",
        "(y_pred-y_real)**2 - 0.5*y_real*max(0, 0.2 - sqrt(abs(y_pred - 0.3111)))",
        "sqrt(abs(y_pred - 0.123456)) - 0.3*y_real*y_pred - sqrt(abs(y_pred - 0.9))*y_real",
        "(y_pred-y_real)**2 + 0.2*cos(90*y_pred)",
        "sin(-3.0084683155673995*y_pred + (y_real - y_pred)) + cos(exp(exp(y_pred)))",
        "abs(y_pred - y_real)**0.3 + 0.1*sin(30*y_pred)",
        "max(0.01, min(0.1, (y_pred-y_real)**2))",
        "min(abs(y_pred - 0.2) + y_real*0.1, abs(y_pred - 0.7)*2 + (1 - y_real)*0.1)",
    ],
)
def test_the_risk_is_the_least_there_is(formula):
    loss = Loss.parse(formula)
    found = calibration(loss, ETA).bayes_risk
    truth = lowest(loss, 0.0, 1.0)
    assert found == pytest.approx(truth, abs=1e-6)


@given(st.floats(0.05, 0.95), st.floats(20, 4000), st.floats(0.6, 2.0))
def test_a_deep_minimum_is_seen_however_narrow_it_is(at, steep, depth):
    # (p − y)² ≥ 0, so that a dip of this depth is the deepest for real samples alone.
    dip = f"exp(-({steep!r}*(y_pred - {at!r}))*({steep!r}*(y_pred - {at!r})))"
    found = analyse(Loss.parse(f"(y_pred-y_real)**2 - {1 + depth!r}*y_real*{dip}"))
    minimum = found.shapes.real.lowest
    assert minimum.at == pytest.approx(at, abs=0.05)
    risk = found.calibration.bayes_risk[-1]  # η = 0.98
    assert risk == pytest.approx(0.98 * minimum.value + 0.02 * minimum.at**2, abs=1e-3)


TRUNCATED = [
    ("min(1, max(0, 1 - (2*y_real - 1)*score))", "its score jumps from −1 to 1"),
    ("min(1, max(0, 1 - (2*y_real - 1)*(score - 0.3)))", "its score jumps from −0.7 to 1.3"),
    ("max(0.01, min(0.1, (y_pred - y_real)**2))", "it jumps from 0.1 to 0.9"),
    ("max(0.04, min(0.16, (y_pred - y_real)**2))", "it jumps from 0.2 to 0.8"),
]


@pytest.mark.parametrize(("formula", "jump"), TRUNCATED)
def test_a_truncated_loss_decides_at_one_half(formula, jump):
    loss = Loss.parse(formula)
    assert screen(loss, mirrored=False) is None
    found = analyse(loss)
    first, second, _ = sentences(found, BCE)
    assert jump in first
    assert "where real and generated samples are equally frequent" in first
    assert "total-variation" in second
    (leap,) = found.calibration.jumps
    assert leap.eta == pytest.approx(0.5, abs=1e-5)


def test_the_risk_of_the_ramp_loss_is_the_share_of_the_minority():
    eta = np.array([0.02, 0.3, 0.49, 0.5, 0.51, 0.7, 0.98])
    found = calibration(Loss.parse(TRUNCATED[0][0]), eta)
    assert found.bayes_risk == pytest.approx(np.minimum(eta, 1 - eta), abs=1e-12)
    assert found.score[[0, 1, 2, 4, 5, 6]] == pytest.approx([-1, -1, -1, 1, 1, 1])


def test_a_jump_between_smooth_minima_is_named():
    found = analyse(
        Loss.parse("sin(-3.0084683155673995*y_pred + (y_real - y_pred)) + cos(exp(exp(y_pred)))")
    )
    assert found.calibration.kind == "monotone"
    (leap,) = found.calibration.jumps
    # On either side of the jump each minimum is as deep as the other at it.
    eta = np.array([leap.eta])
    sides = Sides.of(found.loss)
    here = np.array([leap.before, leap.behind])
    one, zero = (jet.value for jet in sides.discriminator.jets(here))
    depth = eta * one + (1 - eta) * zero
    assert depth[0] == pytest.approx(depth[1], abs=1e-5)
    assert (leap.before, leap.behind) == pytest.approx((0.279, 0.8005), abs=1e-3)
    first = sentences(found, BCE)[0]
    assert "jumps from 0.2789 to 0.8005 at a share of real data of 0.48" in first


@pytest.mark.parametrize(
    "formula",
    [
        "y_real*exp(exp(1/y_pred)) + (1 - y_real)*y_pred",  # reaches 1 at η = 0.0237, and rests
        "y_real/y_pred**3 + y_pred",
        "(y_pred - y_real)**2 + 0.01*abs(y_pred - 0.4)",  # rests at 0.4 for a while
        "abs(y_pred - y_real)**1.05",  # steep, and smooth
    ],
)
def test_what_rises_steeply_or_rests_does_not_jump(formula):
    found = analyse(Loss.parse(formula))
    assert found.calibration.jumps == ()
    assert "jumps" not in sentences(found, BCE)[0]


def test_several_steps_are_told_by_their_places():
    # l₁ and l₀ straight between kinks at 0.3 and 0.6: D* goes from 0 to 0.3, 0.6 and 1.
    real = "max(max(3 - 5*y_pred, 2 - 5*y_pred/3), 1.4 - 2*y_pred/3)"
    found = analyse(Loss.parse(f"y_real*{real} + (1 - y_real)*2*y_pred"))
    etas = [jump.eta for jump in found.calibration.jumps]
    # η·slope = (1 − η)·2 at slopes 5, 5/3, 2/3
    assert etas == pytest.approx([2 / 7, 6 / 11, 3 / 4], abs=1e-5)
    first = sentences(found, BCE)[0]
    assert "in 3 steps, at shares of real data of 0.29, 0.55, 0.75" in first
