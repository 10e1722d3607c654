"""Lines for people: whatever stands in them, they stay lines, and a terminal obeys none."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lossgp.common.echo import printable

# Of a line of a message; lists of known names stand below that.
_LONGEST = 4000
_KEY = re.compile(r"\S+(?: \S+){0,2}? {2,}|(?:Ruled out|\S{9}) ")  # of a note: "Device    "

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from lossgp.trainers import Outcome


def say(text: str, *, err: bool = False) -> None:
    """Print one line, on standard error where `err`."""
    click.echo(printable(text, None), err=err)


def show_below(console: Console, notes: Sequence[str]) -> None:
    """Print the notes below a table; a terminal gets them broken, indented below their text.

    Where a file or another program reads them, a note is a line.
    """
    for note in notes:
        key = _KEY.match(note)
        if console.is_terminal and len(note) > console.width:
            note = textwrap.fill(
                note,
                max(console.width, 40),
                subsequent_indent=" " * (key.end() if key else 2),
                break_on_hyphens=False,
                break_long_words=False,
            )
        console.print(note, markup=False, highlight=False, soft_wrap=True)


def show_whole(console: Console, table: Table) -> None:
    """Print a table without cutting a figure: in the light form where the window is narrow.

    A column of words gives way then, as far as it can; what is wider even so is printed as wide
    as it is, and the window folds its lines.
    """
    from lossgp.report.narrow import lighten

    wide = console.options.update(width=1000)
    if console.measure(table, options=wide).maximum > console.width:
        lighten(table)
    if console.measure(table, options=wide).maximum > console.width:
        for column in table.columns:
            if column.justify == "left":
                column.no_wrap, column.min_width = False, None
    least = console.measure(table, options=wide).minimum
    type(console)(width=max(least, console.width)).print(table)


def show_files(paths: Iterable[Path]) -> None:
    """Print which files were written."""
    click.echo("\nWritten:")
    for path in paths:
        say(f"  {path}")


def show_failures(outcomes: Iterable[Outcome]) -> None:
    """Print how many trainings may be tried again, if any, and why they came to nothing."""
    from lossgp.report.failures import WAYS, failure_lines

    failed = [outcome for outcome in outcomes if outcome.status in WAYS]
    if failed:
        say(
            f"{len(failed)} training{'s' * (len(failed) > 1)} crashed, timed out or raised: the "
            "same command with --retry-failed tries again"
        )
    for line in failure_lines(failed):
        say(line)


def message(text: str) -> str:
    """Return an error's message, safe to print.

    The messages of lossgp that have several lines indent all but the first by two spaces. Other
    line breaks are of names and of what others wrote, and could forge a line.
    """
    return "\n  ".join(printable(part, _LONGEST) for part in re.split(r"\n {2}(?=\S)", text))
