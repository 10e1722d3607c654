"""The golden numbers of the theory: BCE, least squares on p, GANetic; ε → 0."""

import math

import mpmath
import numpy as np
import pytest

from lossgp.analysis import (
    calibration,
    divergence,
    gradient_health,
    learning_rate,
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
    ("loss", "weight"),
    [
        (BCE, lambda e: 1 / (e * (1 - e))),
        (LS, lambda e: 0 * e + 2),
        (GANETIC, lambda e: 6 / 7 * (C / 6) ** (6 / 7) * e ** (-8 / 7)),
    ],
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


@pytest.mark.parametrize(
    ("loss", "weight"),
    [
        (BCE, lambda e: 1 / (e * (1 - e))),
        (LS, lambda e: 0 * e + 2),
        (GANETIC, lambda e: 6 / 7 * (C / 6) ** (6 / 7) * e ** (-8 / 7)),
    ],
)
def test_minimax_divergence_is_made_of_the_bayes_risk(loss, weight):
    # f'' = w(η)/(1 + u)³, and f = −(1 + u)·B(η) but for a linear term (equation 2).
    u = np.geomspace(1e-2, 1e2, 9)
    found = second_derivative(loss, u, "minimax")
    assert found == pytest.approx(weight(u / (1 + u)) / (1 + u) ** 3, rel=1e-8)
    d = divergence(loss, "minimax")
    part = (d.u > 0.05) & (d.u < 20)
    v = d.u[part]
    rest = d.f[part] + (1 + v) * calibration(loss, v / (1 + v)).bayes_risk
    slope, offset = np.polyfit(v, rest, 1)
    assert rest == pytest.approx(slope * v + offset, abs=2e-4)


@pytest.mark.parametrize(
    ("generator", "tails"), [("minimax", (1, 1)), ("flipped", (2, 0)), ("own", (2, 0))]
)
def test_tails_of_cross_entropy(generator, tails):
    found = divergence(BCE, generator)
    assert (found.left, found.right) == pytest.approx(tails, abs=1e-3)


def test_tails_of_f3_have_a_closed_form():
    # With t = −log p: t = u²/(1 + u²), so that f''(u) = 3·(1 + u²)^(−5/2).
    f3 = zoo.entry("f3").loss
    u = np.geomspace(1e-3, 1e3, 13)
    assert second_derivative(f3, u) == pytest.approx(3 * (1 + u * u) ** -2.5, rel=1e-5)
    found = divergence(f3)
    assert (found.left, found.right) == pytest.approx((0, -2), abs=1e-3)


def test_flipping_the_label_divides_by_u():
    u = np.geomspace(1e-2, 1e2, 9)
    for loss in (BCE, LS, GANETIC):
        flipped = second_derivative(loss, u)
        assert flipped == pytest.approx(second_derivative(loss, u, "minimax") / u, rel=1e-9)


@pytest.mark.parametrize(
    ("loss", "four", "eight"),
    [
        (BCE, 0.98201 / 0.99966, 1),
        (LS, 0.034690 / 0.296294, 0.000670 / 0.296294),
        (GANETIC, 7.3085 / 54.4865, 1),
    ],
)
def test_saturation_is_the_share_of_the_largest_pull(loss, four, eight):
    assert gradient_health(loss).saturation == pytest.approx((four, eight), rel=2e-3)


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
    assert gradient_health(BCE).turns == gradient_health(LS).turns == ()


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
        p = 1 / (1 + mpmath.exp(-s))
        fake, real = 3 * p**3 * (1 - p), (3 * p**2 - c / 2 * p**-1.5) * p * (1 - p)
        omega = mpmath.sqrt(fake * -real)
    found = stability(GANETIC)
    assert found.frequency == pytest.approx(float(omega), rel=1e-11)
    assert found.critical_r1 == pytest.approx(float(2 * omega), rel=1e-11)
    assert found.eigenvalues()[0] == pytest.approx(complex(0, float(omega)), rel=1e-11)
    assert found.score == pytest.approx(float(s), abs=1e-12)
    assert found.restoring == pytest.approx(float(kappa), rel=1e-12)


def test_mpmath_agrees_on_the_learning_rate_of_ganetic():
    # 1/a with a = RMS(dBCE/ds) / RMS(dl/ds) over both labels, s ~ N(0, 2²) (equation 8).
    with mpmath.workdps(30):
        c = mpmath.sqrt(mpmath.mpf(3985) / 1000)

        def mean_square(real, fake):
            def term(s):
                p = 1 / (1 + mpmath.exp(-s))
                squares = (real(p) ** 2 + fake(p) ** 2) * (p * (1 - p)) ** 2
                return mpmath.exp(-(s**2) / 8) * squares

            return mpmath.quad(term, mpmath.linspace(-20, 20, 11))

        ganetic = mean_square(lambda p: 3 * p**2 - c / 2 * p**-1.5, lambda p: 3 * p**2)
        bce = mean_square(lambda p: -1 / p, lambda p: 1 / (1 - p))
        rate = mpmath.sqrt(ganetic / bce)
    assert learning_rate(GANETIC) == pytest.approx(float(rate), rel=1e-6)


def test_mpmath_agrees_on_the_optimal_discriminator_of_f3():
    # There is no closed form: η·|1 + log p|^1.5 + (1 − η)·|log p|^1.5.
    with mpmath.workdps(50):

        def slope(p):
            return 0.3 * mpmath.sqrt(1 + mpmath.log(p)) - 0.7 * mpmath.sqrt(-mpmath.log(p))

        p = mpmath.findroot(slope, (0.5, 0.99), solver="anderson")
    f3 = zoo.entry("f3").loss
    assert calibration(f3, np.array([0.3])).prediction[0] == pytest.approx(float(p), rel=1e-10)
