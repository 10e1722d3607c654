"""Losses and pairs outside of a running program: their text, in JSON and in pickles."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Self

from lossgp.common.echo import quoted

from .errors import FormulaError
from .storable import ECHO

if TYPE_CHECKING:
    from .loss import Loss

FORMAT = "lossgp.loss"
VERSION = 1

_KINDS: dict[str, type[AsText]] = {}


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


class AsText(ABC):
    """A frozen dataclass that is kept as its text, from which nothing but parsing leads back.

    A pickle holds the text alone: compiled functions do not pickle, and SymPy would evaluate a
    tree on the way back. `torch.load` reads it with `weights_only=True`, too, where the class is
    allowed: `torch.serialization.safe_globals([lossgp.Loss])`.

    A class that names its `kind` is what `restored(kind, text)` returns: so a criterion, which
    is made of a loss, makes it anew from its text and knows nothing of the class.
    """

    def __init_subclass__(cls, *, kind: str = "") -> None:
        super().__init_subclass__()
        if kind:
            _KINDS[kind] = cls

    @abstractmethod
    def text(self) -> str:
        """Return the formula as plain text."""

    @classmethod
    @abstractmethod
    def restored(cls, text: str) -> Self:
        """Return what has this `text()`."""

    @abstractmethod
    def by_player(self) -> tuple[Loss, ...]:
        """Return the one loss that serves both D and G, or D's and G's."""

    def to_json(self) -> dict[str, object]:
        """Return plain data that `from_json` reads back exactly."""
        return {"format": FORMAT, "version": VERSION, "formula": self.text()}

    @classmethod
    def from_json(cls, data: object) -> Self:
        """Return what `to_json` gave the data of; nothing in it is executed.

        Raises:
            FormulaError: the data is no loss, or of a newer version.
        """
        return cls.restored(formula_of(data))

    def __getstate__(self) -> dict[str, Any]:
        return {"formula": self.text()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        read: Any = self.restored(state["formula"])
        self.__dict__.update({field.name: getattr(read, field.name) for field in fields(read)})

    def __deepcopy__(self, memo: object) -> Self:
        return self  # it never changes

    def __copy__(self) -> Self:
        return self

    def __str__(self) -> str:
        return self.text()


def restored(kind: str, text: str) -> AsText:
    """Return what of this kind ("loss", "pair") has this `text()`.

    Raises:
        FormulaError: the text cannot be read.
    """
    return _KINDS[kind].restored(text)
