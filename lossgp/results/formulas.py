"""Formulas as people see them: simplified, with short constants."""

from __future__ import annotations

from lossgp.expressions import LossPair
from lossgp.expressions.loss import Loss
from lossgp.expressions.rounding import short_pair


def shown(loss: Loss | LossPair) -> LossPair:
    """Return the losses to read: simplified for the labels 0 and 1, with short constants."""
    return short_pair(LossPair.of(loss))


def short(loss: Loss | LossPair, width: int | None = None) -> str:
    """Return the shown form in one line, cut to a width where one is given; of a pair both."""
    pair = shown(loss)
    text = pair.text()
    if width is None or len(text) <= width:
        return text
    if pair.is_single:
        return _cut(text, width)
    room = width - len("D: ; G: ")
    d, g = pair.discriminator.text(), pair.generator.text()
    for_d = max(room // 2, room - len(g))
    return f"D: {_cut(d, for_d)}; G: {_cut(g, room - min(for_d, len(d)))}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"
