"""Exported files as modules, beside stand-ins for what they import, and what they must equal."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor

from lossgp.expressions import Loss, LossPair, zoo
from lossgp.expressions.export import source

EVERY_OPERATOR = Loss.parse(
    "sin(p)*cos(y) - exp(p)/(y + 2) + tanh(p) + sigmoid(p - y) + max(p, 0.3) - min(y, p)"
    " + max(y, p) + aq(p, y) + abs(p - 0.5) - log(p)*sqrt(y) + p**3 + p**5 + (p + y)**2.5"
)
MIXED = LossPair.parse("D: (score - y_real)**2; G: y_pred**3 + sqrt(3.985*y_real/y_pred)")
LOSSES: dict[str, Loss | LossPair] = {
    "ganetic": zoo.ganetic,  # of probabilities
    "bce_logits": zoo.bce_logits,  # of raw scores
    "hinge": zoo.hinge,  # a pair
    "mixed": MIXED,  # a pair, of raw scores and of probabilities
    "every": EVERY_OPERATOR,
}
SCORES = torch.cat([torch.linspace(-9, 9, 30), torch.tensor([0.0, 1.0, -1.0])]).double()


def loaded(text: str, monkeypatch: pytest.MonkeyPatch, *modules: ModuleType) -> dict[str, Any]:
    """Return the names of a file, which sees these modules and no lossgp."""
    for module in (*modules, None):
        name = "lossgp" if module is None else module.__name__
        monkeypatch.setitem(sys.modules, name, module)
    scope: dict[str, Any] = {"__name__": "discovered_loss"}
    exec(compile(text, "discovered_loss.py", "exec"), scope)
    return scope


def file_of(
    loss: Loss | LossPair,
    target: str,
    monkeypatch: pytest.MonkeyPatch,
    *modules: ModuleType,
    **options: Any,
) -> dict[str, Any]:
    return loaded(source(loss, target, **options), monkeypatch, *modules)


def module(name: str, **names: Any) -> ModuleType:
    made = ModuleType(name)
    vars(made).update(names)
    return made


def halves(loss: Loss | LossPair, reduction: str = "mean") -> tuple[Any, Any]:
    """Return the compiled losses of D and G, called with raw scores and a label."""
    losses = loss.by_player()
    of_d, of_g = (x.torch(reduction=reduction, from_logits=True) for x in (losses[0], losses[-1]))
    return of_d, of_g


def wanted_of_d(loss: Loss | LossPair, real: Tensor, generated: Tensor) -> Tensor:
    of_d, _ = halves(loss)
    return of_d(real, 1.0) + of_d(generated, 0.0)


def wanted_of_g(loss: Loss | LossPair, generated: Tensor) -> Tensor:
    return halves(loss)[1](generated, 1.0)


def with_slopes(function: Any, *scores: Tensor) -> tuple[Tensor, ...]:
    """Return the value of a loss of scores, and its gradient by each of them."""
    inputs = [s.detach().clone().requires_grad_() for s in scores]
    value = function(*inputs)
    value.backward()
    return (value.detach(), *(x.grad for x in inputs))


def agree(first: Iterable[Tensor], second: Iterable[Tensor]) -> None:
    """Values and gradients are equal to 1e-6."""
    for a, b in zip(first, second, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-6, atol=1e-6)
