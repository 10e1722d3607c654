"""How much real images vary stands beside how much generated ones do."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from lossgp.report.comparison_files import table_csv, table_tex
from lossgp.report.comparison_table import convention_notes, side_grid
from lossgp.report.sweep_files import table_csv as sweep_csv
from lossgp.report.sweep_table import sweep_grid, sweep_notes
from lossgp.results.options import Varied
from lossgp.results.sweep import Cell, Sweep

from .comparisons import REFERENCE, comparison, outcome

REAL = {**REFERENCE, "ms_ssim_real": 0.125, "perceptual_distance_real": 2.5}


def alike(reference=REAL, losses=("bce",)):
    """Of trainings whose images are more alike than real ones."""
    own = [outcome(seed, 5.0, ms_ssim=0.75, kid=0.1) for seed in (0, 1)]
    return comparison(dict.fromkeys(losses, own), reference=reference)


def test_the_second_table_has_a_row_of_real_images():
    grid = side_grid(alike(), ["ms_ssim", "kid"])
    assert grid.headings[-2:] == ("MS-SSIM", "KID")
    assert [row[0] for row in grid.rows] == ["bce", "real images"]
    assert grid.rows[-1] == ("real images", "-", "-", "0.125", "-")
    notes = dict(convention_notes(alike(), ["ms_ssim", "kid"]))
    assert notes["Real images"].startswith("MS-SSIM of real images among themselves")


@pytest.mark.parametrize(("reference", "columns"), [(REFERENCE, ["ms_ssim"]), (REAL, ["kid"])])
def test_there_is_none_where_no_column_has_a_figure_of_them(reference, columns):
    found = alike(reference)
    assert [row[0] for row in side_grid(found, columns).rows] == ["bce"]
    assert "Real images" not in dict(convention_notes(found, columns))


def test_files_of_a_comparison_have_the_figures():
    found = alike(losses=("bce", "hinge"))
    rows = list(csv.DictReader(io.StringIO(table_csv(found))))
    assert [row["ms_ssim_real"] for row in rows] == ["0.125", "0.125"]
    assert "perceptual_distance_real" not in rows[0]  # no training has it
    assert "ms_ssim_real" not in table_csv(alike(REFERENCE))
    assert found.to_json()["reference"]["ms_ssim_real"] == 0.125
    assert "real images & - & - & 0.125" in table_tex(found, ["ms_ssim"])
    assert "among themselves" in table_tex(found, ["ms_ssim"])


def swept(references, losses=("bce",)):
    cells = tuple(
        Cell((width,), alike(reference, losses))
        for width, reference in zip((4, 8), references, strict=True)
    )
    return Sweep("digits", (Varied("width", (4, 8), 4),), False, cells)


def test_a_sweep_has_one_row_of_them_or_one_for_each_setting_that_changes_them():
    same, other = REAL, {**REAL, "ms_ssim_real": 0.25}
    grid = sweep_grid(swept([same, same]), ["ms_ssim"])
    assert grid.headings[-1] == "MS-SSIM"
    assert grid.rows[-1] == ("real images", *("-" for _ in range(6)), "-", "0.125")
    assert len(grid.rows) == 3
    two = sweep_grid(swept([same, other]), ["ms_ssim"])
    assert [(row[0], row[-1]) for row in two.rows[2:]] == [
        ("4 real images", "0.125"),
        ("8 real images", "0.25"),
    ]
    named = sweep_grid(swept([same, other], ("bce", "hinge")), ["ms_ssim"])
    assert [row[:2] for row in named.rows[4:]] == [("4", "real images"), ("8", "real images")]
    assert all(len(row) == len(named.headings) for row in named.rows)


def test_a_sweep_says_what_they_are_and_its_files_have_them():
    found = swept([REAL, {**REAL, "ms_ssim_real": 0.25}])
    assert "among themselves" in dict(sweep_notes(found, ["ms_ssim"]))["Real images"]
    assert "Real images" not in dict(sweep_notes(found))
    assert len(sweep_grid(found).rows) == 2
    rows = list(csv.DictReader(io.StringIO(sweep_csv(found))))
    assert [row["ms_ssim_real"] for row in rows] == ["0.125", "0.25"]
    cells = json.loads(json.dumps(found.to_json()))["cells"]
    assert [cell["reference"]["ms_ssim_real"] for cell in cells] == [0.125, 0.25]
    bare = replace(found, cells=tuple(Cell(c.values, alike(REFERENCE)) for c in found.cells))
    assert "_real" not in sweep_csv(bare).partition("\n")[0]
