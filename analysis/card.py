"""The card of a loss: one page with formula, plots, numbers and three sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from lossgp.expressions import Loss, LossPair, zoo
from lossgp.expressions.printing import latex, text
from lossgp.expressions.rounding import short_pair, without_noise

from .plots import Losses
from .sentences import sentences
from .sides import Sides
from .summary import Analysis, analyse


@dataclass(frozen=True)
class Card:
    """What stands on the page.

    Attributes:
        name: the title.
        loss: the loss or pair.
        analysis: its numbers.
        other_name, other: what it is compared with; None for nothing.
        sentences: three, derived from the numbers.
    """

    name: str
    loss: Loss | LossPair
    analysis: Analysis
    other_name: str
    other: Analysis | None
    sentences: tuple[str, str, str]

    @property
    def losses(self) -> Losses:
        """The loss, and the one it is compared with."""
        if self.other is None:
            return {self.name: self.loss}
        return {self.name: self.loss, self.other_name: self.other.loss}

    def formulas(
        self, form: Literal["latex", "text"] = "latex", *, exact: bool = False
    ) -> list[tuple[str, str]]:
        """Return symbol and formula of the loss and of its sides by class, ε sent to 0.

        The loss is simplified for the labels 0 and 1. Its constants are short, for reading,
        or exact.
        """
        pair = LossPair.of(self.loss)
        shown = pair.simplified() if exact else short_pair(pair)
        whole = {"l": shown.discriminator}
        if not shown.is_single:
            whole = {"l_D": shown.discriminator, "l_G": shown.generator}
        rows = [(k, v.latex() if form == "latex" else v.text()) for k, v in whole.items()]
        sides = Sides.of(self.loss if exact else shown)
        variable = "s" if sides.real.link == "identity" else "p"
        for symbol, side in (("l_1", sides.real), ("l_0", sides.fake)):
            tree = side.tree if exact else without_noise(side.tree)
            if form == "latex":
                written = latex(tree, side.link).replace("y_{pred}", "p")
            else:
                written = text(tree, side.link)
            rows.append((f"{symbol}({variable})" if form == "latex" else symbol, written))
        return rows

    def table(self) -> list[tuple[str, ...]]:
        """Return rows of quantity, value, and, where there is one, the other loss's value."""
        if self.other is None:
            return list(self.analysis.rows())
        both = zip(self.analysis.rows(), self.other.rows(), strict=True)
        return [(label, a, b) for (label, a), (_, b) in both]

    @property
    def columns(self) -> tuple[str, ...]:
        """The heads of the table's columns."""
        return ("", self.name) if self.other is None else ("", self.name, self.other_name)

    def closed_forms(self) -> list[str]:
        """Return the minima known as formulas, such as "p* = (sqrt(alpha)/6)**(2/7) = 0.7302"."""
        found = []
        for label, shape in (
            ("real", self.analysis.shapes.real),
            ("generated", self.analysis.shapes.fake),
        ):
            for point in shape.minima:
                form = point.closed_form
                if form is not None and not re.fullmatch(r"[-\d./]+", form.text):
                    where = ", ".join(f"{k} = {v:.10g}" for k, v in form.constants)
                    tail = f" with {where}" if where else ""
                    found.append(f"minimum for {label} samples: {form.text} = {point.at:.7g}{tail}")
        return found


def make_card(
    loss: Loss | LossPair,
    *,
    name: str | None = None,
    against: str | Loss | LossPair | None = "bce",
    against_name: str | None = None,
    closed_form: bool = True,
) -> Card:
    """Return the card of a loss.

    Args:
        loss: the loss or pair.
        name: its title; by default its name in the zoo, or "loss".
        against: what to compare with: a loss, or the name of one of the zoo; None for nothing.
            A loss is not compared with itself.
        against_name: what the other loss is called; by default its name in the zoo, or "other".
        closed_form: also look for minima as formulas (takes seconds).

    Raises:
        KeyError: `against` is not in the zoo.
    """
    name = name or _known_name(loss, "loss")
    rival = zoo.entry(against).loss if isinstance(against, str) else against
    analysis = analyse(loss, closed_form=closed_form)
    if rival is None or rival == loss:
        return Card(name, loss, analysis, "", None, sentences(analysis))
    other, other_name = analyse(rival), against_name or _known_name(rival, "other")
    if other_name == name:
        other_name = f"{other_name} (other)"
    return Card(name, loss, analysis, other_name, other, sentences(analysis, other, other_name))


def _known_name(loss: Loss | LossPair, otherwise: str) -> str:
    return next((e.name for e in zoo.ENTRIES if e.loss == loss), otherwise)
