"""How the cells of a sweep are laid out: rows and columns that figures share."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from lossgp.common.echo import printable
from lossgp.results.options import shown
from lossgp.results.sweep import Cell, Sweep

MOST_ROWS = 24


def names_rows(sweep: Sweep) -> bool:
    """Whether rows need their label: one at a time, cells say themselves what they are."""
    return not sweep.one_at_a_time or len(sweep.losses) > 1


@dataclass(frozen=True)
class Row:
    """A row of cells in a figure.

    Attributes:
        label: what they share.
        loss: the index of the loss that is shown.
        cells: of each its label and the cell; None where the sweep lacks it.
    """

    label: str
    loss: int
    cells: tuple[tuple[str, Cell | None], ...]


def rows_of(sweep: Sweep, most: int = MOST_ROWS) -> list[Row]:
    """Return the cells in rows, at most so many of them.

    In a grid the option with the most values runs along a row, and each combination of the others
    is a row; one option at a time, each option is a row. Every loss has rows of its own.
    """
    found = []
    for number, name in enumerate(sweep.losses):
        of = f"{name}: " if len(sweep.losses) > 1 else ""
        for label, cells in _rows(sweep):
            found.append(Row(drawn(f"{of}{label}"), number, tuple(cells)))
    return found[:most]


def _rows(sweep: Sweep) -> list[tuple[str, list[tuple[str, Cell | None]]]]:
    if sweep.one_at_a_time:
        return [
            (option.key, [(f"{option.key} {shown(value)}", c) for value, c in sweep.along(index)])
            for index, option in enumerate(sweep.options)
        ]
    along = longest(sweep)
    across = sweep.options[along]
    others = [option for index, option in enumerate(sweep.options) if index != along]
    rows = []
    for values in itertools.product(*(option.values for option in others)):
        label = ", ".join(
            f"{option.key} {shown(value)}" for option, value in zip(others, values, strict=True)
        )
        cells = [
            (f"{across.key} {shown(value)}", sweep.cell(_put(values, along, value)))
            for value in across.values
        ]
        rows.append((label, cells))
    return rows


def longest(sweep: Sweep) -> int:
    """Return the index of the option with the most values, the first of several."""
    return max(range(len(sweep.options)), key=lambda i: (len(sweep.options[i].values), -i))


def _put(values: tuple[Any, ...], index: int, value: Any) -> tuple[Any, ...]:
    return (*values[:index], value, *values[index:])


def drawn(label: str) -> str:
    """Return a label as it is drawn: no part of it is a formula, and none hides it."""
    return printable(label).replace("$", r"\$").removeprefix("_")
