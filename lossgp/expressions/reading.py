"""One token after the other, and what to say of a token that cannot stand where it stands."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import ClassVar

from .errors import FormulaError
from .notation import ALIASES, CONSTANTS, FUNCTIONS, VARIABLES, meaning, shown
from .tokens import Token, UnreadError, tokens_of


class TokenReader(ABC):
    """Walks over the tokens of one formula."""

    pattern: ClassVar[re.Pattern[str]]
    product: ClassVar[str]
    """How a product is written, for messages."""
    allowed: ClassVar[str]
    """What a formula may hold, for messages."""

    def __init__(self, written: str) -> None:
        try:
            self.tokens = tokens_of(written, self.pattern)
        except UnreadError as error:
            raise self.unread(written[error.position], error) from None
        self.position = 0
        self.open_bars = 0

    @abstractmethod
    def unread(self, sign: str, error: UnreadError) -> FormulaError:
        """Return the error for a sign that begins no token."""

    @property
    def peek(self) -> Token:
        """The token that comes next."""
        return self.tokens[self.position]

    def take(self) -> Token:
        """Return the next token and move past it."""
        token = self.tokens[self.position]
        self.position += token.kind != "end"
        return token

    def accept(self, *written: str) -> Token | None:
        """Take the next token if it is one of these signs."""
        token = self.peek
        return self.take() if token.kind == "sign" and token.written in written else None

    def expect(self, written: str) -> None:
        """Take this sign, or raise."""
        if not self.accept(written):
            raise self.unexpected(self.missing_sign() or f"{shown(written)} was expected")

    def unexpected(self, hint: str | None = None) -> FormulaError:
        """Return the error for the next token."""
        token = self.peek
        name = token.written if token.kind == "end" else shown(token.written)
        what = hint or self.missing_sign() or self.hint(token) or self.allowed
        return FormulaError(f"unexpected {name} at column {token.column}; {what}")

    def hint(self, token: Token) -> str | None:
        """Return what may be wrong where a sign stands that cannot stand there."""
        if token.written in (")", "]", "}"):
            return "it closes what was not opened"
        if (
            token.written == ","
            and self.position
            and self.tokens[self.position - 1].kind == "number"
        ):
            return "a decimal point is written ."
        return None

    def missing_sign(self) -> str | None:
        """Return what to write where two operands stand side by side; None where they do not."""
        if self.position == 0:
            return None
        before, after = self.tokens[self.position - 1], self.peek
        ends = before.kind in ("number", "power") or before.written == ")"
        ends = ends or before.written in VARIABLES or before.written in CONSTANTS
        if not ends or not self.begins_operand(after):
            return None
        left, right = shown(before.written), shown(after.written)
        return f"write {self.product} between {left} and {right}"

    def begins_operand(self, token: Token) -> bool:
        """Tell whether an operand may start with this token."""
        if token.kind == "name":
            known = (VARIABLES, CONSTANTS, FUNCTIONS, ALIASES)
            return any(token.written in names for names in known)
        opens = token.written == "|" and self.open_bars == 0
        return token.kind == "number" or opens or token.written in ("(", "√")

    def unknown(self, token: Token) -> FormulaError:
        """Return the error for a name, taken already, that means nothing here."""
        function = self.peek.written == "("
        kind = "function" if function else "name"
        what = meaning(token.written, function=function, otherwise=self.allowed)
        return FormulaError(f"unknown {kind} {shown(token.written)} at column {token.column}{what}")
