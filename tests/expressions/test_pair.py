"""What a pair answers with two things, D's and G's."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lossgp.expressions import Loss, LossPair, parse, zoo

SCORES, LABELS = torch.tensor([[-2.0], [0.5]]), torch.tensor([[1.0], [0.0]])


@pytest.mark.parametrize("pair", [zoo.hinge, LossPair.of(zoo.bce_logits)], ids=["two", "one"])
def test_d_and_g_in_this_order(pair):
    both = (pair.discriminator, pair.generator)
    for module, loss in zip(pair.torch(reduction="none", from_logits=True), both, strict=True):
        wanted = loss.torch(reduction="none", from_logits=True)(SCORES, LABELS)
        assert torch.equal(module(SCORES, LABELS), wanted)
    p, y = SCORES.numpy(), LABELS.numpy()
    for function, loss in zip(pair.numpy(), both, strict=True):
        assert np.array_equal(function(p, y), loss.numpy()(p, y))
    assert pair.sympy(0) == (both[0].sympy(0), both[1].sympy(0))
    assert pair.diff() == (both[0].diff(), both[1].diff())
    assert pair.by_class(epsilon=False) == tuple(x.by_class(epsilon=False) for x in both)
    assert pair.certificate() == tuple(x.certificate() for x in both)
    assert pair.height == max(x.height for x in both)


def test_complexity_counts_a_shared_loss_once():
    assert LossPair.of(zoo.bce).complexity == zoo.bce.complexity
    d, g = zoo.hinge.discriminator.complexity, zoo.hinge.generator.complexity
    assert zoo.hinge.complexity == d + g


def test_equal_where_both_are():
    other = parse("D: max(1 - (2*y_real - 1)*score, 0); G: 0 - score")
    assert zoo.hinge.same_as(other)
    shifted = LossPair(zoo.hinge.discriminator, Loss.parse("1 - score"))
    assert zoo.hinge.same_as(shifted, "gradient")
    assert not zoo.hinge.same_as(shifted)


def test_scores_are_refused_by_its_losses_of_probabilities():
    d, _ = LossPair.of(zoo.ganetic).torch()
    with pytest.raises(ValueError, match="y_pred holds -2"):
        d(SCORES, LABELS)
    LossPair.of(zoo.ganetic).torch(check_range=False)[0](SCORES, LABELS)
