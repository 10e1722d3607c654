"""Intervals and the sign-flip test against values worked out by hand, and by enumeration."""

from __future__ import annotations

import itertools
import math
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossgp.results.paired import Paired, interval, paired

FIGURES = st.lists(st.integers(-50, 50).map(float), min_size=2, max_size=6)


@given(FIGURES)
def test_p_is_that_of_all_flips_of_signs(differences):
    d = np.array(differences)
    flips = [np.mean(d * s) for s in itertools.product((1, -1), repeat=len(d))]
    one_sided = [np.mean([f >= d.mean() - 1e-9 for f in flips]),
                 np.mean([f <= d.mean() + 1e-9 for f in flips])]  # fmt: skip
    test = paired(differences, [0.0] * len(d))
    assert test.p == pytest.approx(min(1.0, 2 * min(one_sided)))
    assert test.difference == pytest.approx(d.mean())


@given(FIGURES, st.integers(0, 1000))
def test_exchanging_the_losses_turns_the_sign_and_keeps_p(own, seed):
    other = list(np.random.default_rng(seed).integers(-50, 50, len(own)).astype(float))
    here, there = paired(own, other), paired(other, own)
    assert here.p == there.p
    assert here.difference == -there.difference


@pytest.mark.parametrize(("seeds", "smallest"), [(1, 1.0), (2, 0.5), (5, 0.0625), (10, 2 / 1024)])
def test_few_seeds_cannot_give_a_small_p(seeds, smallest):
    test = paired([float(i) for i in range(seeds)], [100.0 + i * i for i in range(seeds)])
    assert test.smallest == smallest
    assert test.p == pytest.approx(smallest)


def test_many_seeds_are_tested_by_the_same_sample_of_flips_every_time():
    rng = np.random.default_rng(3)
    own, other = list(rng.normal(1.5, 1, 25)), list(rng.normal(0, 1, 25))
    assert paired(own, other) == paired(own, other)
    assert 0 < paired(own, other).p < 0.01


def test_equal_losses_do_not_differ():
    assert paired([1.0, 2.0], [1.0, 2.0]) == Paired(0.0, 1.0, 2)
    assert paired([], []) is None
    with pytest.raises(ValueError, match="cannot be paired"):
        paired([1.0], [])


def test_the_interval_holds_the_mean_and_lies_within_the_data():
    values = [10.0, 12.0, 15.0, 40.0, 11.0]
    low, high = interval(values)
    assert min(values) <= low < np.mean(values) < high <= max(values)
    assert interval(values) == (low, high)


def test_the_interval_covers_the_true_mean_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    spans = [interval(list(rng.normal(5, 2, 25))) for _ in range(60)]
    assert 51 <= sum(low <= 5 <= high for low, high in spans) <= 60


def test_the_interval_of_too_few_or_equal_values():
    assert interval([]) is None
    assert interval([3.0]) is None
    assert interval([3.0] * 5) == (3.0, 3.0)


@pytest.mark.parametrize("seeds", [2, 3, 4])
def test_below_five_values_there_is_no_interval(seeds):
    values = [10.0, 12.0, 15.0, 40.0, 11.0]
    assert interval(values[:seeds]) is None
    assert interval(values) is not None


def test_figures_of_any_size_have_a_finite_interval_and_test():
    large = [1e308, 1.1e308, 1.7e308, 0.9e308, 1.2e308]
    small = [math.ldexp(value, -1020) for value in large]
    assert interval(large) == tuple(math.ldexp(end, 1020) for end in interval(small))
    other = [-value for value in large]
    assert paired(large, other).difference == sys.float_info.max
    assert paired(large, other).p == paired(small, [-v for v in small]).p == 0.0625
