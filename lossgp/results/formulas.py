"""Formulas as people see them: simplified, with short constants."""

from __future__ import annotations

from lossgp.expressions import LossPair
from lossgp.expressions.loss import Loss
from lossgp.expressions.rounding import short_pair


def shown(loss: Loss | LossPair) -> LossPair:
    """Return the losses to read: simplified for the labels 0 and 1, with short constants."""
    return short_pair(LossPair.of(loss))


def short(loss: Loss | LossPair, width: int | None = None) -> str:
    """Return the shown form in one line, cut to a width where one is given."""
    text = shown(loss).text()
    return text if width is None or len(text) <= width else text[: width - 1] + "…"
