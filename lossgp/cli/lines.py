"""Lines for people: whatever stands in them, they stay lines, and a terminal obeys none."""

from __future__ import annotations

import re

import click

from lossgp.common.echo import printable

# Of a line of a message; lists of known names stand below that.
_LONGEST = 4000


def say(text: str, *, err: bool = False) -> None:
    """Print one line, on standard error where `err`."""
    click.echo(printable(text, None), err=err)


def message(text: str) -> str:
    """Return an error's message, safe to print.

    The messages of lossgp that have several lines indent all but the first by two spaces. Other
    line breaks are of names and of what others wrote, and could forge a line.
    """
    return "\n  ".join(printable(part, _LONGEST) for part in re.split(r"\n {2}(?=\S)", text))
