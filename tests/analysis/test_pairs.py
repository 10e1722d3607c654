"""A loss pair goes through everything that a loss goes through."""

import csv
import json
import math

import numpy as np
import pytest

from lossgp.analysis import (
    analyse,
    calibration,
    card_html,
    curves,
    discriminators,
    divergence,
    divergences,
    gradient_field,
    gradient_health,
    learning_rate,
    make_card,
    measured_frequency,
    optimal_discriminator,
    screen,
    second_derivative,
    shapes,
    stability,
    stationary_points,
    write_card,
    write_csv,
)
from lossgp.expressions import Loss, LossPair, zoo

BCE = zoo.entry("bce").loss
U = np.geomspace(0.02, 50, 11)

# With D calibrated, u = p/(1 − p); h = l_G makes f''(u) = −h'(u)/u what it is to be.
KNOWN = {
    "KL": ("-y_pred/(1 - y_pred)", lambda u: 1 / u),
    "reverse KL": ("log(1 - y_pred) - log(y_pred)", lambda u: 1 / u**2),
    "Pearson chi-squared": ("-(y_pred/(1 - y_pred))**2", lambda u: 2 + 0 * u),
    "Neyman chi-squared": ("(1 - y_pred)/y_pred", lambda u: 1 / u**3),
    "squared Hellinger": ("-sqrt(y_pred/(1 - y_pred))", lambda u: 0.5 / u**1.5),
}


@pytest.mark.parametrize("name", KNOWN)
def test_a_generators_own_loss_makes_the_divergence_it_was_made_for(name):
    formula, weight = KNOWN[name]
    pair = LossPair(BCE, Loss.parse(formula))
    assert second_derivative(pair, U) == pytest.approx(weight(U), rel=1e-7)
    found = divergence(pair)
    assert found.name == f"{name}-like"
    assert found.is_convex


def test_flipped_label_and_minimax_of_a_pair_are_those_of_its_discriminator():
    pair = LossPair(BCE, Loss.parse("(y_pred - 1)**2"))
    for generator in ("flipped", "minimax"):
        of_pair = second_derivative(pair, U, generator)
        assert of_pair == pytest.approx(second_derivative(BCE, U, generator), rel=1e-12)
        assert divergence(pair, generator).name == divergence(BCE, generator).name
    assert divergence(pair).name != divergence(pair, "flipped").name


def test_an_unknown_generator_is_refused():
    with pytest.raises(ValueError, match="'own', 'flipped' or 'minimax'"):
        divergence(BCE, "other")


PAIRS = {
    "probabilities": "D: (y_pred - y_real)**2; G: -log(y_pred)",
    "scores": "D: (score - y_real)**2; G: -score",
    "mixed": "D: max(0, 1 - (2*y_real - 1)*score); G: -log(y_pred)",
    "mixed the other way": "D: (y_pred - y_real)**2; G: -score",
}


@pytest.mark.parametrize("formula", PAIRS.values(), ids=PAIRS)
def test_all_numbers_of_a_pair_come_from_the_right_half(formula):
    pair = LossPair.parse(formula)
    d, g = pair.discriminator, pair.generator
    eta = np.array([0.2, 0.6])
    assert optimal_discriminator(pair, eta) == pytest.approx(optimal_discriminator(d, eta))
    assert calibration(pair).kind == calibration(d).kind
    assert learning_rate(pair) == pytest.approx(learning_rate(d))
    shape, of_d = stationary_points(pair), stationary_points(d)
    assert (shape.real, shape.fake) == (of_d.real, of_d.fake)
    assert shape.generator.trend == "falling"
    own = gradient_health(pair).pull
    p = 1 / (1 + np.exp(np.array([8.0, 4.0, 0.0])))
    steepness = {"-log(y_pred)": p - 1, "-score": -np.ones(3)}[g.text()]
    assert own == pytest.approx(steepness, rel=1e-9)
    assert screen(pair) is None
    json.dumps(analyse(pair).to_json(), allow_nan=False)


def test_curves_of_a_pair_of_both_kinds_meet_on_the_score():
    found = curves(LossPair.parse(PAIRS["mixed"]), np.array([-2.0, 0.0, 2.0]))
    assert found.real.loss.tolist() == [3, 1, 0]
    assert found.generator.score_slope == pytest.approx(found.prediction - 1, rel=1e-6)


def test_a_pair_turns_at_the_frequency_that_theory_says():
    pair = LossPair.parse(PAIRS["scores"])
    local = stability(pair)
    assert local.frequency == pytest.approx(1)
    assert local.critical_r1 == pytest.approx(2)
    assert measured_frequency(pair) == pytest.approx(1, rel=1e-3)


def test_the_penalty_damps_a_pair_as_the_eigenvalues_say():
    pair = LossPair.parse(PAIRS["scores"])
    damped = stability(pair).eigenvalues(1.0)
    assert damped[0] == pytest.approx(complex(-0.5, math.sqrt(0.75)))
    assert measured_frequency(pair, r1=1.0) == pytest.approx(damped[0].imag, rel=1e-3)


@pytest.mark.parametrize("name", ["probabilities", "mixed the other way"])
def test_every_picture_of_a_pair_is_drawn(name, tmp_path):
    pair = LossPair.parse(PAIRS[name])
    for draw in (shapes, discriminators, divergences):
        assert draw({"pair": pair}, tmp_path / f"{draw.__name__}.svg").stat().st_size > 1000
    assert gradient_field(pair, tmp_path / "field.svg").stat().st_size > 1000


def test_the_card_of_a_pair_tells_both_halves(tmp_path):
    card = make_card(LossPair.parse(PAIRS["probabilities"]), name="pair", against="hinge")
    assert [symbol for symbol, _ in card.formulas()] == ["l_D", "l_G", "l_1(p)", "l_0(p)"]
    rows = {label: (mine, other) for label, mine, other in card.table()}
    assert rows["Minimum, G's loss"] == ("1, value 0 (upper end)", "∞, value −∞ (upper end)")
    assert rows["Divergence of G"][0] == "non-saturating-like"
    assert rows["Divergence, minimax G"][0] == "triangular (Le Cam)-like"
    page = card_html(card)
    assert "D: (y_pred - y_real)**2; G: -log(y_pred)" in page
    assert write_card(card, tmp_path / "card.pdf").read_bytes().startswith(b"%PDF")
    write_card(card, tmp_path / "card.json")
    data = json.loads((tmp_path / "card.json").read_text("utf-8"))
    assert data["against"]["name"] == "hinge"
    assert data["analysis"]["stability"]["eigenvalues"][0][1] == pytest.approx(math.sqrt(0.125))


def test_the_curves_of_pairs_share_their_range(tmp_path):
    pair = LossPair.parse(PAIRS["mixed"])
    write_csv({"pair": pair, "bce": BCE}, tmp_path / "c.csv", (-1.0, 3.0))
    with (tmp_path / "c.csv").open() as file:
        rows = list(csv.DictReader(file))
    for name in ("pair", "bce"):
        scores = [float(r["score"]) for r in rows if r["loss"] == name and r["side"] == "generator"]
        assert (scores[0], scores[-1]) == pytest.approx((-1, 3))
