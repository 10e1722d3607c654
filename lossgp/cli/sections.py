"""Help in sections, so that many options or commands can be looked through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

_WIDEST = 26  # of names in the first column; the words of a longer one stand below it


def write_sections(
    formatter: click.HelpFormatter, sections: Mapping[str, Sequence[tuple[str, str]]]
) -> None:
    """Write rows of names and words under headings, in columns that all sections share."""
    names = [name for rows in sections.values() for name, _ in rows if len(name) <= _WIDEST]
    width = max(map(len, names), default=0)
    for title, rows in sections.items():
        with formatter.section(title):
            padded = [(f"{name:{width}}", words) for name, words in rows]
            formatter.write_dl(padded, col_max=width)


class SectionedCommand(click.Command):
    """A command whose help has its options in sections.

    Args:
        sections: the parameters' names by heading, one at least; what no section names stands in
            the last.
    """

    def __init__(self, *args: Any, sections: Mapping[str, Sequence[str]], **given: Any) -> None:
        super().__init__(*args, **given)
        self.sections = sections

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options by section."""
        records = {
            str(param.name): record
            for param in self.get_params(ctx)
            if (record := param.get_help_record(ctx)) is not None
        }
        shown = {
            title: [records.pop(name) for name in names] for title, names in self.sections.items()
        }
        shown[[*shown][-1]] += records.values()
        write_sections(formatter, shown)
