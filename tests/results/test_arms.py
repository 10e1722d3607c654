"""Tests between the arms of a study: who is told from whom, and by how much."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossgp.results.arms import a12, arm_tests, holm, ratio_of, reached, shares
from lossgp.results.study import grid, quartiles

from .studies import drawn, made_up


def test_a_planted_better_arm_is_found_better_and_a_worse_one_worse():
    scores = {"base": drawn(0, 6), "better": drawn(1, 6, -1.2), "worse": drawn(2, 6, 1.2)}
    better, worse = arm_tests(made_up(scores, baseline="base"))
    assert (better.arm, worse.arm) == ("better", "worse")
    assert better.p_adjusted < 0.05
    assert (better.a12, worse.a12) == (1.0, 0.0)
    assert better.ratio_interval[0] < math.exp(-1.2) < better.ratio_interval[1] < 1
    assert worse.ratio_interval[0] > 1


def test_equal_arms_are_told_apart_no_more_often_than_the_level():
    found = [
        arm_tests(made_up({"base": drawn(2 * i, 5), "same": drawn(2 * i + 1, 5)}, baseline="base"))[
            0
        ]
        for i in range(60)
    ]
    # With 5 runs against 5 the exact test errs in 3.2 % at 0.05; 8 of 60 come once in 1,000.
    assert sum(test.p < 0.05 for test in found) < 8
    assert 0.35 < sum(test.a12 for test in found) / 60 < 0.65


def test_a_whole_tie_is_no_difference():
    (test,) = arm_tests(made_up({"base": [300.0] * 5, "same": [300.0] * 5}, baseline="base"))
    assert (test.p, test.a12, test.ratio) == (1.0, 0.5, 1.0)
    assert test.ratio_interval == (1.0, 1.0)


def test_effect_size_counts_pairs_and_half_of_ties():
    assert a12([1, 2], [3, 4]) == 1.0
    assert a12([1, 3], [3, 4]) == (1 + 1 + 0.5 + 1) / 4


def test_p_values_are_adjusted_for_their_number():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_adjusted_p_values_keep_their_order_and_are_never_smaller(values):
    adjusted = holm(values)
    assert all(a >= p and a <= 1 for a, p in zip(adjusted, values, strict=True))
    order = sorted(range(len(values)), key=lambda i: values[i])
    assert [adjusted[i] for i in order] == sorted(adjusted)


def test_runs_that_never_reach_the_target_are_censored():
    # Costs 100, 200, 300, 400; the scores there are final + 300, + 200, + 100, + 0.
    study = made_up({"arm": [10.0, 150.0, 250.0, 350.0, 900.0]}, target=300.0, baseline="arm")
    found = reached(study, "arm")
    assert found.costs == (200.0, 300.0, 400.0, None, None)
    assert found.count == 3
    assert found.median == 400.0
    assert found.restricted == (200 + 300 + 400 + 400 + 400) / 5
    assert found.interval[0] < found.restricted <= found.interval[1]
    most = reached(made_up({"arm": [10.0, 900.0]}, target=300.0, baseline="arm"), "arm")
    assert (most.median, most.restricted, most.interval) == (None, 300.0, None)


def test_the_saving_is_the_ratio_of_the_costs():
    quick, slow = [10.0] * 5, [250.0] * 5  # at 200 and at 400
    (test,) = arm_tests(made_up({"base": slow, "arm": quick}, target=300.0, baseline="base"))
    assert test.speedup == 2.0
    assert test.speedup_interval == (2.0, 2.0)
    (test,) = arm_tests(made_up({"base": slow, "arm": quick}, baseline="base"))
    assert test.speedup is None


def test_each_part_has_its_share_of_what_all_gain_together():
    lacks = {"whole": "", "no-a": "a", "no-b": "b", "bare": "all"}
    scores = {"whole": [100.0] * 5, "no-a": [200.0] * 5, "no-b": [100.0] * 5, "bare": [400.0] * 5}
    found = shares(made_up(scores, baseline="whole", ablated=lacks))
    assert [(s.part, s.share) for s in found] == [
        ("a", pytest.approx(0.5)), ("b", pytest.approx(0.0)), ("all", None),
    ]  # fmt: skip
    assert found[0].ratio == pytest.approx(2.0)
    assert shares(made_up(scores, baseline="whole")) == []
    worse = {**scores, "bare": [50.0] * 5}
    assert shares(made_up(worse, baseline="whole", ablated=lacks))[0].share is None


def test_a_score_of_zero_has_no_ratio():
    assert ratio_of([0.0, 1.0], [1.0, 2.0]) == (None, None)
    assert ratio_of([], [1.0]) == (None, None)


def test_a_study_that_is_not_complete_compares_what_is_there():
    study = made_up({"base": drawn(0, 5), "arm": drawn(1, 5)}, target=200.0, baseline="base")
    study = replace(study, seeds=7)
    assert study.missing == 4
    lost = {key: values for key, values in study.fresh.items() if key != "arm-0-3"}
    partial = replace(study, fresh=lost)
    assert partial.missing == 5
    assert len(partial.final("arm")) == 4
    none = replace(study, members=())
    assert arm_tests(none) == []
    assert reached(none, "arm").costs == ()


def test_incumbents_stand_from_their_cost_on():
    study = made_up({"arm": [10.0]}, baseline="arm")
    (member,) = study.members
    assert member.incumbent(99.9) is None
    assert member.incumbent(100).key == "arm-0-0"
    assert member.incumbent(399).key == "arm-0-2"
    assert study.searched(member, 400) == 8.0
    assert study.confirmed(member, 400) == 10.0
    assert grid(100, 4) == (25.0, 50.0, 75.0, 100.0)


def test_quartiles_lie_between_the_extremes():
    assert quartiles([1.0, 2.0, 3.0, 4.0, 5.0]) == (2.0, 3.0, 4.0)
    assert quartiles([7.0]) == (7.0, 7.0, 7.0)
