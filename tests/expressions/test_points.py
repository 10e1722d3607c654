"""The points at which losses are compared hold every place where one of them is sharp."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossgp.expressions import Loss
from lossgp.expressions.domain import DOMAIN
from lossgp.expressions.points import looked_at


def points(formula, label=1):
    loss = Loss.parse(formula)
    p, y = looked_at([loss.expr], loss.link)
    return p[y == label]


@pytest.mark.parametrize(
    ("formula", "places"),
    [
        ("y*abs(p - 0.5037) + p", [0.5037]),
        ("y*max(p, 0.12345) + p", [0.12345]),
        ("y/cos(4*p) + p", [np.pi / 8]),
        ("y*log(p**2 - 0.3*p + 0.02) + p", [0.1, 0.2]),
        ("y*sqrt(p**2 - 0.6*p + 0.09) + p", [0.3]),  # the argument only touches zero
        ("exp(score - 30) + y", [30.0]),
        ("y*max(0, 0.001 - abs(p - 0.5037)) + p", [0.5027, 0.5037, 0.5047]),
    ],
)
def test_sharp_places_are_looked_at_from_near(formula, places):
    found = points(formula)
    for place in places:
        assert np.abs(found - place).min() <= 1e-8
        for off in (1e-6, 1e-4, 1e-2):
            for sign in (-1, 1):
                assert np.abs(found - place - sign * off).min() <= 0.01 * off + 2e-8


def test_the_whole_range_is_looked_at():
    for formula in ("(p - y)**2", "(score - y)**2"):
        loss = Loss.parse(formula)
        low, high = DOMAIN[loss.link]
        found = points(formula)
        assert (found[0], found[-1]) == (low, high)
        assert np.diff(found).max() <= (high - low) / 1000
        assert np.abs(found - low).min() == 0 < np.abs(found - low)[1] <= 1e-14


@given(st.floats(0.01, 0.99), st.floats(1e-3, 0.02))
def test_two_corners_in_one_cell_are_both_found(place, width):
    found = points(f"y*max(0, {width} - abs(p - {place})) + p")
    for corner in (place - width, place, place + width):
        if 0 < corner < 1:
            assert np.abs(found - corner).min() <= 1e-14


def test_a_loss_that_turns_without_end_takes_bounded_time():
    """Half a million turns for the label 0; some of them are looked at, evenly spread."""
    found = points("cos(0.1128*(y_pred/y_real)) + y_pred", label=0)
    assert 5_000 < len(found) < 50_000
    assert np.diff(found).max() <= 1e-3
