"""Formulas as people see them: simplified, with constants of a few digits."""

from __future__ import annotations

import sympy

from lossgp.expressions import LossPair
from lossgp.expressions.loss import Loss
from lossgp.expressions.symbols import constant, value_of
from lossgp.expressions.tree import build, operator_of

DIGITS = 4


def rounded(tree: sympy.Expr, digits: int = DIGITS) -> sympy.Expr:
    """Return the tree with its constants rounded to significant digits, for reading only."""
    row = operator_of(tree)
    if row is not None:
        return build(row, *(rounded(a, digits) for a in tree.args))
    if isinstance(tree, sympy.Number):
        return constant(float(f"{value_of(tree):.{digits}g}"))
    return tree


def shown(loss: Loss, digits: int = DIGITS) -> Loss:
    """Return the simplified loss with rounded constants."""
    return Loss(rounded(loss.simplified().expr, digits), loss.link)


def short(loss: Loss | LossPair, width: int | None = None) -> str:
    """Return the shown form in one line, cut to a width where one is given."""
    if isinstance(loss, LossPair):
        text = LossPair(shown(loss.discriminator), shown(loss.generator)).text()
    else:
        text = shown(loss).text()
    return text if width is None or len(text) <= width else text[: width - 1] + "…"
