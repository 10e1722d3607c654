"""At which cost an arm has what the baseline ends with, by hand-made curves."""

from dataclasses import replace

import pytest

from lossgp.results.matching import matches
from lossgp.results.study import Member, Step, Study
from tests.results.studies import made_up

COSTS = (100.0, 200.0, 400.0, 800.0)


def with_curves(curves: dict[str, list[list[float]]], **changes: object) -> Study:
    """A study whose runs have these confirmed scores at the costs; every step is a loss."""
    members, fresh = [], {}
    for arm, runs in curves.items():
        for seed, curve in enumerate(runs):
            steps = []
            for cost, score in zip(COSTS, curve, strict=True):
                key = f"{arm} {seed} {cost}"
                fresh[key] = (score,)
                steps.append(Step(int(cost), key, key, score))
            members.append(Member(arm, seed, f"s-{arm}-{seed}", tuple(steps), int(COSTS[-1])))
    study = made_up({arm: [1.0] for arm in curves}, baseline="slow")
    return replace(study, members=tuple(members), fresh=fresh, costs=COSTS, **changes)


SLOW = [[90, 80, 70, 60], [90, 80, 70, 50], [90, 80, 70, 40]]  # they end with 50, in the middle


def test_the_first_cost_with_the_median_of_the_end_counts():
    quick = [[60, 50, 10, 10], [40, 40, 40, 40], [70, 60, 55, 51]]
    (match,) = matches(with_curves({"slow": SLOW, "quick": quick}))
    assert (match.score, match.count, match.runs) == (50, 2, 3)
    assert match.cost == pytest.approx((200 + 100 + 800) / 3)
    assert match.saving == pytest.approx(800 / match.cost)
    assert match.interval is None  # too few runs


def test_a_smaller_budget_of_the_baseline_is_what_it_spends():
    quick = [[60, 50, 10, 10]]
    (match,) = matches(with_curves({"slow": SLOW, "quick": quick}, budgets={"slow": 400}))
    assert match.saving == pytest.approx(400 / 200)
    late = [[60, 60, 60, 10]]
    (match,) = matches(with_curves({"slow": SLOW, "quick": late}, budgets={"slow": 400}))
    assert match.saving == 1  # what comes after the baseline's end saves nothing


def test_the_interval_is_over_the_runs_of_both():
    slow = [[90, 80, 70, end] for end in (60, 55, 50, 45, 40, 58)]
    sure = [[30, 30, 30, 30]] * 6
    (match,) = matches(with_curves({"slow": slow, "quick": sure}))
    assert match.interval == (8, 8)
    mixed = [[90, 80, 57, 30], [57, 47, 42, 30], [90, 90, 90, 90]] * 2
    (match,) = matches(with_curves({"slow": slow, "quick": mixed}))
    low, high = match.interval
    assert 1 <= low < match.saving < high <= 8


def test_without_a_baseline_there_is_nothing_to_match():
    assert matches(with_curves({"slow": [], "quick": [[1, 1, 1, 1]]})) == []
    assert matches(with_curves({"slow": SLOW, "quick": []})) == []
