"""One known loss: its formula, what it is, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from .loss import Loss
from .pair import LossPair


@dataclass(frozen=True)
class Entry:
    """A known loss.

    Labels are 1 for real and 0 for generated samples, or for the two classes; G meets the
    label 1. A formula of `y_pred` takes probabilities, one of `score` raw outputs.

    Attributes:
        name: as the command line and `lossgp.zoo` know it.
        formula: the text form of the loss or pair.
        title: what it is, in a few words, with its constants.
        source: where it comes from.
        group: what it stands under in a list.
        best_form: the known loss that is this one in the form that trains best; empty where
            this is it. A fair comparison gives each loss its own best form.
    """

    name: str
    formula: str
    title: str
    source: str
    group: str
    best_form: str = ""

    @cached_property
    def loss(self) -> Loss | LossPair:
        """The loss itself: a `Loss` where one serves D and G, else a `LossPair`."""
        pair = LossPair.parse(self.formula)
        return pair.discriminator if pair.is_single else pair

    @property
    def form(self) -> str:
        """What the loss takes: "probabilities" or "scores"."""
        link = LossPair.of(self.loss).discriminator.link
        return "scores" if link == "identity" else "probabilities"
