from __future__ import annotations

import copy
import io
import pickle

import pytest
import torch

from lossgp.expressions import Loss, zoo

P, Y = torch.tensor([[0.2], [0.9]]), torch.tensor([[1.0], [0.0]])


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_reductions(reduction):
    each = zoo.ganetic.tensor_function(P, Y)
    wanted = {"mean": each.mean(), "sum": each.sum(), "none": each}[reduction]
    assert torch.equal(zoo.ganetic.torch(reduction=reduction)(P, Y), wanted)


def test_logits_go_through_the_link():
    scores = torch.tensor([-2.0, 0.5, 3.0])
    labels = torch.tensor([1.0, 0.0, 1.0])
    on_scores = zoo.ganetic.torch(from_logits=True)(scores, labels)
    assert torch.equal(on_scores, zoo.ganetic.torch()(scores.sigmoid(), labels))
    raw = zoo.least_squares.torch(from_logits=True)(scores, labels)
    assert torch.equal(raw, zoo.least_squares.torch()(scores, labels))


def test_it_prints_its_formula():
    assert repr(zoo.ganetic.torch(reduction="sum")) == (
        "Criterion(y_pred**3 + sqrt(3.985 * y_real / y_pred), reduction='sum', from_logits=False)"
    )


def test_clear_messages():
    with pytest.raises(ValueError, match="reduction is 'max'; it must be one of"):
        zoo.bce.torch(reduction="max")
    with pytest.raises(ValueError, match=r"y_pred has shape \(2, 1\) and y_real \(2,\)"):
        zoo.bce.torch()(P, Y[:, 0])
    with pytest.raises(ValueError, match=r"torch.int64; it must be floating point"):
        zoo.bce.torch()(Y.long(), Y.long())


@pytest.mark.parametrize("name", ["ganetic", "bce_logits"])
def test_pickling_and_copying(name):
    module = torch.nn.Sequential(torch.nn.Linear(1, 1))
    module.criterion = zoo.entry(name).loss.torch(reduction="none", from_logits=True)
    module.eval()
    for twin in (pickle.loads(pickle.dumps(module)), copy.deepcopy(module)):
        assert torch.equal(twin.criterion(P, Y), module.criterion(P, Y))
        assert twin.criterion.loss == module.criterion.loss
        assert not twin.criterion.training
    file = io.BytesIO()
    torch.save(module.state_dict(), file)


def test_labels_of_any_type():
    for labels in (Y.bool(), Y.long(), Y.double()):
        assert torch.equal(zoo.bce.torch()(P, labels), zoo.bce.torch()(P, Y))


def test_float64_is_computed_in_float64():
    loss = Loss.parse("exp(100*p) + y")
    assert loss.torch()(torch.ones(1, dtype=torch.float64), torch.ones(1)) > 1e43
    assert torch.isfinite(loss.torch()(torch.ones(1), torch.ones(1)))
