import math

import pytest

from lossgp.search import SearchSettings, score
from lossgp.trainers import Outcome, Status


def outcomes(*fids, status=Status.OK):
    return [Outcome(i, status, {"fid": f, "d_acc": 0.8}, 1.0) for i, f in enumerate(fids)]


def diverged(seed):
    return Outcome(seed, Status.DIVERGED, {}, 1.0, "loss is not finite")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("mean+std", 20 + 10), ("mean", 20), ("worst", 30), ("median", 20)],
)
def test_fitness_rules(rule, expected):
    s = score(outcomes(10, 20, 30), 3, 999, SearchSettings(fitness=rule))
    assert s.fitness == pytest.approx(expected)
    assert (s.mean, s.std, s.beside["d_acc"]) == pytest.approx((20, 10, 0.8))


def test_one_seed_has_no_spread():
    assert score(outcomes(10), 1, 999, SearchSettings()).fitness == 10


def test_a_seed_without_fid_counts_as_the_ceiling():
    s = score([*outcomes(10, 20), diverged(2)], 3, 900, SearchSettings(fitness="mean"))
    assert s.values == (10, 20, 900)
    assert s.mean == pytest.approx(310)
    assert s.statuses == {"diverged": 1, "ok": 2}
    assert s.failures == 1


def test_a_dead_seed_counts_with_its_own_fid():
    dead = Outcome(1, Status.DEAD, {"fid": 700.0, "d_acc": 1.0}, 1.0, "no variance")
    s = score([*outcomes(10), dead], 2, 900, SearchSettings(fitness="mean"))
    assert s.mean == pytest.approx(355)


def test_seeds_given_up_count_as_the_ceiling():
    s = score([diverged(0)], 3, 900, SearchSettings())
    assert s.values == (900, 900, 900)
    assert s.statuses == {"diverged": 1, "not trained": 2}
    assert math.isnan(s.beside["d_acc"])


@pytest.mark.parametrize("rule", ["mean+std", "mean"])
def test_of_losses_that_were_given_up_the_better_seeds_are_better(rule):
    settings = SearchSettings(fitness=rule)
    fitness = [score(outcomes(fid), 3, 900, settings).fitness for fid in (100, 500, 899)]
    assert fitness == sorted(fitness)
    assert len(set(fitness)) == 3
    whole = score(outcomes(800, 850, 880), 3, 900, settings)
    assert whole.fitness == pytest.approx(whole.mean + (whole.std if rule == "mean+std" else 0))


def test_failed_seeds_can_be_left_out_or_rule_out():
    some = [*outcomes(10, 20), diverged(2)]
    assert score(some, 3, 900, SearchSettings(failed="exclude")).mean == 15
    assert score(some, 3, 900, SearchSettings(failed="reject")).fitness == math.inf
    assert score(outcomes(10), 2, 900, SearchSettings(failed="exclude")).mean == 455
    none = [diverged(0)]
    assert score(none, 1, 900, SearchSettings(failed="exclude")).mean == 900


def test_scores_are_plain_json_without_nan_or_infinity():
    import json

    data = score([diverged(0)], 3, 900, SearchSettings(failed="reject")).to_json()
    assert json.loads(json.dumps(data, allow_nan=False))["fitness"] is None
