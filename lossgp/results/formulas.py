"""Formulas as people see them: simplified, with short constants."""

from __future__ import annotations

from lossgp.expressions import LossPair
from lossgp.expressions.loss import Loss
from lossgp.expressions.rounding import short_constants, short_pair


def shown(loss: Loss) -> Loss:
    """Return the loss to read: simplified for the labels 0 and 1, with short constants."""
    return short_constants(loss)


def short(loss: Loss | LossPair, width: int | None = None) -> str:
    """Return the shown form in one line, cut to a width where one is given."""
    text = (short_pair(loss) if isinstance(loss, LossPair) else shown(loss)).text()
    return text if width is None or len(text) <= width else text[: width - 1] + "…"
