"""The constants of a loss as a list of numbers."""

import pytest

from lossgp.expressions import LossPair, zoo
from lossgp.expressions.coefficients import coefficients, coefficients_of, pair_with


def test_exponents_are_no_constants():
    assert coefficients(zoo.ganetic.expr) == [3.985]
    assert coefficients_of(LossPair.of(zoo.f2)) == []


def test_a_pair_has_those_of_both_and_one_loss_its_own_once():
    pair = LossPair.parse("D: 2*(p - y)**2; G: -3*log(p + 0.5)")
    assert coefficients_of(pair) == [2, -3, 0.5]
    moved = pair_with(pair, [1, 4, 7])
    assert moved.text() == "D: 1 * (y_pred - y_real)**2; G: 4 * log(y_pred + 7)"
    single = pair_with(LossPair.of(zoo.ganetic), [4.5])
    assert single.is_single
    for wrong in ([1, 2], [1, 2, 3, 4]):
        with pytest.raises(ValueError, match="number"):
            pair_with(pair, wrong)
