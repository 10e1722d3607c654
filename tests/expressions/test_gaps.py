"""Where two losses differ most, and what `lossgp same` says of it."""

from __future__ import annotations

import math

import pytest

from lossgp.expressions import Loss, zoo


def test_the_place_and_the_size_are_the_true_ones():
    values, slopes = Loss.parse("(p - y)**2").gaps(Loss.parse("(p - y)**2 + 0.5*y*p"))
    assert (values.label, slopes.label) == (1, 1)
    assert values.second - values.first == pytest.approx(0.5 * values.at)
    assert values.size == pytest.approx(0.5 * values.at / (1 + (values.at - 1) ** 2))
    assert values.at > 0.99
    assert slopes.second - slopes.first == pytest.approx(0.5)


def test_a_loss_does_not_differ_from_itself():
    assert [gap.size for gap in zoo.ganetic.gaps(zoo.ganetic)] == [0.0, 0.0]


def test_an_infinite_value_is_the_largest_gap():
    values, _ = Loss.parse("p + y").gaps(Loss.parse("p*1e300*1e300 + y"))
    assert math.isinf(values.size)


def test_bce_of_probabilities_and_of_scores_are_nearly_equal_at_usual_scores():
    """They differ by the epsilon inside the logarithm, which cuts at a score of 18."""
    for gap in zoo.bce.gaps(zoo.bce_logits, reach=8):
        assert 1e-7 < gap.size < 1e-4
        assert abs(gap.at) > 7
        assert (gap.low, gap.high) == (-8, 8)
    values, _ = zoo.bce.gaps(zoo.bce_logits)
    assert (abs(values.at), values.low, values.high) == (40, -40, 40)
    assert values.first == pytest.approx(-math.log(1e-8), abs=1e-6)
    assert values.second == pytest.approx(40)


def test_the_largest_gap_lies_between_grid_points():
    """Where a tent of height 1e-3 stands, its top and its steep sides are named."""
    values, slopes = Loss.parse("(p - y)**2").gaps(
        Loss.parse("(p - y)**2 + max(0, 0.001 - abs(p - 0.5037))")
    )
    assert values.at == pytest.approx(0.5037, abs=1e-12)
    assert values.second - values.first == pytest.approx(1e-3)
    assert abs(slopes.second - slopes.first) == pytest.approx(1)
    assert values.points > 2_000


def test_a_pole_that_both_have_is_not_named():
    """Beside the pole rounding makes differences of 1e8, which say nothing."""
    a = Loss.parse("y/(p - 0.3) + p")
    values, _ = a.gaps(Loss.parse("y/(p - 0.3) + p + 0.5*max(0, 0.8 - p)*max(0, p - 0.6)"))
    assert values.at == pytest.approx(0.7, abs=0.02)
