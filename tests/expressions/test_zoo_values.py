"""The known losses against their papers, computed without lossgp's operators."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from lossgp.expressions import Loss, LossPair, zoo

P = np.array([0.02, 0.2, 0.5, 0.73, 0.96])
S = np.array([-6.0, -1.3, -0.4, 0.0, 0.7, 1.0, 2.5, 8.0])


def halves(name: str) -> tuple[Loss, Loss]:
    pair = LossPair.of(zoo.entry(name).loss)
    return pair.discriminator, pair.generator


def of_true_class(loss):
    """A loss l(p of the true class), for both labels."""
    return lambda p, y: loss(p if y else 1 - p)


def margin(loss):
    """A loss l(v) of the margin v = ±score, for both labels."""
    return lambda s, y: loss(s if y else -s)


def cross_entropy(score, target):
    """Cross entropy of a sigmoid's output, at 50 digits."""
    with mpmath.workdps(50):
        p = 1 / (1 + mpmath.exp(-mpmath.mpf(float(score))))
        return -target * mpmath.log(p) - (1 - target) * mpmath.log(1 - p)


PROBABILITIES = {
    # Lin et al. 2017, equation 4: -(1 - p_t)^γ log(p_t), γ = 2.
    "focal": of_true_class(lambda q: -((1 - q) ** 2) * mpmath.log(q)),
    # Leng et al. 2022: -log(p_t) + ε₁ (1 - p_t), ε₁ = 1.
    "polyloss": of_true_class(lambda q: -mpmath.log(q) + (1 - q)),
    # Zhang & Sabuncu 2018: (1 - p_t^q)/q, q = 0.7.
    "gce": of_true_class(lambda q: (1 - mpmath.power(q, 0.7)) / 0.7),
    # Wang et al. 2019: α CE + β RCE; RCE = -Σ p(k) log(y(k)), log(0) = A.
    "symmetric_ce": of_true_class(lambda q: -0.1 * mpmath.log(q) - (q * 0 + (1 - q) * -4)),
    # Ridnik et al. 2021: L₊ = (1 - p)^γ₊ log(p), L₋ = p_m^γ₋ log(1 - p_m), p_m = max(p - m, 0).
    "asymmetric": lambda p, y: (
        -(mpmath.log(p) if y else max(p - 0.05, 0) ** 4 * mpmath.log(1 - max(p - 0.05, 0)))
    ),
    # Kurri et al. 2021: α/(α - 1) (1 - p_t^((α - 1)/α)), α = 2.
    "alpha_gan": of_true_class(lambda q: 2 / (2 - 1) * (1 - mpmath.power(q, (2 - 1) / 2))),
    # Masnadi-Shirazi et al. 2010: (2 arctan(v) - 1)², p = arctan(v) + 1/2.
    "tangent": of_true_class(lambda q: (2 * mpmath.atan(mpmath.tan(q - 0.5)) - 1) ** 2),
}
SCORES = {
    # Szegedy et al. 2016: labels (1 - ε) y + ε/2, ε = 0.1.
    "label_smoothing": lambda s, y: cross_entropy(s, mpmath.mpf("0.95" if y else "0.05")),
    # Salimans et al. 2016: positive labels 0.9, negative ones 0.
    "one_sided_smoothing": lambda s, y: cross_entropy(s, mpmath.mpf("0.9") * y),
    "exponential": margin(lambda v: mpmath.exp(-v)),
    "savage": margin(lambda v: 1 / (1 + mpmath.exp(2 * v)) ** 2),
    "huber": lambda s, y: (s - y) ** 2 / 2 if abs(s - y) <= 1 else abs(s - y) - 0.5,
    # Mao et al. 2017: (D - b)²/2 for real, (D - a)²/2 for generated samples; a = -1, b = 1.
    "lsgan_pearson": lambda s, y: (s - (1 if y else -1)) ** 2 / 2,
    "nsgan": lambda s, y: cross_entropy(s, y),
    "lsgan": lambda s, y: (s - y) ** 2,
    "wgan": margin(lambda v: -v),
}


@pytest.mark.parametrize("name", [*PROBABILITIES, *SCORES])
def test_the_discriminators_loss_is_that_of_the_paper(name):
    at, reference = (P, PROBABILITIES[name]) if name in PROBABILITIES else (S, SCORES[name])
    assert zoo.entry(name).form == ("probabilities" if name in PROBABILITIES else "scores")
    for label in (0, 1):
        got = halves(name)[0].numpy()(at, np.full_like(at, label))
        wanted = [float(reference(float(x), label)) for x in at]
        assert np.allclose(got, wanted, rtol=1e-6, atol=1e-7)


GENERATORS = {
    # The generator minimises the value function: alpha-GAN's second term, f-GAN's -f*(g(v)).
    "alpha_gan": (P, lambda p: 2 * (mpmath.sqrt(1 - p) - 1)),
    "lsgan_pearson": (S, lambda s: (s - 0) ** 2 / 2),
    "one_sided_smoothing": (S, lambda s: cross_entropy(s, 1)),
    "nsgan": (S, lambda s: cross_entropy(s, 1)),
    "fgan_kl": (S, lambda v: -mpmath.exp(v - 1)),
    "fgan_reverse_kl": (S, lambda v: 1 + mpmath.log(mpmath.exp(-v))),
    "fgan_pearson": (S, lambda v: -(v**2 / 4 + v)),
    "fgan_hellinger": (S, lambda v: -(1 - mpmath.exp(-v)) / mpmath.exp(-v)),
    "fgan_js": (S, lambda v: mpmath.log(2 - 2 / (1 + mpmath.exp(-v)))),
}


@pytest.mark.parametrize("name", GENERATORS)
def test_the_generators_loss_is_that_of_the_paper(name):
    at, reference = GENERATORS[name]
    got = halves(name)[1].numpy()(at, np.ones_like(at))
    assert np.allclose(got, [float(reference(float(x))) for x in at], rtol=1e-6, atol=1e-6)


DIVERGENCES = {
    # f-GAN, table 1 and equation 8 of Nowozin et al. 2016: D_f = Σ q f(p/q).
    "fgan_kl": lambda u: u * np.log(u),
    "fgan_reverse_kl": lambda u: -np.log(u),
    "fgan_pearson": lambda u: (u - 1) ** 2,
    "fgan_hellinger": lambda u: (np.sqrt(u) - 1) ** 2,
    "fgan_js": lambda u: u * np.log(u) - (u + 1) * np.log((1 + u) / 2),
}


@pytest.mark.parametrize("name", DIVERGENCES)
@pytest.mark.parametrize(("real", "generated"), [(0.5, 0.5), (0.9, 0.3), (0.05, 0.7), (2.0, 1.5)])
def test_the_best_discriminator_attains_the_divergence(name, real, generated):
    """The bound is tight: min over v of p l(v, 1) + q l(v, 0) = -q f(p/q)."""
    loss = halves(name)[0].numpy()

    def risk(v: float) -> float:
        both = loss(np.full(2, v), np.array([1.0, 0.0]))
        return float(real * both[0] + generated * both[1])

    best = minimize_scalar(risk, bounds=(-20, 20), method="bounded", options={"xatol": 1e-9})
    wanted = generated * DIVERGENCES[name](real / generated)
    assert -best.fun == pytest.approx(float(wanted), abs=1e-6)


@pytest.mark.parametrize("name", DIVERGENCES)
def test_in_f_gan_the_generator_minimises_what_the_discriminator_maximises(name):
    d, g = halves(name)
    assert np.allclose(g.numpy()(S, np.ones_like(S)), -d.numpy()(S, np.zeros_like(S)), atol=1e-6)


def test_losses_that_papers_say_are_related():
    """Of q = (α - 1)/α generalized cross entropy is the alpha-loss; JS is minimax on scores."""
    alpha, gce = halves("alpha_gan")[0], Loss.parse(zoo.entry("gce").formula.replace("0.7", "0.5"))
    assert alpha.same_as(gce, "value")
    assert halves("fgan_js")[0].same_as(zoo.bce_logits, "gradient")
    assert halves("exponential")[0].same_as(halves("fgan_hellinger")[0], "gradient")


def test_every_known_loss_says_where_it_is_from_and_stands_in_one_group():
    seen: list[str] = []
    for entry in zoo.ENTRIES:
        assert entry.title
        assert any(c.isdigit() for c in entry.source) or "GANetic" in entry.source
        if not seen or seen[-1] != entry.group:
            assert entry.group not in seen
            seen.append(entry.group)
    names = [*zoo.BY_NAME, *zoo.ALIASES]
    assert len(set(names)) == len(names) == len(zoo.ENTRIES) + len(zoo.ALIASES)


def test_names_are_no_formulas():
    for name in (*zoo.BY_NAME, *zoo.ALIASES):
        with pytest.raises(ValueError, match=name):
            Loss.parse(name)
