"""The slopes by which a surrogate knows a loss."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from lossgp.expressions import Y_PRED, Y_REAL, Loss, LossPair, parse, zoo
from lossgp.expressions.tree import holds
from lossgp.search.random_trees import Grammar, ramped
from lossgp.search.randomness import stream
from lossgp.search.settings import SearchSettings
from lossgp.search.surrogate_features import SCORES, WIDTH, features, score_slopes

N = len(SCORES)


def torch_slopes(loss: Loss, label: float) -> np.ndarray:
    scores = torch.tensor(SCORES, requires_grad=True)
    value = loss.torch(from_logits=True, reduction="none")(scores, torch.full_like(scores, label))
    (slope,) = torch.autograd.grad(value.sum(), scores)
    return slope.numpy()


@pytest.mark.parametrize("name", zoo.names())
def test_slopes_are_those_that_training_has(name):
    for loss in LossPair.of(zoo.entry(name).loss).by_player():
        if loss.uses_label():
            found = score_slopes(loss)
            for row, label in zip(found, (1.0, 0.0), strict=True):
                assert np.allclose(row, torch_slopes(loss, label), rtol=1e-6, atol=1e-9)


def test_bce_is_known_by_its_slopes():
    one, zero, generator, balance = features([zoo.bce_logits])[0].reshape(4, N)
    p = 1 / (1 + np.exp(-SCORES))
    weights = np.exp(-(SCORES**2) / 8)
    size = np.sqrt(((p**2 + (1 - p) ** 2) / 2) @ weights / weights.sum())
    assert np.allclose(np.expm1(np.abs(zero)), p / size, atol=1e-3)
    assert np.allclose(one, generator, atol=1e-2)  # |l1'| is |l0'| mirrored: of one size
    # BCE's optimum is the share of real samples itself: odds of p to 1 - p.
    odds = np.expm1(np.abs(balance))
    assert np.allclose(odds, np.minimum(p / (1 - p), np.expm1(5.0)), rtol=1e-2, atol=1e-3)
    assert (one < 0).all()
    assert (zero > 0).all()


@pytest.mark.parametrize("factor", ["7", "0.001"])
def test_what_adam_does_not_see_makes_no_difference(factor):
    plain, other = features([
        parse("(y_pred - y_real)**2"), parse(f"{factor}*(y_pred - y_real)**2 + y_real"),
    ])  # fmt: skip
    assert np.array_equal(plain, other)
    assert not np.array_equal(plain, features([parse("(y_real - y_pred)**4")])[0])


def test_the_sizes_of_ds_curves_are_compared_and_gs_is_its_own():
    lopsided = parse("3*y_real*(1 - y_pred) + (1 - y_real)*y_pred")
    one, zero, generator, balance = features([lopsided])[0].reshape(4, N)
    assert np.allclose(np.expm1(np.abs(one)), 3 * np.expm1(np.abs(zero)), rtol=1e-2, atol=1e-3)
    assert (np.abs(generator) < np.abs(one)).all()
    assert np.allclose(balance, np.log(4 / 3), atol=1e-3)


def test_a_pair_is_known_by_ds_loss_and_by_gs():
    bce, squares = zoo.bce_logits, parse("(score - y_real)**2")
    mixed, of_bce, of_squares = (
        row.reshape(4, N) for row in features([LossPair(bce, squares), bce, squares])
    )
    assert np.array_equal(mixed[:2], of_bce[:2])
    assert np.array_equal(mixed[2], of_squares[2])
    assert np.array_equal(mixed[3], of_bce[3])


def test_losses_of_scores_are_read_at_the_scores():
    one, zero, _, balance = features([parse("(1 - 2*y_real)*score")])[0].reshape(4, N)
    assert np.allclose(zero, np.log(2.0), atol=1e-3)  # slope 1 of size 1: log(1 + 1)
    assert np.array_equal(one, -zero)
    assert np.allclose(balance, np.log(2.0), atol=1e-3)


def test_where_d_is_content_with_no_mixture_the_balance_ends():
    *_, balance = features([parse("y_real*y_pred + (1 - y_real)*y_pred**2")])[0].reshape(4, N)
    assert (balance < 0).all()  # l1 and l0 push the same way
    *_, balance = features([parse("y_real*(y_pred - 0.5)**2 + (1 - y_real)*y_pred")])[0].reshape(
        4, N
    )
    assert abs(balance[N // 2]) == 5.0  # l1 is flat in the middle


def test_none_gives_none():
    assert features([]).shape == (0, WIDTH)


@given(st.integers(0, 10_000))
def test_whatever_the_loss_the_numbers_are_finite(number):
    settings = SearchSettings(operators="extended")
    tree = ramped(stream(number, "t"), Grammar.of(settings), range(2, 7), number)
    assume(holds(tree, Y_PRED) and holds(tree, Y_REAL))
    row = features([Loss(tree)])
    assert np.isfinite(row).all()
    assert row.shape == (1, WIDTH)


@pytest.mark.parametrize(
    "text",
    [
        "y_real/(y_pred - y_pred)*y_pred",
        "exp(exp(exp(exp(9*y_pred))))*y_real",
        "sqrt(y_pred)*y_real + log(1 - y_pred)",
        "y_real + 0*y_pred",
    ],
)
def test_poles_and_overflows_are_numbers_too(text):
    assert np.isfinite(features([parse(text)])).all()
