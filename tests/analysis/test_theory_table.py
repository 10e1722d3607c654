"""The golden numbers of the theory: BCE, least squares on p, GANetic; ε → 0."""

import math

import mpmath
import numpy as np
import pytest

from lossgp.analysis import (
    calibration,
    divergence,
    gradient_health,
    measured_frequency,
    minima,
    second_derivative,
    stability,
)
from lossgp.expressions import zoo

BCE, LS, GANETIC = (zoo.entry(name).loss for name in ("bce", "least_squares_sigmoid", "ganetic"))
C = math.sqrt(3.985)
ETA = np.array([0.03, 0.25, 0.5, 0.8, 0.99])


@pytest.mark.parametrize(
    ("loss", "one", "half"), [(BCE, 1, 0.5), (LS, 1, 0.5), (GANETIC, 0.7302079, 0.5990154)]
)
def test_optimal_discriminator(loss, one, half):
    found = calibration(loss)
    assert found.at_one == pytest.approx(one, abs=1e-7)
    assert found.at_half == pytest.approx(half, abs=1e-7)
    assert found.at_zero == pytest.approx(0, abs=1e-12)


def test_kinds():
    kinds = [calibration(loss).kind for loss in (BCE, LS, GANETIC)]
    assert kinds == ["proper", "proper", "composite"]


def test_optimal_discriminator_of_ganetic_along_eta():
    found = calibration(GANETIC, ETA)
    assert found.prediction == pytest.approx((C * ETA / 6) ** (2 / 7), rel=1e-12)


@pytest.mark.parametrize(
    ("loss", "risk"),
    [
        (BCE, lambda e: -e * np.log(e) - (1 - e) * np.log(1 - e)),
        (LS, lambda e: e * (1 - e)),
        (GANETIC, lambda e: 7 * (C * e / 6) ** (6 / 7)),
    ],
)
def test_bayes_risk(loss, risk):
    assert calibration(loss, ETA).bayes_risk == pytest.approx(risk(ETA), rel=1e-9)


@pytest.mark.parametrize(
    ("loss", "weight"), [(BCE, lambda e: 1 / (e * (1 - e))), (LS, lambda e: 0 * e + 2)]
)
def test_weight_is_minus_the_second_derivative_of_the_risk(loss, weight):
    assert calibration(loss, ETA).weight == pytest.approx(weight(ETA), rel=1e-8)


@pytest.mark.parametrize(
    ("loss", "score", "kappa", "omega", "gamma"),
    [
        (BCE, 0, 0.5, 0.5, 1),
        (LS, 0, 0.25, 0.25, 0.5),
        (GANETIC, 0.401, 0.726, 0.2586, 0.517),
    ],
)
def test_local_stability(loss, score, kappa, omega, gamma):
    found = stability(loss)
    assert found.score == pytest.approx(score, abs=5e-4)
    assert found.restoring == pytest.approx(kappa, abs=5e-4)
    assert found.frequency == pytest.approx(omega, abs=5e-5)
    assert found.critical_r1 == pytest.approx(gamma, abs=5e-4)


@pytest.mark.parametrize("loss", [BCE, LS, GANETIC])
def test_the_dirac_gan_turns_at_the_frequency_that_theory_says(loss):
    assert measured_frequency(loss) == pytest.approx(stability(loss).frequency, rel=1e-3)


@pytest.mark.parametrize(
    ("loss", "left", "right"), [(BCE, 2, 0), (LS, 1, -1), (GANETIC, 15 / 7, -1)]
)
def test_tails_of_the_flipped_generator(loss, left, right):
    found = divergence(loss)
    assert found.left == pytest.approx(left, abs=1e-3)
    assert found.right == pytest.approx(right, abs=1e-3)


def test_minimax_bce_is_jensen_shannon():
    found = divergence(BCE, "minimax")
    assert found.name == "Jensen-Shannon-like"
    u = found.u
    js = u * np.log(u) - (1 + u) * np.log((1 + u) / 2)
    assert found.f == pytest.approx(js, rel=2e-4, abs=1e-6)
    assert found.second == pytest.approx(1 / (u * (1 + u)), rel=1e-6)


def test_flipping_the_label_divides_by_u():
    u = np.geomspace(1e-2, 1e2, 9)
    for loss in (BCE, LS, GANETIC):
        flipped = second_derivative(loss, u)
        assert flipped == pytest.approx(second_derivative(loss, u, "minimax") / u, rel=1e-9)


@pytest.mark.parametrize(
    ("loss", "pull", "places"),
    [
        (BCE, (-1, -0.98, -0.5), (0, 2, 2)),
        (LS, (-0.0007, -0.035, -0.25), (4, 3, 2)),
        (GANETIC, (-54, -7.3, -0.52), (0, 1, 2)),
    ],
)
def test_the_generators_pull(loss, pull, places):
    found = gradient_health(loss)
    assert tuple(round(v, n) for v, n in zip(found.pull, places, strict=True)) == pull


def test_the_pull_of_ganetic_changes_its_sign_at_the_minimum():
    assert gradient_health(GANETIC).turns == pytest.approx([0.7302079], abs=1e-7)
    assert gradient_health(BCE).turns == ()


def test_minimum_of_ganetic_as_number_and_as_formula():
    (point,) = minima(GANETIC, closed_form=True)
    assert point.at == pytest.approx((C / 6) ** (2 / 7), rel=1e-14)
    assert point.value == pytest.approx(2.7254466, abs=1e-7)
    assert point.low < point.at < point.high
    assert point.closed_form.text == "(sqrt(alpha)/6)**(2/7)"
    assert point.closed_form.constants == (("alpha", 3.985),)


def test_ganetic_has_its_minimum_for_generated_samples_at_zero():
    (point,) = minima(GANETIC, label=0)
    assert (point.at, point.value, point.place) == (0, 0, "lower end")


def test_mpmath_agrees_on_the_equilibrium_of_ganetic():
    with mpmath.workdps(50):
        c = mpmath.sqrt(mpmath.mpf(3985) / 1000)

        def phi(s):
            p = 1 / (1 + mpmath.exp(-s))
            return 2 * p**3 + c / mpmath.sqrt(p)

        s = mpmath.findroot(lambda x: mpmath.diff(phi, x), 0.4)
        kappa = mpmath.diff(phi, s, 2)
    found = stability(GANETIC)
    assert found.score == pytest.approx(float(s), abs=1e-12)
    assert found.restoring == pytest.approx(float(kappa), rel=1e-12)


def test_mpmath_agrees_on_the_optimal_discriminator_of_f3():
    # There is no closed form: η·|1 + log p|^1.5 + (1 − η)·|log p|^1.5.
    with mpmath.workdps(50):

        def slope(p):
            return 0.3 * mpmath.sqrt(1 + mpmath.log(p)) - 0.7 * mpmath.sqrt(-mpmath.log(p))

        p = mpmath.findroot(slope, (0.5, 0.99), solver="anderson")
    f3 = zoo.entry("f3").loss
    assert calibration(f3, np.array([0.3])).prediction[0] == pytest.approx(float(p), rel=1e-10)
