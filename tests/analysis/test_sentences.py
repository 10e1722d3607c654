"""The three sentences and the table are true of the numbers, whatever the loss."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossgp.analysis import Analysis, analyse, sentences
from lossgp.analysis.sentences import _multiple
from lossgp.analysis.telling import digits, span_text
from lossgp.expressions import Loss, LossPair, zoo

BCE = analyse(zoo.entry("bce").loss)
CROSS_ENTROPY = "-y_real*log(y_pred) - (1 - y_real)*log(1 - y_pred)"


def told(formula: str) -> tuple[Analysis, tuple[str, str, str]]:
    pair = LossPair.parse(formula)
    found = analyse(pair.discriminator if pair.is_single else pair)
    return found, sentences(found, BCE)


def test_a_generator_that_is_pushed_away_minimises_no_divergence():
    found, (first, second, third) = told(f"D: {CROSS_ENTROPY}; G: y_pred")
    assert found.divergence.name.startswith("no divergence")
    assert not found.divergence.is_convex
    assert "calibrated" in first
    assert second.endswith("1/3,000 of BCE's and points the wrong way.")
    assert "runs off" in third


def test_a_generator_that_is_pushed_away_at_some_ratios_minimises_no_divergence():
    found, (_, second, _) = told("D: (y_pred - y_real)**2; G: cos(9*y_pred)")
    assert found.divergence.name == "no divergence: G is pushed off at some ratios"
    assert found.divergence.leaning == "unknown"
    assert second.endswith("and it changes its direction at p = 0.3491, 0.6981.")


def test_a_generator_without_a_gradient_is_not_said_to_leave_d_alone():
    found, (_, second, third) = told(f"D: {CROSS_ENTROPY}; G: y_pred*0 + 1")
    assert found.divergence.name == "no divergence: G's loss is flat along D*"
    assert "give it no gradient" in second
    assert "do not act on each other" in third
    assert "Nothing holds" not in third


def test_a_generator_that_is_turned_back_on_scores_is_told_the_score():
    _, (first, second, _) = told("(score - y_real)**2")
    assert first.startswith("The optimal score rises")
    assert second.endswith("beyond a score of 1 it is pushed back.")


def test_a_discriminator_that_rises_and_rests_does_not_jump():
    _, (first, _, _) = told("y_real/y_pred**3 + y_pred")
    assert "rises" in first
    _, (first, _, _) = told("D: (score - y_real)**2; G: (score - 0.5)**2")
    assert "rises" in first


@pytest.mark.parametrize(
    ("formula", "place"),
    [
        ("abs(y_pred - y_real)", "where real and generated samples are equally frequent"),
        ("sqrt(abs(y_pred - y_real))", "where real and generated samples are equally frequent"),
        ("0.3*(1 - y_real)*y_pred + 0.7*y_real*(1 - y_pred)", "of about 0.3"),
        ("0.51*(1 - y_real)*y_pred + 0.49*y_real*(1 - y_pred)", "of about 0.51"),
    ],
)
def test_a_jump_is_placed(formula, place):
    _, (first, _, _) = told(formula)
    assert first.startswith("The optimal discriminator decides: it jumps from 0 to 1")
    assert place in first


def test_an_equilibrium_at_a_pole_is_not_said_to_lack_a_constraint():
    found, (_, _, third) = told("log(cos(log(y_real/y_pred + exp(y_pred))))")
    assert found.stability.restoring == math.inf
    assert "no lower bound" in third


def test_a_disordered_discriminator_is_not_said_to_be_read():
    # D rests near 0.3, then near 0.9, and near 0.2 at last.
    found, (first, _, _) = told(
        "y_real*min(400*(y_pred - 0.2)**2, (y_pred - 0.9)**2 + 0.1)"
        " + (1 - y_real)*min(400*(y_pred - 0.3)**2, (y_pred - 0.9)**2 + 0.1)"
    )
    assert found.calibration.kind == "disordered"
    assert "neither rises nor falls" in first
    # The more real data, the lower their loss under the optimal D: its generator still gains.
    assert found.divergence.is_convex


def test_a_generator_that_a_jump_of_d_pushes_off_minimises_no_divergence():
    # D* rests near 0.2 and near 0.8 and jumps between them; G's loss is higher at 0.8.
    wells = "(y_pred - 0.2)**2*(y_pred - 0.8)**2*100 + 0.5*(y_pred - y_real)**2"
    found, _ = told(f"D: {wells}; G: y_pred - 0.2*sin(12*y_pred - 2.858)")
    assert (found.divergence.second >= 0).all()
    assert not found.divergence.is_convex


def test_an_equilibrium_at_the_end_of_the_range_is_none():
    found, (_, _, third) = told("(1 - 2*y_real)*y_pred + 0.2*y_pred**2")
    assert math.isnan(found.stability.score)
    assert third.startswith("The game has no equilibrium inside the range of D")


def test_a_constant_loss_is_told_without_silly_multiples():
    found, (first, second, third) = told("y_pred*0 + y_real")
    assert "cannot train a GAN" in first
    assert "no divergence: D* is constant" in second
    assert third.endswith("the loss gives D no gradient.")
    assert dict(found.rows())["Range, real samples"] == "1"


def test_large_and_small_multiples_are_readable():
    assert _multiple(500.2) == "500 times"
    assert _multiple(2983.4) == "2,983 times"
    assert _multiple(0.000335) == "1/3,000 of"
    assert _multiple(1.01) == "the same as"
    assert _multiple(9.3e13) == "9.30e13 times"


@given(st.floats(1e-5, 1e12))
def test_multiples_hold_no_bare_exponent(ratio):
    written = _multiple(ratio)
    assert "e+" not in written
    assert "e-" not in written


@given(st.floats(-1e9, 1e9))
def test_digits_are_close(value):
    written = float(digits(value).replace("−", "-"))
    assert written == pytest.approx(value, rel=0.06, abs=1e-9)
    assert "+" not in digits(value)


def test_a_short_interval_keeps_its_ends_apart():
    assert span_text(0.0, 1e-7) == "[0, 1.0e−7]"
    assert span_text(1 - 1e-7, 1.0) == "[0.9999999, 1]"


def test_another_loss_is_called_by_its_name():
    hinge = analyse(zoo.entry("hinge").loss)
    _, second, third = sentences(BCE, hinge)
    assert "hinge's" in second
    assert "(0.5 times hinge's)" in third
    _, second, third = sentences(BCE, hinge, "run#1")
    assert "run#1's" in second


def test_alone_a_loss_is_held_against_nothing():
    told_alone = sentences(BCE)
    assert "its gradient is 0.9997" in told_alone[1]
    assert not any("times" in sentence for sentence in told_alone)


def test_a_weight_that_is_too_steep_to_follow_is_not_said_to_oscillate():
    steep = analyse(Loss.parse("exp(exp(1/y_pred))*y_real + y_pred"))
    assert not steep.shapes.real.is_complete
    assert "too steep" in dict(steep.rows())["Minimum, real samples"]
    assert "oscillates" not in sentences(steep, BCE)[1]
