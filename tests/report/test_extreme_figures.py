"""A figure in the memo that is as large as a float can be: no command ends for it."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from lossgp.report.comparison_files import table_csv, table_tex, write
from lossgp.report.comparison_table import main_grid, notes, rich_table, side_grid
from lossgp.report.table import summary, table
from lossgp.results.load import load

from .comparisons import comparison, outcome
from .stored import ok, opened, remember, stored

LARGEST = 1.7e308


@pytest.fixture
def extreme():
    """BCE with six such figures beside GANetic with usual ones."""
    large = [outcome(s, LARGEST if s else 1e308, d_acc=0.5) for s in range(6)]
    return comparison({"bce": large, "ganetic": [outcome(s, 5.0 + s) for s in range(6)]})


def test_a_comparison_is_tabled_drawn_and_written(extreme, tmp_path):
    s = extreme.summary(extreme.losses[0])
    assert s.worst == LARGEST
    assert 1e308 < s.mean < LARGEST
    low, high = s.interval
    assert 1e308 <= low < s.mean < high <= LARGEST * (1 + 1e-9)
    assert extreme.paired(extreme.losses[1]).difference == pytest.approx(-s.mean)
    assert max(len(cell) for row in main_grid(extreme).rows for cell in row) < 40
    for grid in (main_grid(extreme), side_grid(extreme)):
        Console(width=300, quiet=True).print(rich_table(grid))
    assert notes(extreme)
    assert len(table_csv(extreme).splitlines()) == 3
    assert "1.7e+308" in table_tex(extreme)
    assert (tmp_path / "box.png") in write(extreme, tmp_path)
    assert "Infinity" not in (tmp_path / "scores.json").read_text()


def test_a_run_is_loaded_and_shown(tmp_path):
    with opened(tmp_path) as store:
        stored(store, trained=((ok(0, LARGEST), ok(1, 1e308)), (ok(0, 20.0), ok(1, 30.0))))
        remember(store, "bce_logits", (ok(0, LARGEST), ok(1, LARGEST)))
        result = load(store, "first")
    assert [i.score.mean for i in result.individuals] == [25.0, pytest.approx(1.35e308)]
    console = Console(width=200, file=io.StringIO())
    console.print(table(result)[0])
    assert "1.35e+308" in console.file.getvalue()
    assert summary(result)
    assert "Infinity" not in json.dumps(result.to_json())
