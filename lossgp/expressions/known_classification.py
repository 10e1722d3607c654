"""Losses of classifiers: against noise, imbalance and overconfidence, and of margins."""

from __future__ import annotations

from .known_loss import Entry

CLASSIFIERS = "Classification: against noise, imbalance and overconfidence"
MARGINS = "Classification: margins and residuals on raw scores"

LOSSES = (
    Entry(
        "focal",
        "-y_real*(1 - y_pred)**2*log(y_pred) - (1 - y_real)*y_pred**2*log(1 - y_pred)",
        "focal loss, gamma = 2, without class weights",
        "Lin et al. 2017, arXiv 1708.02002, equation 4",
        CLASSIFIERS,
    ),
    Entry(
        "polyloss",
        "-y_real*log(y_pred) - (1 - y_real)*log(1 - y_pred)"
        " + y_real*(1 - y_pred) + (1 - y_real)*y_pred",
        "PolyLoss, Poly-1 with epsilon_1 = 1: cross entropy + epsilon_1*(1 - p of the true class)",
        "Leng et al. 2022, arXiv 2204.12511",
        CLASSIFIERS,
    ),
    Entry(
        "gce",
        "y_real*(1 - y_pred**0.7)/0.7 + (1 - y_real)*(1 - (1 - y_pred)**0.7)/0.7",
        "generalized cross entropy, q = 0.7: between cross entropy (q = 0) and absolute error",
        "Zhang & Sabuncu 2018, arXiv 1805.07836",
        CLASSIFIERS,
    ),
    Entry(
        "symmetric_ce",
        "0.1*(-y_real*log(y_pred) - (1 - y_real)*log(1 - y_pred))"
        " + 4*(y_real*(1 - y_pred) + (1 - y_real)*y_pred)",
        "symmetric cross entropy, alpha = 0.1, beta = 1, A = log(0) = -4, for labels 0 and 1",
        "Wang et al. 2019, arXiv 1908.06112",
        CLASSIFIERS,
    ),
    Entry(
        "asymmetric",
        "-y_real*log(y_pred)"
        " - (1 - y_real)*max(y_pred - 0.05, 0)**4*log(1 - max(y_pred - 0.05, 0))",
        "asymmetric loss (ASL), gamma+ = 0, gamma- = 4, margin 0.05",
        "Ridnik, Ben-Baruch et al. 2021, arXiv 2009.14119",
        CLASSIFIERS,
    ),
    Entry(
        "label_smoothing",
        "max(score, 0) - score*(0.9*y_real + 0.05) + log(1 + exp(-abs(score)))",
        "cross entropy on raw scores, the labels of two classes smoothed by 0.1: to 0.95 and 0.05",
        "Szegedy et al. 2016, arXiv 1512.00567, section 7",
        CLASSIFIERS,
    ),
    Entry(
        "exponential",
        "exp(-(2*y_real - 1)*score)",
        "exponential loss exp(-v) of the margin v = (2*y_real - 1)*score, that of AdaBoost",
        "Friedman, Hastie & Tibshirani 2000, Annals of Statistics 28(2)",
        MARGINS,
    ),
    Entry(
        "savage",
        "sigmoid(-2*(2*y_real - 1)*score)**2",
        "Savage loss 1/(1 + exp(2*v))**2 of the margin v = (2*y_real - 1)*score",
        "Masnadi-Shirazi & Vasconcelos 2008, NIPS 21",
        MARGINS,
    ),
    Entry(
        "tangent",
        "4*(y_pred - y_real)**2",
        "tangent loss (2*arctan(v) - 1)**2 of the margin v, as a loss of the probability "
        "y_pred = arctan(score) + 1/2 that it is made for",
        "Masnadi-Shirazi, Mahadevan & Vasconcelos 2010, CVPR",
        MARGINS,
    ),
    Entry(
        "huber",
        "0.5*min(abs(score - y_real), 1)**2 + max(abs(score - y_real) - 1, 0)",
        "Huber loss of the residual, k = 1: quadratic up to 1, linear beyond",
        "Huber 1964, Annals of Mathematical Statistics 35(1)",
        MARGINS,
    ),
)
