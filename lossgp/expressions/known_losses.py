"""Losses of GANs, and those that searches found."""

from __future__ import annotations

from .known_loss import Entry

GAMES = "Adversarial games"
TRAINED = "As the GANetic paper trains them"
FOUND = "Found by search"

_BCE = "-y_real*log(y_pred) - (1 - y_real)*log(1 - y_pred)"
_GOODFELLOW = "Goodfellow et al. 2014, arXiv 1406.2661"
_GAN_PAPER = "the GANetic paper"
# Keras' binary cross entropy, which the GANetic paper's baseline is, cuts predictions to
# [1e-7, 1 - 1e-7]: beyond it there is no gradient.
_CUT = "max(min(y_pred, 1 - 1e-07), 1e-07)"

LOSSES = (
    Entry(
        "bce",
        _BCE,
        "binary cross entropy, non-saturating generator",
        _GOODFELLOW,
        GAMES,
        best_form="bce_logits",
    ),
    Entry(
        "bce_logits",
        "max(score, 0) - score*y_real + log(1 + exp(-abs(score)))",
        "binary cross entropy on raw scores: its numerically best form",
        _GOODFELLOW,
        GAMES,
    ),
    Entry(
        "minimax",
        f"D: {_BCE}; G: log(1 - y_pred)",
        "the saturating game ('adversarial' in the GANetic paper's tables)",
        f"{_GOODFELLOW}, equation 1",
        GAMES,
    ),
    Entry(
        "hinge",
        "D: max(0, 1 - (2*y_real - 1)*score); G: -score",
        "hinge loss on raw scores",
        "Lim & Ye 2017, arXiv 1705.02894",
        GAMES,
    ),
    Entry(
        "wasserstein",
        "D: -(2*y_real - 1)*score; G: -score",
        "Wasserstein critic (without the Lipschitz constraint, which a trainer adds)",
        "Arjovsky et al. 2017, arXiv 1701.07875",
        GAMES,
    ),
    Entry(
        "least_squares",
        "(score - y_real)**2",
        "least squares on raw scores",
        "Mao et al. 2017, arXiv 1611.04076",
        GAMES,
    ),
    Entry(
        "lsgan_pearson",
        "D: 0.5*(score - (2*y_real - 1))**2; G: 0.5*score**2",
        "LSGAN(a, b, c) with a = -1, b = 1, c = 0, which minimises Pearson's chi-squared; "
        "least_squares is LSGAN(0, 1, 1), doubled",
        "Mao et al. 2017, arXiv 1611.04076, section 3.2",
        GAMES,
    ),
    Entry(
        "alpha_gan",
        "D: 2*y_real*(1 - sqrt(y_pred)) + 2*(1 - y_real)*(1 - sqrt(1 - y_pred)); "
        "G: 2*(sqrt(1 - y_pred) - 1)",
        "alpha-GAN with alpha = 2: the game of the alpha-loss a/(a - 1)*(1 - p**((a - 1)/a)), "
        "which is minimax for a = 1",
        "Kurri, Sypherd & Sankar 2021, arXiv 2106.05232",
        GAMES,
    ),
    Entry(
        "one_sided_smoothing",
        "D: max(score, 0) - 0.9*score*y_real + log(1 + exp(-abs(score))); "
        "G: max(-score, 0) + log(1 + exp(-abs(score)))",
        "binary cross entropy on raw scores, the label of real samples smoothed to 0.9 for D",
        "Salimans et al. 2016, arXiv 1606.03498, section 3.4",
        GAMES,
    ),
    Entry(
        "least_squares_sigmoid",
        "(y_pred - y_real)**2",
        "least squares on probabilities, as the GANetic paper trains it",
        _GAN_PAPER,
        TRAINED,
        best_form="least_squares",
    ),
    Entry(
        "paper_hinge",
        "max(0, 1 - (2*y_real - 1)*y_pred)",
        "hinge loss on probabilities, as the GANetic paper trains it",
        _GAN_PAPER,
        TRAINED,
        best_form="hinge",
    ),
    Entry(
        "paper_bce",
        f"-y_real*log({_CUT}) - (1 - y_real)*log(1 - {_CUT})",
        "binary cross entropy cut at 1e-7, as the GANetic paper trains it",
        _GAN_PAPER,
        TRAINED,
        best_form="bce_logits",
    ),
    Entry(
        "f1",
        "exp(2.2061) + sin(1.7577) + (y_real - 4.092)**3 - log(abs(y_real - y_pred))",
        "found by GP, configuration 1",
        f"{_GAN_PAPER}, equation C1",
        FOUND,
    ),
    Entry(
        "f2",
        "exp(cos(sqrt(abs(y_real - y_pred))))",
        "found by GP, configuration 2",
        f"{_GAN_PAPER}, equation C2",
        FOUND,
    ),
    Entry(
        "f3",
        "sqrt(abs(y_real + log(abs(y_pred))))**3",
        "found by GP, configuration 3",
        f"{_GAN_PAPER}, equation C3",
        FOUND,
    ),
    Entry(
        "ganetic",
        "y_pred**3 + sqrt(3.985*y_real/y_pred)",
        "GANetic loss, found by GP, configuration 4 (f4)",
        f"{_GAN_PAPER}, equations 2 and C4",
        FOUND,
    ),
    Entry(
        "ngl",
        "exp(2.4092 - y_pred*(1 + y_real)) - cos(cos(sin(y_pred)))",
        "next generation loss, for classifiers",
        "arXiv 2404.12948",
        FOUND,
    ),
    Entry(
        "baikal",
        "-(log(y_pred) - y_real/y_pred)",
        "Baikal loss, for classifiers",
        "Gonzalez & Miikkulainen 2020, arXiv 1905.11528",
        FOUND,
    ),
)
