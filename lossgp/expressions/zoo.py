"""The losses that are known: those of the papers, with their sources.

`lossgp.zoo.ganetic` is a `Loss`; where D and G have different losses, a `LossPair`.
"""

from __future__ import annotations

from lossgp.common.suggesting import did_you_mean

from . import known_classification, known_divergences, known_losses
from .known_loss import Entry
from .loss import Loss
from .pair import LossPair

ENTRIES: tuple[Entry, ...] = (
    *known_losses.LOSSES,
    *known_divergences.LOSSES,
    *known_classification.LOSSES,
)

BY_NAME = {entry.name: entry for entry in ENTRIES}
ALIASES = {
    "f4": "ganetic",
    "adversarial": "minimax",
    "paper_least_squares": "least_squares_sigmoid",
    "nsgan": "bce_logits",
    "lsgan": "least_squares",
    "wgan": "wasserstein",
}


def names() -> list[str]:
    """Return the names of all known losses."""
    return list(BY_NAME)


def aliases(name: str) -> list[str]:
    """Return the other names of a known loss."""
    return [alias for alias, meant in ALIASES.items() if meant == name]


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
        hint = did_you_mean(name, [*BY_NAME, *ALIASES])
        raise AttributeError(
            f"the zoo has no loss {name!r}{hint}; it has {', '.join(BY_NAME)}"
        ) from None


def __dir__() -> list[str]:
    return [*globals(), *BY_NAME]
