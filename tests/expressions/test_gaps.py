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


def test_bce_of_probabilities_and_of_scores_are_nearly_equal():
    """They differ by the epsilon inside the logarithm, at large scores."""
    for gap in zoo.bce.gaps(zoo.bce_logits):
        assert 1e-7 < gap.size < 1e-4
        assert abs(gap.at) > 7
