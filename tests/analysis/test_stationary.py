import io
import json
import math
import signal
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossgp.analysis import closed_form, minima, stationary_points
from lossgp.analysis.brackets import inverse_cubic, zeros
from lossgp.analysis.closed_form import closed_forms
from lossgp.analysis.sides import Sides
from lossgp.expressions import Loss, zoo


@given(st.floats(0.02, 0.98))
def test_the_minimum_of_a_parabola_is_found(centre):
    (point,) = minima(Loss.parse(f"(y_pred - {centre!r})**2 + y_real"))
    assert point.at == pytest.approx(centre, rel=1e-12)
    assert point.curvature == pytest.approx(2)
    assert point.place == "inside"
    assert point.low <= centre <= point.high


@given(st.floats(0.1, 0.9))
def test_a_kink_is_a_minimum_without_curvature(centre):
    (point,) = minima(Loss.parse(f"abs(y_pred - {centre!r}) + y_real"))
    assert point.at == pytest.approx(centre, rel=1e-9)
    assert point.place == "kink"
    assert math.isnan(point.curvature)


@given(st.floats(0.1, 0.9))
def test_where_a_logarithm_is_infinite_is_a_pole(centre):
    (point,) = minima(Loss.parse(f"log(abs(y_pred - {centre!r})) + y_real"))
    assert point.at == pytest.approx(centre, rel=1e-9)
    assert (point.place, point.value) == ("pole", -math.inf)


@pytest.mark.parametrize("power", [0.3, 0.5, 0.75])
def test_where_the_slope_is_infinite_is_a_cusp(power):
    (point,) = minima(Loss.parse(f"abs(y_pred - 0.37)**{power} + y_real"))
    assert point.at == pytest.approx(0.37, rel=1e-9)
    assert point.place == "cusp"
    assert point.value == pytest.approx(1, abs=2e-3)


def test_with_epsilon_kept_a_logarithm_has_no_pole():
    (point,) = minima(Loss.parse("log(abs(y_pred - 0.4)) + y_real"), epsilon=1e-8)
    assert point.place != "pole"
    assert point.value == pytest.approx(1 + math.log(1e-8), abs=0.1)


def test_two_turns_between_neighbours_of_the_grid_are_found():
    # A dip of width 0.001 between two points of the grid, which are 0.003 apart.
    shape = stationary_points(Loss.parse("y_pred + y_real*0 - exp(-(1e3*(y_pred - 0.5014))**2)"))
    places = [point.at for point in shape.real.minima]
    assert len(places) == 2
    assert places[1] == pytest.approx(0.5014, abs=1e-4)


def test_many_minima_are_all_found():
    (*_, last) = points = minima(Loss.parse("cos(100*y_pred) + y_real"))
    assert len(points) == 16
    expected = np.pi * (2 * np.arange(16) + 1) / 100
    assert [point.at for point in points] == pytest.approx(expected, rel=1e-12)
    assert last.value == pytest.approx(0)


def test_rounding_makes_no_minima():
    shape = stationary_points(Loss.parse("sin(y_pred)**2 + cos(y_pred)**2 + y_real*y_pred"))
    assert len(shape.real.points) == 2
    assert shape.real.trend == "rising"


def test_bce_is_falling_convex_and_unbounded():
    real = stationary_points(zoo.entry("bce").loss).real
    assert (real.trend, real.bend) == ("falling", "convex")
    assert (real.at_lower, real.at_upper) == (math.inf, 0)
    assert not real.bounded_above
    assert real.bounded_below
    assert real.lowest.place == "upper end"


def test_with_epsilon_kept_bce_is_bounded():
    real = stationary_points(zoo.entry("bce").loss, epsilon=1e-8).real
    assert real.at_lower == pytest.approx(-math.log(1e-8))


def test_hinge_is_flat_past_the_margin():
    shapes = stationary_points(zoo.entry("hinge").loss)
    point = shapes.real.lowest
    assert point.is_flat
    assert point.low == pytest.approx(1, abs=0.1)
    assert point.value == 0
    assert shapes.generator.lowest.value == -math.inf


def test_least_squares_on_scores_has_its_minima_at_the_labels():
    loss = zoo.entry("least_squares").loss
    assert [minima(loss, label)[0].at for label in (1, 0)] == pytest.approx([1, 0], abs=1e-12)


def test_f3_has_an_infinite_curvature_at_one_over_e():
    (point,) = minima(zoo.entry("f3").loss)
    assert point.at == pytest.approx(1 / math.e, rel=1e-9)
    assert point.curvature == math.inf


def test_a_pole_inside_is_called_a_pole():
    shape = stationary_points(Loss.parse("1/(y_pred - 0.3)**2 + y_real")).real
    (pole,) = [point for point in shape.points if point.place == "pole"]
    assert pole.kind == "maximum"
    assert pole.at == pytest.approx(0.3, abs=1e-6)
    assert not shape.bounded_above


def test_a_constant_side_has_no_points():
    shape = stationary_points(Loss.parse("y_real*y_pred")).fake
    assert shape.points == ()
    assert (shape.trend, shape.bend) == ("constant", "straight")


@pytest.mark.parametrize("label", [2, -1, 0.5])
def test_a_label_is_0_or_1(label):
    with pytest.raises(ValueError, match="must be 1"):
        minima(zoo.entry("bce").loss, label)


def test_closed_forms_know_powers_and_give_up_in_time():
    (point,) = minima(Loss.parse("2.5*y_pred**2 - 1.5*y_pred + y_real"), closed_form=True)
    assert point.closed_form.value == pytest.approx(0.3)
    assert point.closed_form.text == "beta/(2*alpha)"
    hard = minima(Loss.parse("sin(y_pred*3.1) + exp(cos(9*y_pred)) + y_real"), closed_form=True)
    assert [point.closed_form for point in hard] == [None] * len(hard)
    assert any(point.place == "inside" for point in hard)


def test_the_time_for_closed_forms_is_that_of_the_solver(monkeypatch):
    side = Sides.of(zoo.ganetic).real
    assert closed_forms(side, time_limit=60)[0].text == "(sqrt(alpha)/6)**(2/7)"
    assert closed_forms(side, time_limit=1e-6) == ()
    # It counts from when the child has started and read what is asked.
    done = []
    monkeypatch.setattr(signal, "setitimer", lambda *timer: done.append(timer))
    monkeypatch.setattr(closed_form, "_solve", lambda *_: done.append("solved") or [])
    asked = json.dumps({"formula": "y_pred", "link": "sigmoid", "seconds": 3.0})
    monkeypatch.setattr(sys, "stdin", io.StringIO(asked))
    closed_form.main()
    assert done == [(signal.ITIMER_PROF, 3.0), "solved"]


@pytest.mark.parametrize(
    ("formula", "complete"),
    [
        ("sin(30*y_pred) + y_real", True),
        ("sin(1/y_pred) + y_real", False),
        ("sqrt(abs(sin(9*y_pred))) + y_real", True),
        ("y_pred*y_real/y_pred", True),
    ],
)
def test_a_loss_that_oscillates_without_end_is_said_to_be_incomplete(formula, complete):
    shape = stationary_points(Loss.parse(formula)).real
    assert shape.is_complete is complete
    assert len(shape.points) <= 42


@given(st.lists(st.floats(0.05, 0.95), min_size=1, max_size=6, unique=True), st.booleans())
def test_brackets_find_smooth_zeros_kinks_and_poles(places, told):
    at = np.array(places)
    ends = np.zeros(len(at)), np.ones(len(at))
    rising = np.ones(len(at), dtype=bool)

    def smooth(x, which, *, curved=True):
        d = x - at[which, None]
        return d + d**3, 1.0 + 3.0 * d**2

    def jumping(x, which, *, curved=True):
        d = x - at[which, None]
        return np.sign(d) + 0.0 * d, 0.0 * d

    def pole(x, which, *, curved=True):
        d = x - at[which, None]
        with np.errstate(divide="ignore"):
            return 1.0 / d, -1.0 / d**2

    # Two of them in one cell, and what is smooth all the same.
    corners = np.sort([*places, 0.5])

    for function, error in ((smooth, 1e-12), (jumping, 1e-8), (pole, 1e-8)):
        x, low, high = zeros(function, *ends, rising, corners if told else None)
        assert np.abs(x - at).max() <= (1e-12 if told else error)
        assert (low <= at).all()
        assert (at <= high).all()


@given(st.floats(0.1, 0.9), st.floats(0.2, 5.0), st.booleans())
def test_an_inverse_cubic_starts_next_to_the_zero(at, bend, falling):
    sign = -1.0 if falling else 1.0

    def function(x):
        d = x - at
        return sign * (d + 0.1 * bend * d**2), sign * (1.0 + 0.2 * bend * d)

    low, high = np.array([at - 0.1]), np.array([at + 0.07])
    start = inverse_cubic(low, high, function(low), function(high))
    assert start == pytest.approx(at, abs=1e-4)


def test_an_inverse_cubic_without_sense_starts_in_the_middle():
    flat = np.array([0.0]), np.array([0.0])
    endless = np.array([np.inf]), np.array([np.nan])
    assert inverse_cubic(np.array([1.0]), np.array([2.0]), flat, endless) == 1.5


@pytest.mark.parametrize(
    ("formula", "at", "place"),
    [
        ("abs(y_pred - 0.3) + 0.2*y_pred + y_real", 0.3, "kink"),
        ("abs(y_pred - 0.5) + 0.2*y_pred + y_real", 0.5, "kink"),
        ("abs(y_pred - 0.25) - 0.2*y_pred + y_real", 0.25, "kink"),
        ("max(1.2*y_pred, 1 - 0.8*y_pred) + y_real", 0.5, "kink"),
        ("abs(score) + 0.2*score + y_real", 0.0, "kink"),
        ("abs(score - 1) - 0.2*score + y_real", 1.0, "kink"),
        ("sqrt(y_pred*y_pred - 0.2) + y_real", np.sqrt(0.2), "cusp"),
        ("log(sin(y_pred - 0.7)) + y_real", 0.7, "pole"),
        ("max(y_pred, 0.9 - 2*y_pred) + y_real", 0.3, "kink"),
        ("log((y_pred - 0.7)*(y_pred - 0.7)) + y_real", 0.7, "pole"),
    ],
)
def test_corners_are_found_to_the_last_digits(formula, at, place):
    (point,) = (p for p in minima(Loss.parse(formula)) if p.place == place)
    assert point.at == pytest.approx(at, rel=1e-14)
    assert point.low <= at <= point.high


def test_what_is_undefined_at_a_point_is_no_pole():
    (point,) = minima(
        Loss.parse("abs(y_pred - 0.3) - 0.3*(y_pred - 0.3)*log(y_pred - 0.3)/9 + y_real")
    )
    assert point.place != "pole"
    assert point.at == pytest.approx(0.3, abs=1e-6)
    assert point.value == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize(
    ("formula", "lower"),
    [
        ("sin(1/y_pred)", np.nan),
        ("cos(log(y_pred))", np.nan),
        ("y_pred*sin(1/y_pred)", 0.0),
        ("log(y_pred)", -np.inf),
        ("log(log(y_pred))", np.inf),
        ("log(log(log(y_pred)))", np.inf),
        ("0.001*log(y_pred)", -np.inf),
        ("y_pred**-0.001", np.inf),
    ],
)
def test_a_loss_that_oscillates_at_an_end_has_no_limit_there(formula, lower):
    shape = stationary_points(Loss.parse(formula + " + y_real*0")).real
    assert shape.at_lower == pytest.approx(lower, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize(
    ("formula", "bend"),
    [
        ("max(0, 0.6 - y_pred) + y_real", "convex"),
        ("min(y_pred, 0.45) + y_real", "concave"),
        ("y_pred**2 - abs(y_pred - 0.3) + y_real", "neither"),
        ("2*y_pred + y_real", "straight"),
        ("-log(y_pred) + y_real", "convex"),
        ("sqrt(y_pred) + y_real", "concave"),
    ],
)
def test_kinks_count_for_the_bend(formula, bend):
    assert stationary_points(Loss.parse(formula)).real.bend == bend


def test_hinge_is_convex():
    shapes = stationary_points(zoo.entry("hinge").loss)
    assert [s.bend for s in (shapes.real, shapes.fake)] == ["convex", "convex"]
