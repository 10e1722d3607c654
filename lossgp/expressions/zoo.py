"""The losses that are known: those of the papers, with their sources.

`lossgp.zoo.ganetic` is a `Loss`; where D and G have different losses, a `LossPair`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from .loss import Loss
from .pair import LossPair


@dataclass(frozen=True)
class Entry:
    """A known loss.

    Attributes:
        name: as the command line and `lossgp.zoo` know it.
        formula: the text form of the loss or pair.
        title: what it is, in a few words.
        source: where it comes from.
        best_form: the known loss that is this one in the form that trains best; empty where
            this is it. A fair comparison gives each loss its own best form.
    """

    name: str
    formula: str
    title: str
    source: str
    best_form: str = ""

    @cached_property
    def loss(self) -> Loss | LossPair:
        """The loss itself: a `Loss` where one serves D and G, else a `LossPair`."""
        pair = LossPair.parse(self.formula)
        return pair.discriminator if pair.is_single else pair


_BCE = "-y_real*log(y_pred) - (1 - y_real)*log(1 - y_pred)"
_GOODFELLOW = "Goodfellow et al. 2014, arXiv 1406.2661"
_GAN_PAPER = "the GANetic paper"
# Keras' binary cross entropy, which the GANetic paper's baseline is, cuts predictions to
# [1e-7, 1 - 1e-7]: beyond it there is no gradient.
_CUT = "max(min(y_pred, 1 - 1e-07), 1e-07)"

ENTRIES = (
    Entry(
        "bce",
        _BCE,
        "binary cross entropy, non-saturating generator",
        _GOODFELLOW,
        best_form="bce_logits",
    ),
    Entry(
        "bce_logits",
        "max(score, 0) - score*y_real + log(1 + exp(-abs(score)))",
        "binary cross entropy on raw scores: its numerically best form",
        _GOODFELLOW,
    ),
    Entry(
        "minimax",
        f"D: {_BCE}; G: log(1 - y_pred)",
        "the saturating game ('adversarial' in the GANetic paper's tables)",
        f"{_GOODFELLOW}, equation 1",
    ),
    Entry(
        "hinge",
        "D: max(0, 1 - (2*y_real - 1)*score); G: -score",
        "hinge loss on raw scores",
        "Lim & Ye 2017, arXiv 1705.02894",
    ),
    Entry(
        "wasserstein",
        "D: -(2*y_real - 1)*score; G: -score",
        "Wasserstein critic (without the Lipschitz constraint, which a trainer adds)",
        "Arjovsky et al. 2017, arXiv 1701.07875",
    ),
    Entry(
        "least_squares",
        "(score - y_real)**2",
        "least squares on raw scores",
        "Mao et al. 2017, arXiv 1611.04076",
    ),
    Entry(
        "least_squares_sigmoid",
        "(y_pred - y_real)**2",
        "least squares on probabilities, as the GANetic paper trains it",
        _GAN_PAPER,
        best_form="least_squares",
    ),
    Entry(
        "paper_hinge",
        "max(0, 1 - (2*y_real - 1)*y_pred)",
        "hinge loss on probabilities, as the GANetic paper trains it",
        _GAN_PAPER,
        best_form="hinge",
    ),
    Entry(
        "paper_bce",
        f"-y_real*log({_CUT}) - (1 - y_real)*log(1 - {_CUT})",
        "binary cross entropy cut at 1e-7, as the GANetic paper trains it",
        _GAN_PAPER,
        best_form="bce_logits",
    ),
    Entry(
        "f1",
        "exp(2.2061) + sin(1.7577) + (y_real - 4.092)**3 - log(abs(y_real - y_pred))",
        "found by GP, configuration 1",
        f"{_GAN_PAPER}, equation C1",
    ),
    Entry(
        "f2",
        "exp(cos(sqrt(abs(y_real - y_pred))))",
        "found by GP, configuration 2",
        f"{_GAN_PAPER}, equation C2",
    ),
    Entry(
        "f3",
        "sqrt(abs(y_real + log(abs(y_pred))))**3",
        "found by GP, configuration 3",
        f"{_GAN_PAPER}, equation C3",
    ),
    Entry(
        "ganetic",
        "y_pred**3 + sqrt(3.985*y_real/y_pred)",
        "GANetic loss, found by GP, configuration 4 (f4)",
        f"{_GAN_PAPER}, equations 2 and C4",
    ),
    Entry(
        "ngl",
        "exp(2.4092 - y_pred*(1 + y_real)) - cos(cos(sin(y_pred)))",
        "next generation loss, for classifiers",
        "arXiv 2404.12948",
    ),
    Entry(
        "baikal",
        "-(log(y_pred) - y_real/y_pred)",
        "Baikal loss, for classifiers",
        "Gonzalez & Miikkulainen 2020, arXiv 1905.11528",
    ),
)

BY_NAME = {entry.name: entry for entry in ENTRIES}
ALIASES = {
    "f4": "ganetic",
    "adversarial": "minimax",
    "paper_least_squares": "least_squares_sigmoid",
}


def names() -> list[str]:
    """Return the names of all known losses."""
    return list(BY_NAME)


def entry(name: str) -> Entry:
    """Return the row of a known loss.

    Raises:
        KeyError: no loss has this name.
    """
    return BY_NAME[ALIASES.get(name, name)]


def __getattr__(name: str) -> Loss | LossPair:
    try:
        return entry(name).loss
    except KeyError:
        raise AttributeError(f"the zoo has no loss {name!r}; it has {', '.join(BY_NAME)}") from None


def __dir__() -> list[str]:
    return [*globals(), *BY_NAME]
