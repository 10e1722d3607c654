"""Racing: which trainings come next."""

from __future__ import annotations

import pytest

from lossgp.search import Entrant, FixedRacing, Order, SearchSettings


def entrants(*values):
    return [Entrant(f"g0s{i}", v) for i, v in enumerate(values)]


def test_the_fixed_racing_gives_the_best_by_the_first_seed_all_seeds():
    racing = FixedRacing(SearchSettings(promoted=0.4), seeds=3, seed=0)
    first = racing.decide(0, 0, entrants((), (), (), ()))
    assert first == [Order(i, 0) for i in range(4)]
    # Equal ones by their slot: the third and the first are the best two.
    measured = entrants((2.0,), (3.0,), (1.0,), (2.0,))
    second = racing.decide(0, 1, measured)
    assert second == [Order(0, 1), Order(0, 2), Order(2, 1), Order(2, 2)]
    assert racing.decide(0, 2, measured) == []
    assert racing.most(4) == len(first) + len(second)


def test_the_fixed_racing_trains_none_of_earlier_generations():
    racing = FixedRacing(SearchSettings(promoted=1.0), seeds=2, seed=0)
    field = [*entrants((2.0,), (3.0,)), Entrant("g0s9", (0.5,), fresh=False)]
    assert {order.entrant for n in (0, 1) for order in racing.decide(1, n, field)} == {0, 1}


@pytest.mark.parametrize("seeds", [1, 2])
def test_with_one_seed_there_is_one_round(seeds):
    racing = FixedRacing(SearchSettings(), seeds=seeds, seed=0)
    assert len(racing.decide(0, 1, entrants((1.0,), (2.0,)))) == seeds - 1


def test_what_is_ruled_out_comes_last():
    racing = FixedRacing(SearchSettings(promoted=0.5), seeds=2, seed=0)
    field = [Entrant("g0s0", (1.0,), ruled_out=True), Entrant("g0s1", (9.0,))]
    assert racing.decide(0, 1, field) == [Order(1, 1)]
