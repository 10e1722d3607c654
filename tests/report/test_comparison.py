"""The figures of a comparison against values worked out by hand."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import subprocess

import pytest

from lossgp.config import ConfigError
from lossgp.expressions import LossPair, zoo
from lossgp.report.comparison_files import check_place, table_csv, table_tex, trainings_csv, write
from lossgp.report.comparison_table import convention_notes, lines, main_grid, notes, side_grid
from lossgp.studies.compare import entrants

from .comparisons import comparison, outcome, two


def test_the_living_and_the_lost_are_kept_apart():
    both = two()
    s = both.summary(both.losses[0])
    assert (s.living, s.best, s.worst, s.mean) == (2, 10.0, 30.0, 20.0)
    assert s.std == pytest.approx(200**0.5)
    assert s.lost == {"dead": 1, "diverged": 1}
    assert s.counted == (10 + 900 + 1000 + 30) / 4  # dead as measured, diverged as the ceiling
    assert both.summary(both.losses[1]).lost == {}


def test_lost_seeds_count_in_the_test_so_that_nobody_gains_by_them():
    both = two()
    assert both.paired(both.losses[0]) is None
    test = both.paired(both.losses[1])
    assert test.difference == ((5 - 10) + (6 - 900) + (8 - 1000) + (9 - 30)) / 4
    assert test.p == test.smallest == 2 / 2**4


def test_a_loss_without_any_living_seed():
    dead = comparison({"bce": [outcome(0, 5.0)], "ganetic": [outcome(0, None, "diverged")]})
    s = dead.summary(dead.losses[1])
    assert (s.living, s.mean, s.std, s.interval) == (0, None, None, None)
    assert main_grid(dead).rows[1][2:6] == ("-", "-", "-", "-")
    assert s.counted == 1000.0


def test_seeds_that_a_budget_left_out_are_missing_and_not_counted():
    part = two(seeds=6)
    assert part.missing == 4
    assert part.summary(part.losses[1]).lost == {"not trained": 2}
    assert part.summary(part.losses[1]).counted == 7.0
    assert part.paired(part.losses[1]).seeds == 4
    assert ("Missing", "4 trainings are not done; ask again to go on") in notes(part)


def test_table_2_and_what_stands_below():
    both = two()
    grid = main_grid(both)
    assert grid.headings == (
        *("loss", "form", "best", "worst", "mean", "STD", "95 % (mean)", "lost seeds"),
        *("mean, all", "p"),
    )
    assert grid.rows[0][:6] == ("bce", "sigmoid", "10.00", "30.00", "20.00", "14.14")
    assert grid.rows[0][7:] == ("1 dead, 1 diverged", "485.00", "-")
    assert grid.rows[1][-1] == "0.125"
    text = "\n".join(lines(notes(both)))
    for part in ("digits 8x8", "classifier of digits", "FID 2.00 real against real images",
                 "1000.00 of a dead generator", "against bce", "4 seeds p is at least 0.12",
                 "bce is not in its own best form, on the raw score: bce_logits"):  # fmt: skip
        assert part in text


def test_table_1_and_its_further_columns():
    both = two()
    grid = side_grid(both)
    assert grid.headings == ("loss", "mean FID", "STD", "D acc.")
    assert grid.rows == (("bce", "20.00", "14.14", "80.0 %"), ("ganetic", "7.00", "1.83", "50.0 %"))
    wide = side_grid(both, ["kid"])
    assert wide.headings[-1] == "KID"
    assert [row[-1] for row in wide.rows] == ["-", "0.07 ± 0.01826"]
    assert side_grid(both, ["all"]).headings == wide.headings
    with pytest.raises(
        ConfigError, match="no training has the metric 'kids'; they have d_acc, kid"
    ):
        side_grid(both, ["kids"])


def test_there_is_no_second_table_without_further_metrics():
    assert side_grid(comparison({"bce": [outcome(0, 5.0)]})) is None


def test_an_ablation_exchanges_one_half_at_a_time():
    rows = entrants(["ganetic"], ablate=True)
    assert [row.name for row in rows] == [
        *("bce", "ganetic (G only)", "ganetic (D only)", "ganetic (D and G)"),
    ]
    bce, ganetic = zoo.bce, zoo.ganetic
    pairs = [LossPair.of(bce), LossPair(bce, ganetic), LossPair(ganetic, bce), LossPair.of(ganetic)]
    assert [row.pair for row in rows] == pairs
    figures = {row.name: [outcome(0, 3.0)] for row in rows}
    grid = main_grid(comparison(figures, ablate=True, rows=rows))
    assert grid.headings[:3] == ("loss", "G", "D")
    assert [row[1:3] for row in grid.rows] == [("", ""), ("✓", ""), ("", "✓"), ("✓", "✓")]


def test_an_ablation_of_a_pair_takes_each_half_from_it():
    base, g_only, d_only, _ = entrants(["bce_logits", "hinge"], ablate=True)
    assert g_only.pair == LossPair(base.pair.discriminator, zoo.hinge.generator)
    assert d_only.pair == LossPair(zoo.hinge.discriminator, base.pair.generator)


def test_names_of_losses():
    rows = entrants(["f4", "(y_pred - y_real)**4", zoo.hinge])
    assert [row.name for row in rows] == ["f4", "(y_pred - y_real)**4", "hinge"]
    assert rows[2].form == "raw score"
    for bad, words in (
        ([], "no loss"),
        (["bce", "bce"], "'bce' is given twice"),
        ("bce", "a list"),
    ):
        with pytest.raises(ConfigError, match=words):
            entrants(bad)


def test_files_hold_everything_and_are_the_same_each_time(tmp_path):
    both = two()
    paths = write(both, tmp_path / "out")
    assert [p.name for p in paths] == [
        *("scores.json", "table.csv", "trainings.csv", "table.tex", "box.png", "box.pdf"),
    ]
    data = json.loads((tmp_path / "out/scores.json").read_text())
    assert (data["format"], data["version"]) == ("lossgp.scores", 1)
    assert data["losses"][0]["outcomes"] == [o.to_json() for o in both.losses[0].outcomes]
    before = {p: p.read_bytes() for p in paths}
    write(both, tmp_path / "out")
    assert {p: p.read_bytes() for p in paths} == before
    assert trainings_csv(both).splitlines()[3] == "bce,2,diverged,,,,1.5,a reason"
    assert len(table_csv(both).splitlines()) == 3


def test_latex_is_escaped_and_complete(tmp_path):
    odd = comparison({"least_squares": [outcome(0, 5.0)], "exp(-y_pred) + y_real": []})
    write(odd, tmp_path)
    text = (tmp_path / "table.tex").read_text()
    assert r"least\_squares & raw score & 5.00" in text
    assert text.count(r"\begin{table}") == text.count(r"\end{table}") == 1
    for part in (r"\toprule", r"\bottomrule", r"\caption{FID over 1 seed", "classifier of digits"):
        assert part in text
    body = "".join(line for line in text.splitlines() if not line.startswith("%"))
    assert "_" not in body.replace(r"\_", "")


def odd_names():
    made = comparison({name: [outcome(s, 5.0 + s) for s in range(3)] for name in ("bce", "hinge")})
    names = ("50 % & more_#1 ~ x^2 {a} \\b $5 two\nlines", "“ünï” 'q' \"d\" <x> |y| – …")
    losses = [
        dataclasses.replace(loss, name=name) for loss, name in zip(made.losses, names, strict=True)
    ]
    return dataclasses.replace(made, losses=tuple(losses))


def test_latex_of_any_name_is_balanced_and_comments_have_one_line():
    lines = table_tex(odd_names()).splitlines()
    assert lines[1].startswith("% 50 % & more_#1 ~ x^2 {a} \\b $5 two lines: ")
    bare = re.sub(r"\\.", "", "".join(line for line in lines if not line.startswith("%")))
    assert bare.count("{") == bare.count("}") > 10


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="needs pdflatex")
def test_latex_compiles_and_no_table_is_too_wide(tmp_path):
    (tmp_path / "table.tex").write_text(table_tex(odd_names()))
    packages = re.search(r"% Needs (.*)\.\n", table_tex(odd_names()))[1]
    (tmp_path / "main.tex").write_text(
        rf"\documentclass{{article}}{packages}\begin{{document}}\input{{table}}\end{{document}}"
    )
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "main.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull" not in done.stdout


def test_other_things_are_never_overwritten(tmp_path):
    write(two(), tmp_path)
    check_place(tmp_path, two().identity())
    check_place(tmp_path, two(seeds=9).identity())  # more seeds go to the same place
    other = comparison({"bce": [outcome(0, 5.0)]})
    with pytest.raises(ConfigError, match="of other losses or of another protocol"):
        write(other, tmp_path)
    (tmp_path / "own").mkdir()
    (tmp_path / "own/table.csv").write_text("mine")
    with pytest.raises(ConfigError, match=r"a table.csv that is not of lossgp score"):
        write(other, tmp_path / "own")
    (tmp_path / "own/scores.json").write_text("[1]")
    with pytest.raises(ConfigError, match="not of lossgp score"):
        write(other, tmp_path / "own")
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="is a file"):
        check_place(tmp_path / "file")


def test_another_protocol_is_another_comparison():
    from lossgp.trainers import trainer

    longer = dataclasses.replace(two(), protocol=trainer("digits", {"iterations": 9}).protocol)
    assert longer.identity() != two().identity()


def test_boxes_of_great_range_stand_on_a_logarithmic_axis():
    from matplotlib.figure import Figure

    from lossgp.report.comparison_figures import _draw_boxes

    wide, narrow = Figure().add_subplot(), Figure().add_subplot()
    _draw_boxes(wide, two())
    assert wide.get_yscale() == "log"
    assert [t.get_text() for t in wide.get_legend().get_texts()] == [
        *("lost seed", "floor: real against real images"),
    ]
    close = comparison({"bce": [outcome(0, 5.0), outcome(1, 6.0)], "f1": [outcome(0, 7.0)]})
    _draw_boxes(narrow, close)
    assert narrow.get_yscale() == "linear"
    points = [c.get_offsets()[:, 1].tolist() for c in narrow.collections if len(c.get_offsets())]
    assert points == [[5.0, 6.0], [7.0]]


def test_best_worst_and_a_random_run_are_three_trainings():
    from lossgp.report.comparison_figures import shown_runs

    both = two()
    shown = shown_runs(both, both.losses[1])
    assert {title: o.seed for title, o in shown.items() if title != "random"} == {
        **{"best": 0, "worst": 3},
    }
    assert shown["random"].seed in (1, 2)
    # A dead seed was measured, and is the worst that can be shown; a diverged one was not.
    assert [o.seed for o in shown_runs(both, both.losses[0]).values()] == [0, 1, 3]


def test_ms_ssim_stands_beside_how_it_was_computed():
    measured = comparison({"bce": [outcome(seed, 5.0, ms_ssim=0.3, kid=0.1) for seed in (0, 1)]})
    assert side_grid(measured, ["ms_ssim"]).headings[-1] == "MS-SSIM"
    (note,) = convention_notes(measured, ["ms_ssim"])
    assert note[0] == "MS-SSIM"
    assert "negative terms count as 0" in note[1]
    assert [key for key, _ in convention_notes(measured, ["all"])] == ["KID", "MS-SSIM"]
