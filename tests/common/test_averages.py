"""Means and spreads of figures that are as large as floats can be."""

from __future__ import annotations

import math
import statistics
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossgp.common.averages import deviation, mean

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.floats(-1e100, 1e100), min_size=2, max_size=9))
def test_usual_figures_are_averaged_as_ever_to_the_bit(values):
    assert mean(values) == math.fsum(values) / len(values)
    assert deviation(values) == statistics.stdev(values)


@given(st.lists(FINITE, min_size=2, max_size=9))
def test_every_list_of_floats_has_a_mean_within_it_and_a_finite_spread(values):
    least, most = math.nextafter(min(values), -math.inf), math.nextafter(max(values), math.inf)
    assert least <= mean(values) <= most
    assert 0 <= deviation(values) < math.inf


def test_the_largest_floats():
    assert mean([1e308, 1e308, 1.3e308]) == pytest.approx(1.1e308)
    assert deviation([1e308, 1.2e308]) == pytest.approx(0.2e308 / 2**0.5)
    assert deviation([-1.7e308, 1.7e308]) == sys.float_info.max
