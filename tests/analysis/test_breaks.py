"""Poles and jumps inside the range, and what is read off a loss that has one."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossgp.analysis import analyse, calibration, gradient_health, minima, screen, sentences
from lossgp.analysis import stationary_points as shapes
from lossgp.expressions import Loss, zoo

BCE = analyse(zoo.entry("bce").loss)
POLES = [
    ("y_real/(y_pred - 0.3) + (1 - y_real)*y_pred", 0.3),
    ("y_real/cos(4*y_pred) + (1 - y_real)*y_pred", math.pi / 8),
    ("0.01*y_real/(y_pred - 0.8111) + (y_pred - y_real)**2", 0.8111),
    ("y_real/sin(3*y_pred - 1) + (1 - y_real)*y_pred", 1 / 3),
    ("y_real/log(y_pred + 0.4) + (1 - y_real)*y_pred", 0.6),
    ("y_real*(y_pred - 0.45)/((y_pred - 0.3)*(y_pred - 0.3)) + (1 - y_real)*y_pred", 0.3),
]


@pytest.mark.parametrize(("formula", "at"), POLES)
def test_a_loss_that_falls_without_end_at_a_pole_is_said_to(formula, at):
    loss = Loss.parse(formula)
    found = analyse(loss)
    pole = found.shapes.real.lowest
    assert (pole.place, pole.value) == ("pole", -math.inf)
    assert pole.at == pytest.approx(at, rel=1e-14)
    assert not found.shapes.real.bounded_below
    assert (found.shapes.real.trend, found.shapes.real.bend) == ("neither", "neither")
    assert dict(found.rows())["Range, real samples"].startswith("−∞ to ")
    assert found.calibration.kind == "unbounded"
    assert found.calibration.prediction == pytest.approx(at, rel=1e-14)
    assert (found.calibration.bayes_risk == -math.inf).all()
    assert "falls without end" in screen(loss)
    first, second, third = sentences(found, BCE)
    assert f"falls without end at y_pred = {at:.4f}".rstrip("0") in first
    assert "no lower bound" in second
    assert "no equilibrium" in third


@pytest.mark.parametrize(("formula", "at"), POLES[:5])  # ε fills an even pole from below
def test_the_certificate_names_the_pole_that_the_analysis_finds(formula, at):
    found = Loss.parse(formula).certificate()
    assert not found.finite
    assert found.pole == pytest.approx(at, abs=1e-6)  # the protected quotient's is 1e-8 beside


@given(st.floats(0.05, 0.95), st.sampled_from([-3, -1, 1, 3]), st.booleans())
def test_an_odd_pole_is_a_minimum_and_a_maximum(at, power, falling):
    sign = "-" if falling else ""
    shape = shapes(Loss.parse(f"{sign}1/(y_pred - {at!r})**{abs(power)} + 0*y_real")).real
    kinds = [(p.kind, p.value) for p in shape.points if p.place == "pole"]
    low, high = ("minimum", -math.inf), ("maximum", math.inf)
    assert kinds == ([high, low] if falling else [low, high])
    assert [p.kind for p in shape.points] == (
        ["minimum", "maximum", "minimum", "maximum"]
        if falling
        else ["maximum", "minimum", "maximum", "minimum"]
    )
    assert all(p.low <= at <= p.high for p in shape.points if p.place == "pole")


@pytest.mark.parametrize("formula", ["1/(score - 31.7)", "1/sin(score/5)", "1/(exp(score) - 2)"])
def test_poles_are_found_among_scores(formula):
    loss = Loss.parse(f"y_real*{formula} + (score - y_real)**2")
    assert calibration(loss).kind == "unbounded"
    assert screen(loss) is not None


@pytest.mark.parametrize("at", ["1e-7", "0.9999999", "(1 - 1e-9)"])
def test_poles_are_found_next_to_the_ends(at):
    loss = Loss.parse(f"y_real*log(abs(y_pred - {at})) + (1 - y_real)*y_pred")
    assert calibration(loss).kind == "unbounded"


def test_a_pole_that_is_high_on_both_sides_is_one_maximum():
    shape = shapes(Loss.parse("1/(y_pred - 0.3)**2 - 1/(y_pred - 0.3) + 0*y_real")).real
    poles = [p for p in shape.points if p.place == "pole"]
    assert [(p.kind, p.value) for p in poles] == [("maximum", math.inf)]


def test_a_pole_on_one_side_ends_what_falls_towards_it():
    # From below the loss falls to 0, from above it is infinite.
    shape = shapes(Loss.parse("exp(1/(y_pred - 0.3)) + 0*y_real")).real
    poles = [p for p in shape.points if p.place == "pole"]
    assert [(p.kind, p.value) for p in poles] == [("minimum", 0.0), ("maximum", math.inf)]


@pytest.mark.parametrize(("sign", "trend"), [("+", "rising"), ("-", "neither")])
def test_a_jump_counts_where_it_goes_against_the_slope(sign, trend):
    step = "(y_pred - 0.4)/abs(y_pred - 0.4)"
    shape = shapes(Loss.parse(f"2*y_pred {sign} {step} + 0*y_real")).real
    assert shape.trend == trend
    values = [p.value for p in shape.points if p.place == "jump"]
    assert values == pytest.approx([] if sign == "+" else [1.8, -0.2], abs=1e-6)


def test_the_optimum_is_taken_on_the_lower_side_of_a_jump():
    # l₁ = 2p − sign(p − 0.4): its infimum is −0.2, from above 0.4; l₀ pulls to 0.
    step = "(y_pred - 0.4)/abs(y_pred - 0.4)"
    loss = Loss.parse(f"y_real*(2*y_pred - {step}) + (1 - y_real)*y_pred")
    found = calibration(loss, np.array([0.2, 0.9]))
    assert found.prediction == pytest.approx([0, 0.4], abs=1e-9)
    assert found.bayes_risk == pytest.approx([0.2, 0.9 * -0.2 + 0.1 * 0.4], abs=1e-8)


def test_a_pole_that_is_passed_in_one_direction_does_not_turn_the_pull():
    assert gradient_health(Loss.parse(POLES[0][0])).turns == ()


@pytest.mark.parametrize("name", ["bce", "hinge", "least_squares", "ganetic", "f1", "f2", "f3"])
def test_known_losses_have_no_lower_bound_only_where_they_had_none(name):
    found = calibration(zoo.entry(name).loss)
    assert found.kind != "unbounded"
    assert np.isfinite(found.bayes_risk).all()


def test_negated_cross_entropy_has_no_lower_bound():
    found = calibration(Loss.parse("y_real*log(y_pred) + (1 - y_real)*log(1 - y_pred)"))
    assert found.kind == "unbounded"
    assert (found.bayes_risk == -math.inf).all()


def test_an_even_pole_keeps_its_place_to_the_last_digits():
    (pole,) = (p for p in minima(Loss.parse("-1/(y_pred - 0.3)**2 + 0*y_real")))
    assert (pole.place, pole.at) == ("pole", pytest.approx(0.3, rel=1e-14))
