"""Instability: the noise of a curve's second half, as a part of its size."""

from __future__ import annotations

import math

import pytest

from lossgp.trainers.gan.instability import instability, noise


def test_a_constant_curve_is_steady_and_one_that_swings_about_zero_is_not() -> None:
    assert instability([3.0] * 8) == 0
    assert instability([1.0, -1.0] * 4) == pytest.approx(math.sqrt(2))


def test_it_is_the_standard_deviation_of_noise_over_the_size() -> None:
    """Differences of 0.2 and size 10: 0.2 / sqrt(2) / 10, about."""
    assert instability([10.0, 10.2] * 8) == pytest.approx(0.2 / math.sqrt(2) / 10.1, rel=1e-3)


def test_a_curve_that_falls_smoothly_is_steadier_than_one_that_swings_as_far() -> None:
    falling = [20 - step for step in range(16)]
    swinging = [8.0 + 4 * (-1) ** step for step in range(16)]
    assert instability(falling) < 0.2 * instability(swinging)  # type: ignore[operator]


def test_scale_and_sign_do_not_count_and_the_first_half_does_not() -> None:
    curve = [5.0, 4.0, 6.0, 5.5, 4.5, 5.2]
    found = instability(curve)
    assert instability([-1000 * point for point in curve]) == pytest.approx(found)
    assert instability([9e9, -9e9, 0.0, *curve[3:]]) == pytest.approx(found)


@pytest.mark.parametrize("curve", [[], [1.0] * 4, [0.0] * 8, [math.nan] * 8])
def test_too_few_points_and_zeros_have_none(curve: list[float]) -> None:
    assert instability(curve) is None


def test_points_that_are_not_finite_are_left_out_and_large_ones_do_not_overflow() -> None:
    curve = [1.0, 2.0, 1.0, 2.0, 1.0, 2.0]
    assert instability([math.inf, *curve, math.nan]) == instability(curve)
    assert instability([1e300, 2e300] * 4) == pytest.approx(instability([1.0, 2.0] * 4))


def test_noise_is_in_the_curves_unit_and_independent_of_its_size() -> None:
    curve = [5.0, 4.0, 6.0, 5.5, 4.5, 5.2]
    found = noise(curve)
    assert found == pytest.approx(math.hypot(1.0, 0.7) / 2)
    assert noise([point + 1000 for point in curve]) == pytest.approx(found)
    assert noise([3 * point for point in curve]) == pytest.approx(3 * found)  # type: ignore[operator]
    assert noise([9e9, -9e9, 0.0, *curve[3:]]) == pytest.approx(found)


def test_a_steady_estimate_near_zero_is_noisy_as_a_part_of_its_size_alone() -> None:
    """Of scores with a spread of 1: sampling noise of hundredths around nothing learned."""
    little = [0.01 * (-1) ** step for step in range(16)]
    much = [10 + 0.01 * (-1) ** step for step in range(16)]
    assert noise(little) == pytest.approx(noise(much), rel=1e-6)
    assert instability(little) > 100 * instability(much)  # type: ignore[operator]


def test_noise_of_too_few_points_is_none_of_zeros_zero_and_large_ones_do_not_overflow() -> None:
    assert noise([]) is None
    assert noise([1.0] * 4) is None
    assert noise([0.0] * 8) == 0
    assert noise([math.nan, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0]) == pytest.approx(math.sqrt(0.5))
    assert noise([1e300, 2e300] * 4) == pytest.approx(1e300 * math.sqrt(0.5))
