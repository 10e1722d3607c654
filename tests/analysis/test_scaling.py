"""What is said of a loss does not depend on its unit: only the sizes of gradients do."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossgp.analysis import analyse, screen, sentences
from lossgp.expressions import Loss, LossPair, zoo

FORMULAS = [
    *(zoo.entry(name).loss.text() for name in (
        "bce", "bce_logits", "least_squares", "least_squares_sigmoid",
        "ganetic", "f1", "f2", "f3")),
    "max(0, 1 - (2*y_real - 1)*score)",
    "(1 - 2*y_real)*score",
    "min(1, max(0, 1 - (2*y_real - 1)*score))",
    "log(abs(y_pred - 0.4)) + 0.1*y_real*y_pred",
    "y_real/(y_pred - 0.3) + (1 - y_real)*y_pred",
    "0.001*log(y_pred)*y_real + (1 - y_real)*y_pred",
    "y_real*exp(-score) + (1 - y_real)*exp(score)",
    "sin(-3.0084683155673995*y_pred + (y_real - y_pred)) + cos(exp(exp(y_pred)))",
    "sin(1/y_pred) + y_real*y_pred",
    "y_pred*0 + y_real",
    "y_pred**2 + y_real",
    "sin(y_pred)**2 + cos(y_pred)**2 - 1 + y_real*y_pred",
]  # fmt: skip


def words(found):
    """Return the sentences without the sizes of gradients, which are what a scale changes."""
    first, second, third = sentences(found)
    game, _, rate = third.rpartition("; ")
    sizes = r"(gradient is |ω = |weight |κ = )[-−\d.e]+"
    without = [end for end in ("no gradient", "no bound") if end in rate]
    return first, *(re.sub(sizes, r"\1#", text) for text in (second, game)), without


def readings(found):
    shapes = (found.shapes.real, found.shapes.fake, found.shapes.generator)
    return (
        found.calibration.kind, found.divergence.name, found.minimax.name,
        found.gradients.explodes, found.stability.is_settled, found.stability.is_smooth,
        *((s.trend, s.bend, s.is_complete, s.bounded_below, s.bounded_above) for s in shapes),
        *([(p.kind, p.place, p.is_flat) for p in s.points] for s in shapes),
    )  # fmt: skip


@given(st.sampled_from(FORMULAS), st.integers(-9, 9), st.sampled_from([1.0, 1.7, 8.0]))
def test_nothing_that_is_said_depends_on_the_unit(formula, power, factor):
    loss = Loss.parse(formula)
    scaled = Loss.parse(f"{factor}e{power}*({formula})")
    found, moved = analyse(loss), analyse(scaled)
    assert words(moved) == words(found)
    assert readings(moved) == readings(found)
    assert screen(scaled) == screen(loss)


@given(st.integers(-9, 9), st.integers(-9, 9))
def test_the_players_of_a_pair_have_units_of_their_own(one, other):
    d, g = zoo.entry("bce").loss.text(), "-y_real*log(y_pred)"
    pair = LossPair.parse(f"D: 1e{one}*({d}); G: 1e{other}*({g})")
    plain = LossPair.parse(f"D: {d}; G: {g}")
    found, moved = analyse(plain), analyse(pair)
    assert words(moved)[:3] == words(found)[:3]
    assert readings(moved) == readings(found)
    assert screen(pair) is None


@pytest.mark.parametrize(
    ("scale", "spread", "turn"),
    [("1e-9", "0 to 1.0e−9", "2.5e−10, 5.0e−10"), ("1e9", "0 to 1.00e9", "2.50e8, 5.00e8")],
)
def test_a_scaled_loss_is_told_with_its_sizes(scale, spread, turn):
    found = analyse(Loss.parse(f"{scale}*(y_pred-y_real)**2"))
    rows = dict(found.rows())
    assert rows["Range, real samples"] == spread
    assert rows["ω (eigenvalues ±iω), critical R1"] == turn
    third = sentences(found, analyse(zoo.entry("bce").loss))[2]
    assert "ω = 2.5" in third
    assert "no gradient" not in third
