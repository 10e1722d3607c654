"""A surrogate in a search: what it chooses of a pool, and that this is better than chance."""

from __future__ import annotations

import statistics
from dataclasses import replace

import pytest

from lossgp.expressions import LossPair, zoo
from lossgp.search import (
    Reason,
    SearchSettings,
    algorithm,
    algorithms,
    screen,
)
from lossgp.search.surrogate import Lesson
from lossgp.search.surrogate_pool import slots_left_to_chance

from .made_up import CEILING, scored, searched, truth


@pytest.fixture(autouse=True)
def fewer_trees(monkeypatch):
    """Let forests be quicker."""
    monkeypatch.setattr("lossgp.search.surrogate.TREES", 60)


FOREST = {"surrogate": "forest", "pool": 20, "explore": 0.2}


def search_of(name="random", seed=0, **settings):
    return algorithm(name)(SearchSettings(**{"population": 10, **settings}), seed)


def texts(generations):
    return [[c.loss.text() for c in g] for g in generations]


@pytest.fixture(scope="module")
def losses():
    """Random losses that pass the screen."""
    return [c.loss for c in search_of(population=120).ask().candidates]


def lessons(losses, value=truth):
    return [Lesson(LossPair.of(loss), 0, value(loss)) for loss in losses]


@pytest.mark.parametrize("name", ["random", "gp"])
def test_it_finds_better_losses_than_chance(name):
    """In the generations after the first of four seeds of a search, taken together.

    The ratio of the medians was 0.67 and 0.68; of seeds 0 to 3 it was 0.83 and 0.80.
    """
    medians = {}
    for surrogate in ("none", "forest"):
        found = [
            truth(c.loss)
            for seed in range(4, 8)
            for g in searched(search_of(name, seed, **{**FOREST, "surrogate": surrogate}), 4)[1:]
            for c in g
        ]
        medians[surrogate] = statistics.median(found)
    assert medians["forest"] < 0.9 * medians["none"]


def test_without_a_surrogate_nothing_changes_and_with_one_the_first_generation_is_the_same():
    plain = texts(searched(search_of(), 3))
    assert plain == texts(searched(search_of(pool=99, explore=0.9), 3))
    guided = texts(searched(search_of(**FOREST), 3))
    assert guided[0] == plain[0]
    assert guided[1] != plain[1]


def test_slots_left_to_chance_hold_what_would_be_there_without_a_surrogate():
    plain, guided = search_of(), search_of(**FOREST)
    searched(plain, 1)
    searched(guided, 1)
    free = slots_left_to_chance(guided)
    by_chance, asked = plain.ask().candidates, guided.ask().candidates
    assert len(free) == 2
    assert [c.loss for c in asked if c.slot in free] == [
        c.loss for c in by_chance if c.slot in free
    ]
    assert [c.slot for c in asked] == list(range(10))
    assert {c.slot for c in asked if c.prediction.chosen} == set(range(10)) - set(free)
    assert slots_left_to_chance(guided) != slots_left_to_chance(search_of(seed=1, **FOREST))


@pytest.mark.parametrize(("explore", "chosen"), [(0.0, 10), (0.01, 9), (0.3, 7), (1.0, 0)])
def test_explore_is_the_part_that_is_left_to_chance(explore, chosen):
    search = search_of(**{**FOREST, "explore": explore})
    searched(search, 1)
    asked = search.ask()
    assert sum(c.prediction.chosen for c in asked.candidates) == chosen
    assert (str(Reason.UNPROMISING) in asked.rejects) == (chosen > 0)


def test_pool_is_how_many_are_drawn_for_each():
    drawn = {}
    for pool in (5, 20):
        search = search_of(**{**FOREST, "pool": pool})
        searched(search, 1)
        asked = search.ask()
        equal = asked.rejects.get(str(Reason.DUPLICATE), 0)
        unpromising = asked.rejects[str(Reason.UNPROMISING)]
        chosen = sum(c.prediction.chosen for c in asked.candidates)
        drawn[pool] = chosen + unpromising
        assert drawn[pool] <= 8 * pool <= drawn[pool] + equal
    assert drawn[20] > 2 * drawn[5]


def test_those_chosen_are_predicted_to_be_better_and_all_pass_the_screen():
    search = search_of(calibration=True, **FOREST)
    searched(search, 2)
    candidates = search.ask().candidates
    chosen = [c.prediction.mean for c in candidates if c.prediction.chosen]
    others = [c.prediction.mean for c in candidates if not c.prediction.chosen]
    assert statistics.mean(chosen) < statistics.mean(others)
    assert all(screen(c.loss.expr, search.settings) is None for c in candidates)


@pytest.mark.parametrize(
    ("name", "more"),
    [*((name, {}) for name in algorithms.names()), ("gp", {"adaptation": "success-history"}),
     ("gp", {"genome": "pair"})],
)  # fmt: skip
def test_a_search_repeats_itself_and_a_recalled_generation_goes_on_as_it_did(name, more):
    settings = {**FOREST, "pool": 5, "population": 8, **more}
    first, again = search_of(name, **settings), search_of(name, **settings)
    whole = searched(first, 3)
    assert any(c.prediction.chosen for c in whole[2])
    again.surrogate.ceiling = CEILING
    for number, committed in enumerate(whole[:2]):
        generation = again.recall(committed, {"a reason": number})
        assert (generation.number, generation.rejects) == (number, {"a reason": number})
        again.tell(scored(generation.candidates))
    assert texts([*whole[:2], *searched(again, 1)]) == texts(whole)
    assert texts(searched(search_of(name, **settings), 3)) == texts(whole)


@pytest.mark.parametrize("name", algorithms.names())
def test_scores_that_later_trainings_change_are_learnt(name):
    asked = []
    for changed in (False, True):
        search = search_of(name, **{**FOREST, "explore": 0.0})
        searched(search, 2)
        told = scored([c for g in searched(search_of(name, **{**FOREST, "explore": 0.0}), 2)
                       for c in g])  # fmt: skip
        worst_first = [replace(i, score=replace(i.score, values=(1e5 / i.score.values[0],)))
                       for i in told]  # fmt: skip
        search.update({i.candidate.name: i for i in (worst_first if changed else told)})
        asked.append([c.prediction for c in search.ask().candidates])
    assert asked[0] != asked[1]


def test_a_recalled_loss_is_not_asked_for_again():
    first = search_of().ask()
    again = search_of()
    again.recall(first.candidates[5:], {})
    again.tell(scored(first.candidates[5:]))
    assert again._seen.find(again.genome(first.candidates[7])) == first.candidates[7].name


def test_lessons_guide_the_first_generation(losses):
    taught, untaught = search_of(seed=5, **FOREST), search_of(seed=5, **FOREST)
    taught.surrogate.ceiling = CEILING
    taught.surrogate.study(lessons(losses))
    one, other = (statistics.median(truth(c.loss) for c in s.ask().candidates)
                  for s in (taught, untaught))  # fmt: skip
    assert one < other
    assert all(c.prediction is None for c in untaught.ask().candidates)


def test_it_says_how_far_the_drawing_is():
    said = []
    search = search_of(**FOREST)
    search.on_drawing = lambda done, total: said.append((done, total))
    searched(search, 1)
    assert said == []
    search.ask()
    assert said == [(done, 8) for done in range(9)]


def test_slots_that_no_draw_fills_are_given_up_and_what_is_there_is_trained(monkeypatch):
    # A grammar in which hardly anything is new: y_pred and y_real under one operator.
    monkeypatch.setattr("lossgp.search.surrogate_pool.MOST_ATTEMPTS", 2)
    search = search_of(operators="sub", min_height=1, max_height=1, population=12, **FOREST)
    search.surrogate.ceiling = CEILING
    search.surrogate.study(lessons([zoo.entry(n).loss for n in zoo.names()]))
    found = search.ask().candidates
    assert len({c.loss.text() for c in found}) == len(found) < 12
    assert [c.slot for c in found] == sorted({c.slot for c in found})
