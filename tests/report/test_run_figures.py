"""The picture of a search, from made-up candidates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.image import imread as image_of

from lossgp.config import build
from lossgp.expressions import Loss, LossPair, zoo
from lossgp.report.lineage import GENERATIONS, lineage
from lossgp.report.run_figures import draw_run, front, trainings
from lossgp.results.individuals import individual_from_json, individual_json
from lossgp.results.result import Result, Yardstick
from lossgp.search import Candidate, Individual, Rates, Score
from lossgp.search.prediction import Prediction


def individual(name, fitness, parents=(), formula="(y_pred - y_real)**2", lost=0):
    generation, slot = map(int, name[1:].split("s"))
    statuses = {"ok": 3 - lost, **({"not trained": lost} if lost else {})}
    loss = Loss.parse(formula)
    candidate = Candidate(loss, generation, slot, "crossover", tuple(parents))
    score = Score(fitness, fitness, 0.0, (fitness,) * 3, {"d_acc": 0.5, "kid": 0.0}, statuses)
    return Individual(candidate, score)


def result(individuals, **fields):
    known = Yardstick("ganetic", LossPair.of(zoo.ganetic), individual("g0s0", 220.0).score)
    values = {
        "name": "first", "directory": Path("runs/first"), "config": build({}),
        "individuals": tuple(sorted(individuals, key=lambda i: i.order)),
        "yardsticks": (known,), "generations": 3,
        "rejects": {"a variable is missing": 7, "a\x1b[2Jb": 1}, "reference": {},
        "protocol": "digits",
    }  # fmt: skip
    return Result(**values | fields)


def family():
    return [
        individual("g2s0", 100.0, ["g1s0", "g0s1"]),
        individual("g1s0", 150.0, ["g0s0", "g0s1"]),
        individual("g0s0", 300.0),
        individual("g0s1", 200.0),
        individual("g0s2", 900.0, lost=2),
    ]


def test_the_lineage_is_of_the_best_alone_and_runs_from_left_to_right():
    found = lineage(family())
    columns = {name: one.column for name, one in found.ancestors.items()}
    # g0s1 is a parent of both: it stands before its elder child.
    assert columns == {"g0s0": 0, "g0s1": 0, "g1s0": 1, "g2s0": 2}
    assert found.left_out == 0
    assert len({(one.column, one.height) for one in found.ancestors.values()}) == 4


def test_ancestors_too_far_back_are_counted():
    line = [individual(f"g{n}s0", 100.0 + n, [f"g{n - 1}s0"] if n else []) for n in range(9)]
    found = lineage(line[::-1])
    assert len(found.ancestors) == GENERATIONS
    assert found.left_out == 9 - GENERATIONS


def test_a_circle_in_an_edited_store_is_cut():
    one, other = individual("g1s0", 1.0, ["g1s1"]), individual("g1s1", 2.0, ["g1s0"])
    assert set(lineage([one, other]).ancestors) == {"g1s0"}


def test_the_front_holds_what_nothing_smaller_beats():
    small, large = individual("g0s0", 300.0, formula="y_pred - y_real"), individual("g0s1", 100.0)
    beaten = individual("g0s2", 400.0)
    early = individual("g0s3", 1.0, lost=2)
    assert front([large, beaten, early, small]) == [small, large]
    assert [trainings(one) for one in (small, early)] == [3, 1]


@pytest.mark.parametrize("suffix", [".png", ".pdf", ".svg"])
def test_equal_results_give_equal_bytes(tmp_path, suffix):
    paths = [draw_run(result(family()), tmp_path / f"{n}{suffix}") for n in "ab"]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert len(paths[0].read_bytes()) > 5000


def test_control_characters_of_an_edited_store_are_not_drawn(tmp_path):
    drawn = draw_run(result(family()), tmp_path / "a.svg").read_text("utf-8")
    assert "\x1b" not in drawn


def test_a_run_without_any_candidate_is_drawn(tmp_path):
    empty = result([], yardsticks=(), rejects={})
    assert draw_run(empty, tmp_path / "empty.png").stat().st_size > 1000


def test_scores_over_orders_of_magnitude_and_ruled_out_ones(tmp_path):
    found = [individual("g0s0", 0.01), individual("g0s1", 1e4), individual("g0s2", float("inf"))]
    assert draw_run(result(found), tmp_path / "wide.png").stat().st_size > 1000


def test_adaptive_rates_are_drawn_below_and_stand_in_the_result(tmp_path):
    def made(name, crossover, mutation):
        one = individual(name, 100.0)
        drawn = Rates(crossover, mutation, {"hoist mutation": 0.25, "insertion": 0.75})
        return replace(one, candidate=replace(one.candidate, rates=drawn))

    plain = result([individual("g0s0", 300.0)])
    found = [made("g2s1", 1.0, 0.5), made("g2s0", 0.5, 0.25), made("g1s0", 0.25, 0.5)]
    adaptive = result([*plain.individuals, *found])
    shares = {"hoist mutation": 0.25, "insertion": 0.75}
    assert adaptive.to_json()["adaptation"] == [
        {"generation": 2, "crossover": 0.25, "mutation": 0.5, "shares": shares},
        {"generation": 3, "crossover": 0.75, "mutation": 0.375, "shares": shares},
    ]
    assert "adaptation" not in plain.to_json()
    again = individual_from_json(individual_json(found[0]))
    assert again.candidate.rates == found[0].candidate.rates
    height, width = image_of(draw_run(adaptive, tmp_path / "a.png")).shape[:2]
    assert height / width == pytest.approx(1.5 * 8.2 / 11.5, rel=0.01)  # one more row


def test_what_a_surrogate_predicted_is_drawn_below(tmp_path):
    def guessed(one, mean, chosen):
        said = Prediction(mean, 0.2, chosen)
        return replace(one, candidate=replace(one.candidate, prediction=said))

    plain = result(family())
    found = [
        guessed(individual(f"g1s{slot}", 100.0 * 2**slot), 5.0 + slot, slot < 3)
        for slot in range(1, 5)
    ]
    extreme = guessed(individual("g2s7", 1e300), 900.0, True)
    height, width = image_of(draw_run(plain, tmp_path / "p.png")).shape[:2]
    for number, individuals in enumerate((found, [*found, extreme], found[:1])):
        guided = result([*plain.individuals, *individuals])
        image = image_of(draw_run(guided, tmp_path / f"{number}.png"))
        assert image.shape[1] == width
        assert image.shape[0] > 1.3 * height
