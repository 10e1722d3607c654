"""Results as a notebook shows them: the tables of the terminal, as HTML."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lossgp.results.comparison import Comparison
from lossgp.results.notebooks import shown_by
from lossgp.results.reliability_study import Reliability
from lossgp.results.result import Result
from lossgp.results.sweep import Sweep

from .comparison_table import lines, main_grid, notes, rich_table
from .reliability_table import noise_grid, noise_notes, reliability_grid, reliability_notes
from .table import tables

if TYPE_CHECKING:
    from rich.table import Table

_WIDTH = 120


def show_results() -> None:
    """Have notebooks show results as tables."""
    shown_by(Result, lambda result: html(tables(result, width=_WIDTH)))
    shown_by(Comparison, lambda found: html([(rich_table(main_grid(found)), lines(notes(found)))]))
    shown_by(Reliability, _reliability)
    shown_by(Sweep, _sweep)


def _sweep(found: Sweep) -> str:
    from .conclusions import verdict_lines
    from .sweep_table import sweep_grid, sweep_notes

    below = [*lines(sweep_notes(found)), *verdict_lines(found)]
    return html([(rich_table(sweep_grid(found)), below)])


def html(shown: Sequence[tuple[Table, Sequence[str]]]) -> str:
    """Return tables, each with the lines below it, as HTML."""
    from rich.console import Console

    console = Console(record=True, width=_WIDTH, file=io.StringIO(), force_jupyter=False)
    for table, below in shown:
        console.print(table)
        for line in below:
            console.print(line, markup=False, highlight=False, soft_wrap=True)
    return console.export_html(inline_styles=True, code_format="<pre>{code}</pre>")


def _reliability(found: Reliability) -> str:
    grids = [(reliability_grid(found), reliability_notes(found))]
    grids.append((noise_grid(found), noise_notes(found)))
    return html([(rich_table(grid), lines(below)) for grid, below in grids])
