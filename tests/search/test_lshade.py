"""Success-history differential evolution of numbers."""

import math

import pytest

from lossgp.search.lshade import Lshade

HOME = (0.3, -0.6, 0.1)


def bowl(vector):
    return sum((x - h) ** 2 for x, h in zip(vector, HOME, strict=True))


def minimised(seed=0, population=20, generations=40, cost=bowl):
    search = Lshade(3, population, generations, seed)
    sizes, seen = [], []
    while search.generation <= generations:
        asked = search.ask()
        assert search.ask() is asked
        sizes.append(len(asked))
        seen += asked
        search.tell([cost(v) for v in asked])
    return search, sizes, seen


def test_it_finds_the_least_of_a_bowl_within_the_box():
    search, _, seen = minimised()
    assert search.cost < 1e-3 < bowl((0, 0, 0))
    assert search.cost == bowl(search.best)
    assert all(abs(x) <= 1 for vector in seen for x in vector)
    assert seen[0] == (0.0, 0.0, 0.0), "what there was before is tried first"


def test_the_population_falls_to_four_in_equal_steps():
    _, sizes, _ = minimised(generations=16)
    assert sizes[:2] == [20, 20]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] in (4, 5)


def test_it_depends_on_its_seed_and_on_what_it_is_told():
    first, again, other = (minimised(seed, generations=4)[2] for seed in (0, 0, 1))
    assert first == again != other
    told = minimised(generations=4, cost=lambda v: -bowl(v))[2]
    assert told[:20] == first[:20]
    assert told[20:] != first[20:]


def test_successes_move_the_rates():
    search, _, _ = minimised(generations=10)
    assert any(entry != (0.5, 0.5) for entry in search._memory)
    flat, _, _ = minimised(generations=10, cost=lambda v: 1.0)
    assert all(entry == (0.5, 0.5) for entry in flat._memory)
    assert flat.best == (0.0, 0.0, 0.0), "of equal ones the first"


def test_what_has_no_cost_is_the_worst():
    search = Lshade(1, 4, 1, 0)
    search.ask()
    search.tell([math.nan, math.inf, 2.0, 3.0])
    assert search.cost == 2.0
    with pytest.raises(ValueError, match="1 costs for 4 vectors"):
        search.tell([1.0])
    with pytest.raises(ValueError, match="at least 4"):
        Lshade(1, 3, 1, 0)
