"""Tables that fit a narrow terminal: what is of least worth goes first, and no figure is cut."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

NEVER = 99


@dataclass(frozen=True)
class Column:
    """A column of a table, and how far a terminal may narrow it.

    Attributes:
        heading: it is broken at spaces in a narrow table.
        cells: from the top.
        justify: where the cells stand.
        least: the characters that it may be squeezed to; 0 where cells are never broken.
        since, until: the first and the last stage of narrowing in which it is shown: 0 is the
            whole table, and in 1 its lines are left out.
    """

    heading: str
    cells: Sequence[str]
    justify: Literal["left", "right"] = "right"
    least: int = 0
    since: int = 0
    until: int = NEVER

    def width(self, *, broken: bool) -> int:
        """Return the characters that it needs at least, with its heading broken or not."""
        words = self.heading.split() if broken else [self.heading]
        lines = [line for cell in self.cells for line in cell.split("\n")]
        longest = max(map(cell_len, (*lines, *words)), default=0)
        return min(longest, self.least) if self.least else longest


def fitted(
    title: str, columns: Sequence[Column], width: int | None, bold: Sequence[bool] = ()
) -> tuple[Table, list[str]]:
    """Return a table of columns, narrowed until it fits, and the headings that were left out.

    Args:
        title: above it.
        columns: all of them, those of later stages as well.
        width: of the terminal, in characters; None is as wide as it takes.
        bold: of each row, whether it is.
    """
    last = max(c.until for c in columns if c.until < NEVER) + 1
    for stage in range(last + 1):
        shown = [c for c in columns if c.since <= stage <= c.until]
        if width is None or _needed(shown, light=stage > 0) <= width:
            break
    out = Table(title=title, title_justify="left", pad_edge=False)
    for column in shown:
        out.add_column(
            column.heading,
            justify=column.justify,
            no_wrap=not column.least,
            overflow="fold",
            min_width=column.width(broken=stage > 0),
        )
    for number, row in enumerate(zip(*(c.cells for c in shown), strict=True)):
        out.add_row(*map(Text, row), style="bold" if bold and bold[number] else "")
    if stage:
        lighten(out)
    return out, [c.heading for c in columns if c not in shown and not c.since]


def lighten(table: Table) -> None:
    """Leave out a table's lines but that below the headings, and break the headings."""
    table.box, table.show_edge, table.padding = box.SIMPLE_HEAD, False, (0, 1, 0, 0)
    for column in table.columns:
        heading = str(column.header)
        cells = [cell_len(str(cell)) for cell in column.cells]
        words = [cell_len(word) for word in heading.split()]
        room = max([*cells, *words], default=1)
        column.header = "\n".join(textwrap.wrap(heading, max(room, 1))) or heading
        if column.no_wrap:
            column.min_width = room


def _needed(columns: Sequence[Column], *, light: bool) -> int:
    between = 2 * len(columns) - 1 if light else 3 * len(columns) - 1
    return sum(c.width(broken=light) for c in columns) + between
