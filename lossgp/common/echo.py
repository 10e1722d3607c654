"""How text that somebody else wrote is shown: names, file contents, messages of exceptions.

Such text may hold escape sequences that move the cursor or forge a line, characters that turn
the reading direction round, halves of surrogate pairs, or megabytes. Whatever lossgp prints or
writes for people passes through :func:`printable` where it did not write it itself.
"""

from __future__ import annotations

import unicodedata

LONGEST = 200
"""Characters of a foreign text that a message shows by default."""

# Cc: controls; Cf: invisible formatting, among it the bidirectional overrides; Cs: surrogates;
# Co, Cn: private and unassigned; Zl, Zp: line and paragraph separators.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def printable(text: object, longest: int | None = LONGEST) -> str:
    """Return text on one line that is safe to print, at most about ``longest`` characters long.

    Characters that a terminal would obey, or nobody could see, are written as Python writes
    them (``\\x1b``, ``\\n``, ``\\u202e``); all letters of all scripts stay. A longer text loses
    its middle, and says how long it was. ``longest=None`` keeps all.
    """
    return "".join(_visible(c) for c in shortened(str(text), longest))


def quoted(value: object, longest: int = LONGEST) -> str:
    """Return ``repr(value)`` made printable and short: a wrong value as a message shows it."""
    if isinstance(value, str | bytes):
        whole = len(value)
        part = value if whole <= longest else value[:longest]
        more = "" if whole <= longest else f"... ({whole:,} in all)"
        return printable(repr(part), None) + more
    return printable(repr(value), longest)


def shortened(text: str, longest: int | None = LONGEST) -> str:
    """Return ``text``, or its two ends around the number of characters left out."""
    if longest is None or len(text) <= longest:
        return text
    tail = longest // 4
    head = longest - tail
    left_out = len(text) - head - tail
    return f"{text[:head]} ... ({left_out:,} characters) ... {text[-tail:] if tail else ''}"


def _visible(character: str) -> str:
    if character.isascii():
        return character if " " <= character <= "~" else repr(character)[1:-1]
    if unicodedata.category(character) in _HIDDEN:
        code = ord(character)
        return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return character
