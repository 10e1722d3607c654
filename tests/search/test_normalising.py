"""Learning-rate normalisation: the factor of a loss is none of a search's business."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lossgp.expressions import Loss, LossPair, zoo
from lossgp.results.individuals import individual_from_json, individual_json
from lossgp.search import Individual, Score, SearchSettings, algorithm
from lossgp.search.normalising import multiplied, multipliers, words
from lossgp.search.surrogate_features import root_mean_square, score_slopes

FORMULAS = [zoo.bce.text(), zoo.ganetic.text(), "(y_pred - y_real)**2", "cos(3*y_pred)*y_real"]


def times(factor, formula):
    return Loss.parse(f"{factor!r}*({formula})")


@pytest.mark.parametrize("formula", FORMULAS)
@given(factor=st.floats(1e-3, 1e3))
def test_the_multiplier_undoes_any_factor(formula, factor):
    (one,), (other,) = multipliers(Loss.parse(formula)), multipliers(times(factor, formula))
    assert other == pytest.approx(one / factor, rel=1e-4)


@pytest.mark.parametrize("formula", FORMULAS)
def test_slopes_are_one_in_size_afterwards(formula):
    loss = Loss.parse(formula)
    slopes = score_slopes(multiplied(loss, multipliers(loss)))
    assert root_mean_square(slopes) == pytest.approx(1, rel=1e-5)


def test_the_players_of_a_pair_have_one_each():
    d = f"4*({zoo.bce.text()})"
    pair = LossPair.parse(f"D: {d}; G: -0.01*log(p)")
    of_d, of_g = multipliers(pair)
    assert of_d == pytest.approx(multipliers(zoo.bce)[0] / 4, rel=1e-4)
    # Of G's loss only what it meets counts: the label 1; under the other this one is flat.
    assert of_g == multipliers(LossPair.parse(f"D: {d}; G: -0.01*log(p)*y"))[1]
    scaled = multiplied(pair, (of_d, of_g))
    assert root_mean_square(score_slopes(scaled.generator)[:1]) == pytest.approx(1, rel=1e-5)
    assert words((0.3712, 2.5)) == "LR x 0.371 of D, x 2.5 of G"
    assert (words((0.3712,)), words(())) == ("LR x 0.371", "")


def test_a_flat_loss_stays():
    assert multipliers(Loss.parse("y_pred*0 + y_real")) == (1.0,)


@pytest.mark.parametrize("formula", FORMULAS)
def test_the_compiled_criterion_is_the_loss_times_a_constant_to_the_bit(formula):
    loss = Loss.parse(formula)
    factors = multipliers(loss)
    scores, labels = torch.linspace(-4, 4, 41), torch.tensor([0.0, 1.0])[:, None]
    raw = LossPair.of(loss).criterion_functions()[0](scores, labels)
    scaled = LossPair.of(multiplied(loss, factors)).criterion_functions()[0](scores, labels)
    assert torch.equal(scaled, raw * factors[0])


def descent(pair, steps=40, rate=0.05):
    """Train a generator of one number against a logistic discriminator, by plain descent."""
    of_d, of_g = pair.criterion_functions()
    real, latent = torch.linspace(0.5, 1.5, 9), torch.linspace(-1, 1, 9)
    d, g = torch.tensor([0.1, 0.0], requires_grad=True), torch.tensor(-1.0, requires_grad=True)
    ones, zeros = torch.ones(9), torch.zeros(9)
    for _ in range(steps):
        fake = latent * 0.5 + g
        loss = (of_d(d[0] * real + d[1], ones) + of_d(d[0] * fake + d[1], zeros)).mean()
        (slope,) = torch.autograd.grad(loss, d)
        d = (d - rate * slope).detach().requires_grad_()
        (slope,) = torch.autograd.grad(of_g(d[0] * (latent * 0.5 + g) + d[1], ones).mean(), g)
        g = (g - rate * slope).detach().requires_grad_()
    return np.array([*d.tolist(), g.item()])


def first(formula, **settings):
    """Return a search's candidate of this formula."""
    settings = SearchSettings(seed_losses=[formula], population=2, **settings)
    return algorithm("random")(settings, 0).ask().candidates[0]


@pytest.mark.parametrize("formula", FORMULAS[:3])
def test_two_scalings_of_a_loss_train_alike_only_where_they_are_normalised(formula):
    scaled = f"8*({formula})"
    one, other = (descent(first(f, normalise=True).pair) for f in (formula, scaled))
    assert other == pytest.approx(one, rel=1e-3)
    one, other = (descent(first(f).pair) for f in (formula, scaled))
    assert np.abs(other - one).max() > 0.1


def test_what_is_trained_has_the_factor_and_what_is_bred_has_not():
    plain, normal = first("bce"), first("bce", normalise=True)
    assert plain.loss == normal.loss == zoo.bce
    assert (plain.multipliers, plain.trained) == ((), zoo.bce)
    assert normal.multipliers == multipliers(zoo.bce)
    assert normal.pair.key() != plain.pair.key()
    assert normal.size == plain.size
    searches = [algorithm("gp")(SearchSettings(normalise=n), 0) for n in (False, True)]
    for _ in range(3):
        asked = [search.ask().candidates for search in searches]
        assert [c.loss for c in asked[0]] == [c.loss for c in asked[1]]
        assert all(c.multipliers == multipliers(c.loss) for c in asked[1])
        for search, candidates in zip(searches, asked, strict=True):
            search.tell([Individual(c, Score(1.0 + c.slot, 1.0, 0.0, (1.0,))) for c in candidates])


def test_multipliers_are_stored_with_the_individual():
    found = Individual(first("ganetic", normalise=True), Score(1.0, 1.0, 0.0, (1.0,)))
    data = individual_json(found)
    data["score"] |= {"d_acc": None, "d_auc": None, "kid": None}
    assert individual_from_json(data).candidate.trained == found.candidate.trained
    assert "multipliers" not in individual_json(Individual(first("ganetic"), found.score))
