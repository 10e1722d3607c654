"""Successive halving: who goes on from a rung, and what those that do not are worth."""

import math

import pytest

from lossgp.search import SearchSettings, score
from lossgp.search.rungs import Rung, best, places, stopped_fitness
from lossgp.search.scoring import Score
from lossgp.trainers import Outcome, Status


def test_at_each_rung_the_promoted_part_goes_on():
    assert places(10, 0.3, 0) == [10]
    assert places(10, 0.3, 2) == [10, 3, 1]
    assert places(27, 1 / 3, 3) == [27, 9, 3, 1]
    assert places(4, 1.0, 2) == [4, 4, 4]
    assert places(2, 0.01, 2) == [2, 1, 1]  # one at least


def test_the_lowest_go_on_and_of_equals_the_first():
    assert best({3: 1.0, 5: 2.0, 7: 0.5, 9: 2.0}, 3) == [3, 5, 7]


def test_what_was_not_measured_counts_as_the_ceiling():
    found = Rung.of(0.5, Outcome(0, Status.DIVERGED, {}, 1.0, "why", 25), "fid", 900.0)
    assert found == Rung(0.5, 900.0, "diverged", 25)
    assert Rung.from_json(found.to_json()) == found


def rung(part, value):
    return Rung(part, value, "ok", 1)


@pytest.mark.parametrize("weight", [0.0, 1.0, 4.0])
@pytest.mark.parametrize("seeds", [1, 2, 3, 5])
def test_a_stopped_loss_is_worse_than_any_that_was_not(weight, seeds):
    ceiling = 1000.0
    settings = SearchSettings(std_weight=weight)
    stopped = stopped_fitness([rung(0.25, 0.0), rung(0.5, 0.0)], 2, ceiling, weight)
    for dead in range(seeds + 1):
        fids = [ceiling] * dead + [0.0] * (seeds - dead)
        own = [Outcome(seed, Status.OK, {"fid": fid}) for seed, fid in enumerate(fids)]
        assert score(own, seeds, ceiling, settings).fitness < stopped


def test_the_further_it_came_and_the_better_it_was_the_fitter():
    first = [stopped_fitness([rung(0.25, v)], 2, 1000.0, 1.0) for v in (10.0, 500.0, 2000.0)]
    second = [
        stopped_fitness([rung(0.25, 0.0), rung(0.5, v)], 2, 1000.0, 1.0) for v in (10.0, 990.0)
    ]
    assert first == sorted(first)
    assert second == sorted(second)
    assert second[-1] < first[0]


def test_a_score_keeps_its_rungs():
    settings = SearchSettings()
    whole = score([Outcome(0, Status.OK, {"fid": 1.0})], 1, 10.0, settings)
    assert "rungs" not in whole.to_json()
    assert not whole.is_stopped
    nothing = score([], 2, 10.0, settings)
    assert not nothing.is_stopped
    marked = Score(**{**vars(nothing), "rungs": (rung(0.25, 3.0),)})
    assert marked.is_stopped
    again = Score.from_json(marked.to_json())
    assert again.rungs == marked.rungs
    assert again.is_stopped
    assert math.isnan(again.beside["kid"])


@pytest.mark.parametrize("rungs", [[0.0], [1.0], [0.5, 0.25], [0.5, 0.5], [-0.1], [math.nan]])
def test_rungs_are_rising_parts_of_a_training(rungs):
    with pytest.raises(ValueError, match="parts of a training above 0 and below 1"):
        SearchSettings(rungs=rungs)


def test_there_are_no_rungs_unless_they_are_asked_for():
    assert SearchSettings().rungs == ()
    assert SearchSettings(rungs=[0.25, 0.5]).rungs == (0.25, 0.5)
