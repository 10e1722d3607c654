"""How well a surrogate knew, and what it saved: counted from what was predicted and what came."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from lossgp.expressions import zoo
from lossgp.report.table import guided
from lossgp.results.guidance import guidance
from lossgp.search import Candidate, Individual, Reason, Score
from lossgp.search.prediction import Prediction
from lossgp.search.rungs import Rung

REJECTS = {str(Reason.UNPROMISING): 80, str(Reason.FLAT): 9}


def individual(value, said=None, chosen=True, generation=1, status="ok"):
    prediction = None if said is None else Prediction(said, 0.1, chosen)
    candidate = Candidate(zoo.bce, generation, 0, "made up", prediction=prediction)
    score = Score(value, value, 0.0, (value,), {}, {status: 1})
    return Individual(candidate, score)


def unguided(values=(10.0, 1000.0)):
    return [individual(value, generation=0) for value in values]


def test_a_run_without_a_surrogate_has_no_guidance():
    assert guidance([], {}) is None
    assert guidance(unguided(), REJECTS) is None


def test_the_correlation_is_of_ranks_and_of_predicted_losses_alone():
    came = [individual(float(v), said) for v, said in ((1, 5), (10, 6), (100, 9), (1000, 8))]
    found = guidance([*came, *unguided()], REJECTS).whole
    assert found.correlation == pytest.approx(0.8)
    assert found.compared == 4


def test_what_was_predicted_of_one_and_came_of_another_has_none():
    rng = random.Random(1)
    values = [rng.lognormvariate(5, 1) for _ in range(200)]
    said = rng.sample(values, 200)
    whole = guidance([individual(*pair) for pair in zip(values, said, strict=True)], {}).whole
    assert abs(whole.correlation) < 0.2
    whole = guidance([individual(v, v) for v in values], {}).whole
    assert whole.correlation == pytest.approx(1.0)


@pytest.mark.parametrize("said", [(1, 2), (3, 3, 3)])
def test_of_too_few_or_of_equal_predictions_nothing_is_told(said):
    found = guidance([individual(float(v + 1), s) for v, s in enumerate(said)], {}).whole
    assert (found.correlation, found.compared) == (None, len(said))


def test_good_is_below_the_median_of_the_run_for_the_chosen_as_for_the_others():
    individuals = [
        *(individual(v, 1.0) for v in (10.0, 20.0, 30.0, 900.0)),
        *(individual(v, 1.0, chosen=False) for v in (40.0, 800.0, 810.0, 820.0, 830.0)),
        *unguided((50.0, 700.0)),
    ]
    found = guidance(individuals, REJECTS)
    assert (str(found.whole.chosen), str(found.whole.by_chance)) == ("3 of 4", "1 of 5")
    assert found.whole.needed == pytest.approx(15)  # 3 at one in five
    assert found.drawn == 84


@pytest.mark.parametrize("controls", [(40.0, 800.0, 800.0, 800.0), (800.0,) * 6])
def test_what_chance_would_need_is_not_told_of_few_controls_or_of_none_that_is_good(controls):
    individuals = [
        *(individual(v, 1.0) for v in (10.0, 20.0)),
        *(individual(v, 1.0, chosen=False) for v in controls),
        *unguided((15.0, 50.0, 60.0)),
    ]
    found = guidance(individuals, REJECTS).whole
    assert found.needed is None
    assert found.chosen.good == 2


def test_generations_are_told_apart_and_count_from_one():
    individuals = [
        *(individual(float(v), v, generation=1) for v in range(1, 5)),
        *(individual(float(v), -v, generation=3) for v in range(1, 5)),
    ]
    found = guidance(individuals, {}).to_json()
    assert [(g["generation"], g["rank_correlation"]) for g in found["generations"]] == [
        (2, pytest.approx(1.0)), (4, pytest.approx(-1.0)),
    ]  # fmt: skip
    assert found["rank_correlation"] == pytest.approx(0.0)


def test_what_a_machine_did_not_let_end_is_not_compared():
    individuals = [individual(float(v), v) for v in range(1, 5)]
    individuals.append(individual(1.0, 99.0, status="timeout"))
    found = guidance(individuals, {}).whole
    assert (found.correlation, found.compared) == (pytest.approx(1.0), 4)


def test_what_was_stopped_at_a_rung_is_behind_all_others():
    whole = [individual(float(v), v) for v in (1, 2, 3, 4, 5)]
    stopped = individual(6.0, 6.0)
    rungs = (Rung(0.5, 0.1, "ok", 60),)
    score = replace(stopped.score, fitness=3000.0, statuses={"not trained": 1}, rungs=rungs)
    found = guidance([*whole, replace(stopped, score=score)], {}).whole
    assert (found.correlation, found.compared) == (pytest.approx(1.0), 6)
    assert str(found.chosen) == "3 of 6"


def test_it_is_said_in_one_line():
    individuals = [
        *(individual(v, v) for v in (10.0, 20.0, 30.0, 900.0)),
        *(individual(v, v, chosen=False) for v in (40.0, 800.0, 810.0, 820.0, 830.0)),
        *unguided((50.0, 700.0)),
    ]
    assert guided(guidance(individuals, REJECTS)) == (
        "chose 4 of 84 losses; rank correlation of predicted and measured 1.00 (9 losses, before "
        "they were trained); below the run's median 3 of 4 chosen and 1 of 5 left to chance, "
        "which would have needed about 15 for as many"
    )
    few = guided(guidance([individual(1.0, 1.0), *unguided()], {}))
    assert few == "chose 1 of 1 losses; below the run's median 1 of 1 chosen"
