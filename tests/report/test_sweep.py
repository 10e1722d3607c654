"""Tables and figures of sweeps, from made-up outcomes."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lossgp.config import ConfigError
from lossgp.report import sweep_curves, sweep_images
from lossgp.report.conclusions import conclusions
from lossgp.report.sweep_curves import estimates
from lossgp.report.sweep_figures import heat_map, lines
from lossgp.report.sweep_files import write
from lossgp.report.sweep_images import all_images, option_images
from lossgp.report.sweep_layout import names_rows, rows_of
from lossgp.report.sweep_table import sweep_grid, sweep_notes
from lossgp.results.options import Varied
from lossgp.results.sweep import Cell, Sweep
from lossgp.trainers import trainer

from .comparisons import comparison, outcome

RATES, KINDS, WIDTHS = (0.1, 0.01, 0.001), (0.0, 0.5), (4, 8)


def swept(options, cells, one_at_a_time=False, losses=("bce",)):
    """A sweep of digits; `cells` maps values to the outcomes of each loss."""
    made = []
    for values, own in cells.items():
        given = {o.key: v for o, v in zip(options, values, strict=True)}
        protocol = trainer("digits", given).protocol
        figures = dict(zip(losses, own, strict=True))
        made.append(Cell(values, comparison(figures, protocol=protocol)))
    return Sweep("digits", tuple(options), one_at_a_time, tuple(made))


def grid(losses=("bce",), widths=WIDTHS, **metrics):
    """Three options, of which the first has most values; one seed of each died at 0.1."""
    options = (Varied("learning_rate", RATES, 0.001), Varied("beta1", KINDS, 0.5),
               Varied("width", widths, 16))  # fmt: skip
    cells = {}
    for r in RATES:
        for k in KINDS:
            for w in widths:
                fid = 1000 * r + w
                dead = "dead" if r == 0.1 else "ok"
                own = [outcome(0, fid, **metrics), outcome(1, 2 * fid, dead, **metrics)]
                cells[r, k, w] = [own] * len(losses)
    return swept(options, cells, losses=losses)


def cross():
    options = (Varied("learning_rate", (0.1, 0.001), 0.001), Varied("beta1", KINDS, 0.5))
    cells = {(0.001, 0.5): 3.0, (0.1, 0.5): 500.0, (0.001, 0.0): 5.0}
    return swept(options, {v: [[outcome(0, fid)]] for v, fid in cells.items()}, True)


def pixels(path):
    from matplotlib.image import imread

    return imread(path)


def test_a_row_says_means_losses_and_the_best():
    table = sweep_grid(grid())
    assert table.headings[:5] == ("learning_rate", "beta1", "width", "seeds", "mean FID")
    rows = {row[:3]: row[3:] for row in table.rows}
    assert rows["0.1", "0", "4"][:3] == ("2", "156.0", "73.5")  # of 104 and 208
    assert rows["0.1", "0", "4"][4:6] == ("50 %", "0.50")
    assert rows["0.001", "0", "4"][:2] == ("2", "7.5*")
    assert sum("*" in cell for row in table.rows for cell in row) == 1
    assert "loss" not in table.headings
    assert sweep_grid(grid(("bce", "hinge"))).headings[3] == "loss"


def test_columns_are_of_metrics_that_trainings_have():
    found = grid(kid=0.25, wasserstein=2.5, spread=0.125)
    assert sweep_grid(found).headings[-2:] == ("KID", "W")
    assert sweep_grid(found, ["spread"]).headings[-1] == "spread"
    assert sweep_grid(found, ["all"]).headings[-1] == "spread"
    with pytest.raises(ConfigError, match=r"no training has the metric 'spreat' .did you mean"):
        sweep_grid(found, ["spreat"])


def test_notes_say_what_counts_how():
    notes = dict(sweep_notes(grid()))
    assert "learning_rate (0.001), beta1 (0.5), width (4)" in notes["Varied"]
    assert "of a dead generator" in notes["Scale"]
    assert "standard deviation of FID" in notes["Stability"]
    assert "none (-) below 5" in notes["Interval"]
    assert "Missing" not in notes
    part = replace(grid(), cells=grid().cells[:1])
    short = replace(part.cells[0].comparison, seeds=(0, 1, 2, 3))
    assert "2 trainings are not done" in dict(
        sweep_notes(replace(part, cells=(replace(part.cells[0], comparison=short),)))
    )["Missing"]  # fmt: skip


def test_cells_are_laid_out_along_the_longest_option():
    rows = rows_of(grid(("bce", "hinge")))
    assert len(rows) == 8
    assert rows[1].label == "bce: beta1 0, width 8"
    assert [c.values for _, c in rows[1].cells] == [(r, 0.0, 8) for r in RATES]
    assert [label for label, _ in rows[0].cells] == [f"learning_rate {r:g}" for r in RATES]
    by_option = rows_of(cross())
    assert [row.label for row in by_option] == ["learning_rate", "beta1"]
    assert [c.values for _, c in by_option[0].cells] == [(0.1, 0.5), (0.001, 0.5)]
    assert len(rows_of(grid(), most=3)) == 3
    assert names_rows(grid())
    assert not names_rows(cross())
    both = replace(cross(), cells=grid(("bce", "hinge")).cells)
    assert names_rows(both)


def test_heat_maps_are_of_grids_over_two_options(tmp_path):
    assert heat_map(cross()) is None
    one = (Varied("learning_rate", RATES, 0.001),)
    assert heat_map(swept(one, {(r,): [[outcome(0, r)]] for r in RATES})) is None
    whole = pixels(heat_map(grid(widths=(4,)))(tmp_path / "a.png"))
    both = pixels(heat_map(grid(("bce", "hinge"), widths=(4,)))(tmp_path / "b.png"))
    assert both.shape[1] > 1.5 * whole.shape[1]  # a panel more


@pytest.mark.parametrize("made", [grid, cross])
def test_lines_are_drawn_of_every_sweep(made, tmp_path):
    assert pixels(lines(made())(tmp_path / "a.png")).std() > 0.01


def test_extreme_figures_are_drawn(tmp_path):
    options = (Varied("learning_rate", (0.1, 0.001), 0.001), Varied("beta1", KINDS, 0.5))
    figures = iter([1e300, 1e-300, 0.0, None])
    cells = {(r, b): [[outcome(0, f, "ok" if f is not None else "diverged")]]
             for r in (0.1, 0.001) for b in KINDS for f in [next(figures)]}  # fmt: skip
    found = swept(options, cells)
    heat_map(found)(tmp_path / "heat.png")
    lines(found)(tmp_path / "lines.png")


def test_images_are_of_kept_generators(monkeypatch, tmp_path):
    assert all_images(grid()) is None
    assert option_images(grid(), 0) is None
    shown = []

    class Made:
        def generate(self, path, n, seed):
            shown.append((path, n, seed))
            return np.full((n, 1, 8, 8), 100, np.uint8)

    def kept(cell, loss, seed):
        return Path(f"{cell.values}-{loss}-{seed}") if cell.values[0] != 0.01 else None

    monkeypatch.setattr(sweep_images, "kept", kept)
    monkeypatch.setattr(sweep_images, "_trainer", lambda cell: Made())
    option_images(grid(), 0, seed=1)(tmp_path / "a.png")
    assert [str(path) for path, *_ in shown] == ["(0.1, 0.5, 4)-0-1", "(0.001, 0.5, 4)-0-1"]
    assert {n for _, n, _ in shown} == {20}
    shown.clear()
    all_images(grid(widths=(4,)))(tmp_path / "b.png")
    assert len(shown) == 4


def test_estimates_are_drawn_where_a_history_has_them(monkeypatch, tmp_path):
    assert estimates(grid()) is None

    def histories(cell, loss):
        if cell.values[0] == 0.01:
            return []
        if cell.values[0] == 0.001:
            return [{"iteration": [25.0], "wasserstein": [math.nan]}]
        curve = [math.nan, 1.0, 1e9 if cell.values[0] == 0.1 else 2.0]
        held = {"wasserstein_held_out": [0.5, 0.5, 0.5]} if cell.values[1] else {}
        return [{"iteration": [25.0, 50.0, 75.0], "wasserstein": curve, **held}] * 2

    monkeypatch.setattr(sweep_curves, "histories", histories)
    found = pixels(estimates(grid(widths=(4,)))(tmp_path / "a.png"))
    assert found.std() > 0.01


def test_files_are_written_and_old_pictures_go(tmp_path):
    paths = write(grid(widths=(4,)), tmp_path / "out")
    names = {path.name for path in paths}
    data = {"sweep.json", "table.csv", "trainings.csv", "table.tex", "conclusions.md"}
    assert names == {*data, "heat.png", "lines.png"}
    assert "0.1 & 0 & 4" in (tmp_path / "out/table.tex").read_text()
    data = json.loads((tmp_path / "out/sweep.json").read_text())
    assert data["cells"][0]["values"] == {"learning_rate": 0.1, "beta1": 0.0, "width": 4}
    assert data["cells"][0]["losses"][0]["lost_share"] == 0.5
    (tmp_path / "out/images.png").write_bytes(b"of more seeds")
    write(grid(widths=(4,)), tmp_path / "out")
    assert not (tmp_path / "out/images.png").exists()
    with pytest.raises(ConfigError, match="holds another sweep"):
        write(cross(), tmp_path / "out")


def test_a_page_says_what_each_option_does_and_keeps_signs_apart(tmp_path):
    found = replace(grid(), title="A | *page* <b>", paper="Nobody [1]")
    page = conclusions(found, [Path("heat.png")])
    assert page.startswith("# A \\| \\*page\\* \\<b>\n")
    assert "Nobody \\[1]" in page
    (line,) = [
        row for row in page.splitlines() if row.startswith("| learning_rate | bce | 0.001 | 0.1")
    ]
    assert line.split(" | ")[4] == "10.5, 159.0"
    assert "![heat](heat.png)" in page


def test_a_notebook_shows_the_table():
    page = grid()._repr_html_()
    assert "learning_rate" in page
    assert "Stability" in page
