from __future__ import annotations

import pytest
import torch

from lossgp.expressions import zoo
from lossgp.expressions.stacks import stacked

NAMES = ["ganetic", "bce", "f3", "ganetic", "f2"]


@pytest.mark.parametrize("names", [NAMES, ["ganetic"], ["bce", "bce"]])
def test_every_row_is_its_loss_alone(names):
    losses = [zoo.entry(name).loss for name in names]
    p = torch.rand(len(names), 512, requires_grad=True)
    y = (torch.rand(len(names), 512) > 0.5).float()
    out = stacked(losses)(p, y)
    (together,) = torch.autograd.grad(out.sum(), p)
    for k, loss in enumerate(losses):
        row = p[k].detach().clone().requires_grad_()
        alone = loss.tensor_function(row, y[k])
        assert torch.equal(out[k], alone)
        assert torch.equal(together[k], torch.autograd.grad(alone.sum(), row)[0])


def test_messages():
    with pytest.raises(ValueError, match="at least one loss"):
        stacked([])
    with pytest.raises(ValueError, match=r"both must be \(2, …\)"):
        stacked([zoo.bce, zoo.f1])(torch.rand(3, 4), torch.rand(3, 4))
