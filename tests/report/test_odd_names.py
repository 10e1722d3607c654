"""Names of losses that matplotlib, a terminal or LaTeX would read as something else."""

from __future__ import annotations

import dataclasses
import io

from rich.console import Console

from lossgp.report.comparison_files import table_csv, table_tex, trainings_csv, write
from lossgp.report.comparison_table import lines, main_grid, notes, rich_table

from .comparisons import comparison, outcome

NAMES = ("$x^$ \\frac{ \x1b[31m", "[red]b\nError: forged\u202e")


def odd():
    own = [outcome(s, 5.0 + s, "ok") for s in range(2)] + [outcome(2, None, "error")]
    made = comparison({"bce": own, "hinge": own})
    bad = dataclasses.replace(own[2], reason="\x1b]0;title\x07\nError: forged\ud800")
    losses = [
        dataclasses.replace(loss, name=name, outcomes=(*own[:2], bad))
        for loss, name in zip(made.losses, NAMES, strict=True)
    ]
    return dataclasses.replace(made, losses=tuple(losses))


def test_they_are_drawn_tabled_and_written_as_they_are(tmp_path):
    both = odd()
    write(both, tmp_path)
    assert (tmp_path / "box.png").stat().st_size > 1000
    for text in (table_csv(both), trainings_csv(both), table_tex(both)):
        assert all(line.isprintable() for line in text.split("\n"))
        assert "Error: forged" in text
        assert not any(line.startswith("Error") for line in text.split("\n"))
    assert len(trainings_csv(both).splitlines()) == 7
    assert all(line.isprintable() for line in lines(notes(both)))
    console = Console(width=400, file=io.StringIO())
    console.print(rich_table(main_grid(both)))
    shown = console.file.getvalue()
    assert r"[red]b\nError: forged\u202e" in shown
    assert all(line.isprintable() for line in shown.split("\n"))
