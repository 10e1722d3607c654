"""The games of f-GAN, each of which estimates and minimises a divergence of real and generated.

With the output activation g and the conjugate f* of the paper, D maximises
E_real[g(v)] - E_generated[f*(g(v))] over its raw output v, and G minimises the same. So D's
loss is -g(v) for real and f*(g(v)) for generated samples, and G's is -f*(g(v)).
"""

from __future__ import annotations

from .known_loss import Entry

DIVERGENCES = "f-GAN: games that minimise a divergence"

_SOURCE = "Nowozin, Cseke & Tomioka 2016, arXiv 1606.00709, table 2"
_TAIL = "log(1 + exp(-abs(score)))"  # softplus is max(score, 0) and this

LOSSES = (
    Entry(
        "fgan_kl",
        "D: (1 - y_real)*exp(score - 1) - y_real*score; G: -exp(score - 1)",
        "Kullback-Leibler divergence of real from generated: g(v) = v, f*(t) = exp(t - 1)",
        _SOURCE,
        DIVERGENCES,
    ),
    Entry(
        "fgan_reverse_kl",
        "D: y_real*exp(-score) + (1 - y_real)*(score - 1); G: 1 - score",
        "reverse Kullback-Leibler divergence: g(v) = -exp(-v), f*(t) = -1 - log(-t)",
        _SOURCE,
        DIVERGENCES,
    ),
    Entry(
        "fgan_pearson",
        "D: (1 - y_real)*(0.25*score**2 + score) - y_real*score; G: -(0.25*score**2 + score)",
        "Pearson's chi-squared: g(v) = v, f*(t) = t**2/4 + t",
        _SOURCE,
        DIVERGENCES,
    ),
    Entry(
        "fgan_hellinger",
        "D: y_real*(exp(-score) - 1) + (1 - y_real)*(exp(score) - 1); G: 1 - exp(score)",
        "squared Hellinger distance: g(v) = 1 - exp(-v), f*(t) = t/(1 - t)",
        _SOURCE,
        DIVERGENCES,
    ),
    Entry(
        "fgan_js",
        f"D: max(score, 0) - score*y_real + {_TAIL} - 0.6931471805599453; "
        f"G: 0.6931471805599453 - max(score, 0) - {_TAIL}",
        "Jensen-Shannon divergence: g(v) = log(2) - log(1 + exp(-v)), f*(t) = -log(2 - exp(t)); "
        "minimax on raw scores, moved by log(2)",
        _SOURCE,
        DIVERGENCES,
    ),
)
