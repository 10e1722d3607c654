"""Stacks: one call evaluates different losses on a stacked input, one row for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from .loss import Loss

if TYPE_CHECKING:
    from torch import Tensor


def stacked(losses: Sequence[Loss]) -> Callable[[Tensor, Tensor], Tensor]:
    """Return `f(y_pred, y_real)`: row k of the result is loss k of row k of the inputs.

    Shapes: `(models, …)` for both, and for the result. Equal losses are computed in one pass over
    all of their rows; every row is equal to the bit to what its loss gives alone.

    Raises:
        ValueError: no losses are given; or, by the function, the shapes do not fit.
    """
    import torch

    if not losses:
        raise ValueError("a stack needs at least one loss")
    groups: dict[str, list[int]] = {}
    for k, loss in enumerate(losses):
        groups.setdefault(loss.text(), []).append(k)
    plan = [(losses[rows[0]].tensor_function, rows) for rows in groups.values()]

    def function(y_pred: Tensor, y_real: Tensor) -> Tensor:
        if y_pred.shape != y_real.shape or len(y_pred) != len(losses):
            raise ValueError(
                f"y_pred has shape {tuple(y_pred.shape)} and y_real {tuple(y_real.shape)}; "
                f"both must be ({len(losses)}, …), a row for each loss"
            )
        if len(plan) == 1:
            return plan[0][0](y_pred, y_real)
        out: list[Tensor] = [y_pred] * len(losses)
        for each, rows in plan:
            values = each(y_pred[rows], y_real[rows]).unbind()
            for row, value in zip(rows, values, strict=True):
                out[row] = value
        return torch.stack(out)

    return function
