"""Racing: which trainings come next."""

from __future__ import annotations

import pytest

from lossgp.search import Entrant, FixedRacing, Order, SearchSettings
from lossgp.search.posterior_racing import PosteriorRacing


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


def settings(**fields):
    return SearchSettings(racing="posterior", fitness="posterior", **fields)


def field(*trainings, fresh=()):
    """Entrants of so many trainings, each a little worse than the one before."""
    return [
        Entrant(f"g0s{i}", tuple(300.0 * 1.2**i * 1.1 ** (s % 3 - 1) for s in range(n)),
                fresh=i in fresh)
        for i, n in enumerate(trainings)
    ]  # fmt: skip


def posterior(seeds=6, seed=0, **fields):
    return PosteriorRacing(settings(**fields), seeds, seed)


def test_every_candidate_gets_its_first_training():
    fresh = [Entrant("g1s0"), Entrant("g1s1")]
    race = [*fresh, *(e for e in field(2, 3))]
    orders = posterior().decide(1, 0, [race[0], race[1]])
    assert orders == [Order(0, 0), Order(1, 0)]


def test_rounds_use_up_what_a_generation_may_take():
    racing = posterior(extra=1.25, round_size=2)
    entrants = field(1, 1, 1, 1, fresh=range(4))
    assert racing.most(4) == 4 + 5
    assert [len(racing.decide(0, n, entrants)) for n in range(1, 6)] == [2, 2, 1, 0, 0]


def test_the_best_get_most_whatever_their_generation():
    racing = posterior(extra=100.0, round_size=60, seeds=100)
    entrants = field(*[2] * 12, fresh=range(6, 12))
    orders = racing.decide(3, 1, entrants)
    counts = [sum(o.entrant == i for o in orders) for i in range(12)]
    assert sum(counts[:4]) > 3 * sum(counts[4:])
    for i in range(12):  # each the next seeds, without a gap
        assert [o.seed for o in orders if o.entrant == i] == list(range(2, 2 + counts[i]))
    assert racing.decide(3, 1, entrants) == orders
    assert posterior(extra=100.0, round_size=60, seeds=100, seed=1).decide(3, 1, entrants) != orders
    assert racing.decide(3, 2, entrants) != orders


def test_who_is_full_ruled_out_or_failed_gets_none():
    racing = posterior(extra=10.0, round_size=40, seeds=3)
    entrants = [
        *field(3, 1),
        Entrant("a", (100.0,), failures=1, fresh=True),
        Entrant("b", (100.0,), ruled_out=True),
    ]
    orders = racing.decide(0, 1, entrants)
    assert {(o.entrant, o.seed) for o in orders} == {(1, 1), (1, 2)}
    without = posterior(extra=10.0, round_size=40, seeds=3, give_up_after=0)
    assert {o.entrant for o in without.decide(0, 1, entrants)} == {1, 2}


def test_the_last_race_raises_the_ten_best_alike():
    racing = posterior(final=12, round_size=8, seeds=9)
    entrants = field(5, *[2] * 14)
    entrants = [Entrant(e.name, e.values, fresh=False) for e in entrants]
    first, second = racing.decide(4, 0, entrants), racing.decide(4, 1, entrants)
    assert racing.most(0) == 12
    assert (len(first), len(second)) == (8, 4)
    assert [(o.entrant, o.seed) for o in first] == [(i, 2) for i in range(1, 9)]
    assert racing.decide(4, 2, entrants) == []
