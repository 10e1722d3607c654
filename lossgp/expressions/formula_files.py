"""The JSON of losses and pairs: a formula as text, with a format and its version."""

from __future__ import annotations

from collections.abc import Mapping

from lossgp.common.echo import quoted

from .errors import FormulaError
from .storable import ECHO

FORMAT = "lossgp.loss"
VERSION = 1


def formula_of(data: object) -> str:
    """Return the formula in a loss's or pair's JSON.

    Raises:
        FormulaError: the data is no loss, or of another version.
    """
    if not isinstance(data, Mapping) or data.get("format") != FORMAT or "formula" not in data:
        raise FormulaError(f"this is no loss: a mapping with 'format': {FORMAT!r} and 'formula'")
    version = data.get("version")
    if version != VERSION:
        raise FormulaError(
            f"the loss has format version {quoted(version, ECHO)}; "
            f"this version of lossgp reads {VERSION}"
        )
    formula = data["formula"]
    if not isinstance(formula, str):
        raise FormulaError(f"the formula of a loss must be text, not {quoted(formula, ECHO)}")
    return formula
