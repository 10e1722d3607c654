import json
import math
import subprocess
import sys
from random import Random

import numpy as np
import pytest

from lossgp.analysis import (
    analyse,
    curves,
    divergence,
    gradient_health,
    learning_rate,
    measured_frequency,
    screen,
    sentences,
    stability,
)
from lossgp.analysis.game import Game
from lossgp.expressions import EPSILON, Y_PRED, Loss, LossPair, zoo
from lossgp.expressions.tree import holds
from lossgp.search.random_trees import Grammar, ramped
from lossgp.search.settings import SearchSettings

BCE = analyse(zoo.entry("bce").loss)


@pytest.mark.parametrize("name", zoo.names())
@pytest.mark.parametrize("epsilon", [0.0, EPSILON])
def test_every_known_loss_is_analysed_without_a_warning(name, epsilon):
    found = analyse(zoo.entry(name).loss, epsilon=epsilon)
    json.dumps(found.to_json(), allow_nan=False)
    assert all(label and value for label, value in found.rows())
    assert all(s.endswith(".") and "nan" not in s for s in sentences(found, BCE))


@pytest.mark.parametrize("operators", ["paper", "extended"])
def test_random_candidates_are_analysed_whatever_they_are(operators):
    grammar = Grammar.of(SearchSettings(operators=operators))
    rng = Random(7)
    for slot in range(150):
        tree = ramped(rng, grammar, range(2, 7), slot)
        if holds(tree, Y_PRED):
            found = analyse(Loss(tree))
            json.dumps(found.to_json(), allow_nan=False)
            sentences(found, BCE)
            screen(Loss(tree))


def test_the_sentences_about_ganetic():
    first, second, third = sentences(analyse(zoo.entry("ganetic").loss), BCE)
    assert first.startswith("Like one-sided label smoothing at 0.7302")
    assert "54.5 times BCE's" in second
    assert "beyond p = 0.7302" in second
    assert "ω = 0.2586" in third


def test_a_scaled_loss_is_the_same_loss_at_another_learning_rate():
    loss = Loss.parse(f"7*({zoo.entry('bce').loss.text()})")
    assert learning_rate(loss) == pytest.approx(7)
    assert divergence(loss).name == "non-saturating-like"
    assert stability(loss).score == pytest.approx(0, abs=1e-12)


def test_the_minimax_generator_saturates_and_the_flipped_one_does_not():
    minimax, bce = (gradient_health(zoo.entry(n).loss) for n in ("minimax", "bce"))
    assert minimax.saturation[1] < 1e-3
    assert bce.saturation[1] == pytest.approx(1)


@pytest.mark.parametrize(
    "formula",
    [
        "cos(y_real/y_pred)",
        "y_real*0.1*exp(-(5000*(y_pred - 0.31113))**2) + (y_pred - y_real)**2",
        "y_real*tanh(3e4*(y_pred - 0.7123)) + y_pred",
        "sin(300*score)*y_real + score",
    ],
)
def test_the_largest_pull_is_that_of_a_dense_grid(formula):
    loss = Loss.parse(formula)
    s = np.linspace(-8, 8, 2_000_001)
    variable = s if loss.link == "identity" else 1 / (1 + np.exp(-s))
    slope = curves(loss, variable, epsilon=0.0).generator.score_slope
    assert gradient_health(loss).largest == pytest.approx(np.abs(slope).max(), rel=1e-3)


def test_the_pull_is_infinite_at_a_pole_and_at_a_cusp():
    for formula in ("y_real*log(y_pred - 0.3) + y_pred", "y_real*sqrt(y_pred - 0.3) + y_pred"):
        found = gradient_health(Loss.parse(formula))
        assert (found.largest, found.explodes) == (math.inf, True)


def test_mirrored_bce_is_as_healthy_as_bce():
    f1, bce = (gradient_health(zoo.entry(n).loss) for n in ("f1", "bce"))
    assert f1.pull == pytest.approx(bce.pull)
    assert f1.saturation == pytest.approx(bce.saturation)


def test_a_pair_is_told_from_its_parts():
    pair = LossPair(zoo.entry("bce").loss, zoo.entry("least_squares_sigmoid").loss)
    found = analyse(pair)
    assert found.calibration.kind == "proper"
    assert found.minimax.name == "Jensen-Shannon-like"
    assert found.gradients.pull[2] == pytest.approx(-0.25)
    assert found.stability.frequency == pytest.approx(math.sqrt(0.5 * 0.25))
    assert measured_frequency(pair) == pytest.approx(found.stability.frequency, rel=1e-3)


def test_an_r1_penalty_over_the_critical_weight_stops_the_oscillation():
    local = stability(zoo.entry("bce").loss)
    assert local.eigenvalues() == (pytest.approx(0.5j), pytest.approx(-0.5j))
    assert all(v.imag == 0 and v.real < 0 for v in local.eigenvalues(1.5 * local.critical_r1))
    assert all(v.imag != 0 and v.real < 0 for v in local.eigenvalues(0.5 * local.critical_r1))


@pytest.mark.parametrize(
    ("formula", "at"),
    [
        ("abs(y_pred - 0.3)*y_real + (1 - y_real)*0.2*y_pred", 0.3),
        ("abs(y_pred - 0.3) + 0.1*y_real*y_pred", 0.3),
        ("sqrt(abs(y_pred - 0.3)) + 0.1*y_real*y_pred", 0.3),
        ("log(abs(y_pred - 0.4)) + 0.1*y_real*y_pred", 0.4),
        ("abs(y_pred - 0.5)*y_real + (1 - y_real)*0.3*y_pred", 0.5),
    ],
)
def test_at_a_corner_of_the_loss_no_frequency_is_told(formula, at):
    local = stability(Loss.parse(formula))
    assert local.prediction == pytest.approx(at, rel=1e-14)
    assert local.restoring == math.inf
    assert math.isnan(local.frequency)
    assert not local.is_settled


def test_at_the_edge_of_a_flat_stretch_nothing_holds_the_discriminator():
    local = stability(Loss.parse("max(y_real*y_pred, 0.7)"))
    assert local.prediction == pytest.approx(0.7)
    assert local.restoring == 0
    assert local.frequency == 0  # D learns nothing of generated samples
    assert not local.is_smooth


def test_a_corner_on_real_samples_leaves_the_frequency():
    pair = LossPair.parse("D: abs(y_pred - 0.3)*y_real + (1 - y_real)*0.2*y_pred; G: -log(y_pred)")
    local = stability(pair)
    slopes = 0.2 * 0.3 * 0.7, -0.7
    assert local.restoring == math.inf
    assert local.frequency == pytest.approx(math.sqrt(-slopes[0] * slopes[1]))


def test_wasserstein_has_nothing_that_holds_the_discriminator():
    local = stability(zoo.entry("wasserstein").loss)
    assert local.restoring == 0
    assert not local.is_settled
    with pytest.raises(ValueError, match="no equilibrium"):
        measured_frequency(zoo.entry("wasserstein").loss)


def test_a_loss_without_a_limit_is_taken_with_the_epsilon_that_is_trained():
    loss = Loss.parse("y_pred**2*(1 - y_real) + y_real*(1 - y_pred)/(y_pred*0)")
    assert Game.of(loss).epsilon in (0.0, EPSILON)
    assert np.isfinite(Game.of(loss).terrain.real.value).all()


@pytest.mark.parametrize("epsilon", [-1e-8, math.inf, math.nan])
def test_epsilon_is_not_negative(epsilon):
    with pytest.raises(ValueError, match="epsilon"):
        analyse(zoo.entry("bce").loss, epsilon=epsilon)


def test_importing_the_analysis_is_light():
    code = (
        "import sys, lossgp.analysis; "
        "print([m for m in ('matplotlib', 'scipy', 'torch', 'ray') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["f1", "f2", "f3"])
def test_a_mirrored_loss_is_told_in_plain_words(name):
    analysis, bce = (analyse(zoo.entry(n).loss) for n in (name, "bce"))
    first, second, _ = sentences(analysis, bce)
    assert first.startswith("The labels change places")
    assert "reads inverted" in first
    assert "(s = 8)" in second
    assert dict(analysis.rows())["Optimal discriminator"] == "mirrored: high on generated"


def test_endless_oscillation_is_said_and_not_listed():
    analysis = analyse(Loss.parse("sin(1/y_pred) + y_real"))
    rows = dict(analysis.rows())
    assert "oscillates" in rows["Minimum, real samples"]
    assert rows["Pull changes its sign at"].endswith("without end")
