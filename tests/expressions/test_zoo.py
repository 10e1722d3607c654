"""The known losses against what their papers say of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lossgp.expressions import Loss, LossPair, zoo
from lossgp.expressions.rules import at_label

P = np.linspace(0.01, 0.99, 99)
ONE, ZERO = np.ones_like(P), np.zeros_like(P)
EPS = 1e-8


def by_class(loss: Loss) -> tuple[np.ndarray, np.ndarray]:
    return loss.numpy()(P, ONE), loss.numpy()(P, ZERO)


WRITTEN_OUT = {
    "bce": lambda p, y: -y * np.log(p + EPS) - (1 - y) * np.log(1 - p + EPS),
    "least_squares_sigmoid": lambda p, y: (p - y) ** 2,
    "paper_hinge": lambda p, y: np.maximum(0, 1 - (2 * y - 1) * p),
    "paper_bce": lambda p, y: -y * np.log(p + EPS) - (1 - y) * np.log(1 - p + EPS),
    "f1": lambda p, y: (
        np.exp(2.2061) + np.sin(1.7577) + (y - 4.092) ** 3 - np.log(np.abs(y - p) + EPS)
    ),
    "f2": lambda p, y: np.exp(np.cos(np.sqrt(np.abs(y - p) + EPS))),
    "f3": lambda p, y: np.sqrt(np.abs(y + np.log(np.abs(p) + EPS)) + EPS) ** 3,
    "ganetic": lambda p, y: p**3 + np.sqrt(np.abs(3.985 * y / (p + EPS)) + EPS),
    "ngl": lambda p, y: np.exp(2.4092 - p * (1 + y)) - np.cos(np.cos(np.sin(p))),
    "baikal": lambda p, y: -(np.log(p + EPS) - y / (p + EPS)),
}


@pytest.mark.parametrize("name", WRITTEN_OUT)
@pytest.mark.parametrize("label", [0.0, 1.0])
def test_the_formula_is_that_of_the_paper(name, label):
    y = np.full_like(P, label)
    got = zoo.entry(name).loss.numpy()(P, y)
    assert np.allclose(got, WRITTEN_OUT[name](P, y), rtol=1e-12)


def test_ganetic_by_class_is_equation_3():
    one, zero = by_class(zoo.ganetic)
    assert np.allclose(one, P**3 + np.sqrt(3.985 / P), rtol=1e-6)
    assert np.allclose(zero, P**3, atol=2e-4)
    forms = [Loss(tree).text() for tree in zoo.ganetic.by_class(epsilon=False)]
    assert forms == ["y_pred**3 + sqrt(3.985 / y_pred)", "y_pred**3"]


def test_ganetics_minimum_for_real_samples():
    """p* = (sqrt(α)/6)^(2/7) = 0.7302079, value 2.7254466."""
    p = np.linspace(0.70, 0.76, 600_001)
    value = zoo.ganetic.numpy()(p, np.ones_like(p))
    assert p[value.argmin()] == pytest.approx((np.sqrt(3.985) / 6) ** (2 / 7), abs=1e-6)
    assert p[value.argmin()] == pytest.approx(0.7302079, abs=1e-6)
    assert value.min() == pytest.approx(2.7254466, abs=1e-6)
    assert (np.diff(by_class(zoo.ganetic)[1]) > 0).all()


def test_ganetics_optimal_discriminator():
    """D*(η) = (cη/6)^(2/7) with c = sqrt(3.985); D*(1/2) = 0.5990154; Bayes risk 7(cη/6)^(6/7)."""
    p = np.linspace(1e-4, 1, 1_000_001)
    one = zoo.ganetic.numpy()(p, np.ones_like(p))
    zero = zoo.ganetic.numpy()(p, np.zeros_like(p))
    for eta in (0.1, 0.5, 0.9):
        risk = eta * one + (1 - eta) * zero
        wanted = (np.sqrt(3.985) * eta / 6) ** (2 / 7)
        assert p[risk.argmin()] == pytest.approx(wanted, abs=1e-4)
        assert risk.min() == pytest.approx(7 * wanted**3, abs=1e-4)
    assert (np.sqrt(3.985) / 12) ** (2 / 7) == pytest.approx(0.5990154, abs=1e-7)


def test_f1_trains_like_its_logarithm_alone():
    simple = Loss.parse("-log(abs(y - p))")
    assert zoo.f1.same_as(simple, "gradient")
    assert not zoo.f1.same_as(simple, "value")


def test_bce_is_torchs():
    p, y = torch.rand(256).clamp(0.01, 0.99), (torch.rand(256) > 0.5).float()
    assert torch.allclose(zoo.bce.torch()(p, y), torch.nn.BCELoss()(p, y), rtol=1e-5)


def test_bce_on_scores_is_torchs_in_value_and_gradient():
    scores = torch.tensor([-200.0, -30, -1, 0, 1e-9, 2, 40, 90], requires_grad=True)
    labels = torch.tensor([1.0, 0, 1, 1, 0, 1, 0, 1])
    loss = zoo.bce_logits.torch()(scores, labels)
    (ours,) = torch.autograd.grad(loss, scores)
    theirs = torch.nn.BCEWithLogitsLoss()(scores, labels)
    (wanted,) = torch.autograd.grad(theirs, scores)
    assert torch.allclose(loss, theirs)
    assert torch.allclose(ours, wanted, atol=1e-7)


def test_pairs():
    minimax, hinge, wasserstein = zoo.minimax, zoo.hinge, zoo.wasserstein
    assert all(isinstance(pair, LossPair) for pair in (minimax, hinge, wasserstein))
    s = np.array([-2.0, -0.5, 0.5, 3.0])
    real, fake = np.ones_like(s), np.zeros_like(s)
    assert np.allclose(hinge.discriminator.numpy()(s, real), np.maximum(0, 1 - s))
    assert np.allclose(hinge.discriminator.numpy()(s, fake), np.maximum(0, 1 + s))
    assert np.allclose(hinge.generator.numpy()(s, real), -s)
    assert np.allclose(wasserstein.discriminator.numpy()(s, real), -s)
    assert np.allclose(wasserstein.discriminator.numpy()(s, fake), s)
    assert np.allclose(minimax.generator.numpy()(P, ONE), np.log(1 - P), rtol=1e-6)
    assert minimax.discriminator == zoo.bce


def test_the_papers_bce_has_no_gradient_beyond_its_cut():
    scores = torch.tensor([-30.0, -10.0, 30.0], requires_grad=True)
    zoo.paper_bce.on_scores()(scores, torch.ones(3)).sum().backward()
    assert scores.grad[0] == 0
    assert scores.grad[1] == pytest.approx(-1.0, abs=1e-3)
    losses = zoo.paper_bce.on_scores()(torch.tensor([-1e3]), torch.ones(1))
    assert losses.item() == pytest.approx(-np.log(1e-7), rel=0.01)


def test_the_best_form_of_a_baseline_is_on_raw_scores():
    for entry in zoo.ENTRIES:
        if entry.best_form:
            best = zoo.entry(entry.best_form)
            assert not best.best_form
            assert LossPair.of(best.loss).discriminator.link == "identity"
            assert LossPair.of(entry.loss).discriminator.link == "sigmoid"


def test_names_and_aliases():
    assert zoo.paper_least_squares is zoo.least_squares_sigmoid
    assert zoo.f4 is zoo.ganetic
    assert zoo.adversarial is zoo.minimax
    assert {"bce", "ganetic"} <= set(dir(zoo))
    with pytest.raises(AttributeError, match="the zoo has no loss 'f5'; it has bce"):
        _ = zoo.f5
    for name in zoo.names():
        entry = zoo.entry(name)
        assert entry.title
        assert entry.source


def test_the_label_is_put_in():
    assert Loss(at_label(zoo.bce.expr, 1)).text() == "-log(y_pred)"
    assert Loss(at_label(zoo.bce.expr, 0)).text() == "-log(1 - y_pred)"
