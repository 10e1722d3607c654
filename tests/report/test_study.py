"""What people see of a study: tables, words, files and the picture."""

import csv
import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from lossgp.report.study_figures import draw_study
from lossgp.report.study_files import arms_csv, curves_csv, study_json, write_study
from lossgp.report.study_table import study_notes, study_tables
from tests.results.studies import drawn, made_up

SCORES = {"random": drawn(0, 5), "gp": drawn(1, 5, -1.2)}


@pytest.fixture
def study():
    return made_up(SCORES, target=200.0, baseline="random")


def printed(study):
    console = Console(width=200, file=io.StringIO())
    for table in study_tables(study):
        console.print(table)
    return console.file.getvalue() + "\n".join(study_notes(study))


def test_the_table_shows_scores_costs_and_tests(study):
    text = printed(study)
    for words in ("FID, searched", "FID, confirmed", "to GANetic", "saving", "/ random", "A12"):
        assert words in text
    assert "gp is better than random (Mann-Whitney p 0.008, A12 1.00)" in text
    assert "Target    GANetic, confirmed: 200" in text
    assert "5 of 5" in text  # the runs of gp that reach it
    assert "Censored  runs that never reached it: 5 of random" in text


def test_the_saving_at_the_baselines_level_is_told_and_written(study):
    line = next(line for line in study_notes(study) if line.startswith("Saving"))
    assert "gp has the median with which random ends after" in line
    assert "in 5 of 5 runs" in line
    (match,) = study_json(study)["matches"]
    assert match["arm"] == "gp"
    assert f"{match['saving']:.2f} [" in line


def test_words_without_a_target_or_of_a_study_that_is_not_complete(study):
    plain = printed(made_up(SCORES, baseline="random"))
    assert "GANetic" not in plain
    assert "Censored" not in plain
    less = replace(study, seeds=7, fresh={})
    text = printed(less)
    assert "Missing   4 runs, and the trainings of" in text
    assert "is not trained yet" in text
    few = made_up({"random": [3.0, 2.0], "gp": [1.0, 2.0]}, baseline="random")
    assert "Intervals none from fewer than 5 runs an arm" in printed(few)


def test_parts_of_an_ablation_have_a_table_of_their_own():
    lacks = {"whole": "", "no-surrogate": "surrogate", "no-rungs": "rungs", "bare": "all"}
    scores = {arm: drawn(place, 5, shift) for place, (arm, shift) in enumerate(
        zip(lacks, (-1.0, -0.2, -0.9, 0.0), strict=True))}  # fmt: skip
    study = made_up(scores, baseline="whole", ablated=lacks)
    assert "What each part carries" in printed(study)
    assert [row["part"] for row in study_json(study)["shares"]] == ["surrogate", "rungs", "all"]


def test_files_hold_every_figure(study, tmp_path):
    paths = write_study(study, tmp_path)
    assert [path.name for path in paths] == ["study.json", "arms.csv", "curves.csv", "study.png"]
    data = json.loads(paths[0].read_text())
    assert data["target"] == {"name": "ganetic", "confirmed": 200.0}
    assert len(data["runs"]) == 10
    assert data["runs"][0]["incumbents"][-1]["confirmed"] == data["runs"][0]["confirmed"][-1]
    rows = list(csv.DictReader(io.StringIO(curves_csv(study))))
    assert len(rows) == 10 * 4
    assert float(rows[3]["confirmed"]) == pytest.approx(SCORES["random"][0])
    arms = {row["arm"]: row for row in csv.DictReader(io.StringIO(arms_csv(study)))}
    assert arms["gp"]["reached"] == "5"
    assert arms["random"]["p"] == ""
    assert 0 < float(arms["gp"]["ratio_low"]) < float(arms["gp"]["ratio_high"]) < 1


def test_equal_studies_give_equal_pictures_and_other_studies_others(study, tmp_path):
    def picture(name, of):
        return draw_study(of, tmp_path / name).read_bytes()

    one, two = picture("1.png", study), picture("2.png", study)
    assert one == two
    assert one != picture("3.png", made_up(SCORES, target=300.0, baseline="random"))
    assert one != picture("4.png", replace(study, fresh={}))


def test_an_empty_study_and_huge_scores_can_be_drawn(study, tmp_path):
    empty = replace(study, members=(), fresh={})
    assert [path.name for path in write_study(empty, tmp_path)][-1] == "curves.csv"
    huge = made_up({"random": [1e200, 2.0], "gp": [1e300, 1.0]}, target=1e250, baseline="random")
    assert draw_study(huge, tmp_path / "huge.png").stat().st_size > 0
