"""The table of a run's best losses."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console
from rich.table import Table

from lossgp.cli.lines import show_below
from lossgp.expressions import LossPair
from lossgp.report.narrow import Column, fitted, lighten
from lossgp.report.table import TURNED, table, tables
from lossgp.results.load import load

from .stored import ok, opened, stored


def with_area(seed, area):
    return replace(ok(seed, 20.0), metrics={"fid": 20.0, "d_acc": 0.5, "d_auc": area})


def test_the_area_of_d_is_shown_turned_round_and_with_a_dash_where_it_is_not_known(tmp_path):
    new, old = (with_area(0, 0.1), with_area(1, 0.3)), (ok(0, 30.0), ok(1, 31.0))
    with opened(tmp_path) as store:
        stored(store, trained=(new, old), yardsticks=())
        shown, _ = table(load(store, "first"))
    (areas,) = (column for column in shown.columns if column.header == "D AUC")
    assert [str(cell) for cell in areas.cells] == ["0.80 turned", "-"]


def printed(found, width):
    console = Console(width=width, file=io.StringIO())
    console.print(found)
    return console.file.getvalue().splitlines()


def test_the_losses_of_a_pair_have_a_line_each(tmp_path):
    pair = LossPair.parse("D: y_real*y_pred; G: log(y_pred)")
    with opened(tmp_path) as store:
        stored(store, trained=((ok(0, 30.0), ok(1, 31.0)),), yardsticks=())
        result = load(store, "first")
    (one,) = result.individuals
    candidate = replace(one.candidate, loss=pair)
    found, _ = table(replace(result, individuals=(replace(one, candidate=candidate),)), width=80)
    d, g = str(next(found.columns[-1].cells)).split("\n")
    assert d.startswith("D: ")
    assert g == "G: log(y_pred)"


def columns():
    return [
        Column("score, long", ["1.5 ± 0.1", "2.5 ± 0.2"]),
        Column("a", ["11111", "22222"], until=2),
        Column("b", ["33333", "44444"], until=2),
        Column("a, b", ["11 33", "22 44"], since=3, until=3),
        Column("from", ["somewhere", "elsewhere"], until=1),
        Column("words", ["one two three four five six", "seven"], "left", least=12),
    ]


@pytest.mark.parametrize("width", range(24, 100))
def test_a_narrow_table_keeps_the_score_whole_and_has_room_for_words(width):
    found, missing = fitted("title", columns(), width)
    lines = printed(found, width)
    assert all(len(line) <= width for line in lines)
    assert sum("1.5 ± 0.1" in line for line in lines) == 1
    assert any("one two" in line for line in lines)
    headings = [str(column.header).replace("\n", " ") for column in found.columns]
    shown = {"score, long", "a", "b", "from", "words"} & set(headings)
    assert shown | set(missing) == {"score, long", "a", "b", "from", "words"}


def test_what_is_of_least_worth_goes_first():
    without = [fitted("", columns(), width)[1] for width in range(100, 20, -1)]
    stages = [list(stage) for stage in dict.fromkeys(map(tuple, without))]
    assert stages == [[], ["from"], ["a", "b", "from"]]
    assert fitted("", columns(), None)[1] == []


def test_a_table_in_light_form_has_broken_headings_and_whole_figures():
    whole = Table("a long heading", "b")
    whole.columns[0].no_wrap = True
    whole.add_row("12", "3")
    before = max(map(len, printed(whole, 200)))
    lighten(whole)
    lines = printed(whole, 200)
    assert max(map(len, lines)) < before
    assert [line.split() for line in lines[:2]] == [["a", "long"], ["heading", "b"]]


@pytest.mark.parametrize("width", [80, 100, 160])
def test_the_loss_gets_at_least_a_third_of_a_narrow_window(tmp_path, width):
    new, old = (with_area(0, 0.1), with_area(1, 0.3)), (ok(0, 30.0), ok(1, 31.0))
    with opened(tmp_path) as store:
        stored(store, trained=(new, old), yardsticks=())
        result = load(store, "first")
        ((found, below),) = tables(result, width=width)
    loss = found.columns[-1]
    assert loss.header.replace("\n", " ") == "loss (simplified)"
    assert loss.min_width >= min(28, max(len(str(cell)) for cell in loss.cells))
    cells = [str(cell) for column in found.columns for cell in column.cells]
    turned = [cell for cell in cells if TURNED in cell]
    assert bool(turned) == any(TURNED in line for line in below)


@pytest.mark.parametrize("width", [40, 60, 80])
def test_notes_are_broken_at_a_terminal_and_stay_lines_elsewhere(width):
    note = "Screened  27 trees were not trained: 20 a variable is missing, 7 equal to others"
    for terminal in (True, False):
        console = Console(width=width, file=io.StringIO(), force_terminal=terminal)
        show_below(console, [note, "Device    cpu"])
        lines = console.file.getvalue().splitlines()
        assert " ".join(" ".join(lines).split()) == " ".join(f"{note} Device cpu".split())
        if terminal:
            assert all(len(line) <= width for line in lines)
            assert all(line.startswith(" " * 10 + line[10:11].strip()) for line in lines[1:-1])
        else:
            assert len(lines) == 2
