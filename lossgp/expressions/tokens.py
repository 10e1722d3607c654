"""Formulas cut into tokens, by a pattern and nothing else."""

from __future__ import annotations

import re
from typing import NamedTuple

from .errors import FormulaError

MAX_LENGTH = 20_000
MAX_TOKENS = 6_000


class Token(NamedTuple):
    """A piece of a formula.

    Attributes:
        kind: "number", "name", "sign", "power" (raised digits) or "end".
        written: what stands there.
        column: where it starts, counted from 1.
    """

    kind: str
    written: str
    column: int


class UnreadError(FormulaError):
    """A sign that begins no token.

    Attributes:
        position: where it stands, counted from 0.
        before: the tokens before it.
    """

    def __init__(self, position: int, before: list[Token]) -> None:
        super().__init__(f"column {position + 1} cannot be read")
        self.position = position
        self.before = before


def tokens_of(written: str, pattern: re.Pattern[str]) -> list[Token]:
    """Return the tokens of a formula, an "end" last.

    Raises:
        FormulaError: there are too many characters or tokens.
        UnreadError: there is a sign that the pattern does not know.
    """
    if len(written) > MAX_LENGTH:
        raise FormulaError(
            f"the formula has {len(written)} characters; at most {MAX_LENGTH} are read"
        )
    found: list[Token] = []
    position = 0
    while position < len(written):
        match = pattern.match(written, position)
        if match is None:
            raise UnreadError(position, found)
        kind = match.lastgroup or ""
        if kind != "space":
            found.append(Token(kind, match.group(), position + 1))
            if len(found) > MAX_TOKENS:
                raise FormulaError(f"the formula has more than {MAX_TOKENS} words and signs")
        position = match.end()
    found.append(Token("end", "the end", len(written) + 1))
    return found
