"""A loss as a drop-in `torch.nn.Module`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

if TYPE_CHECKING:
    from .loss import Loss

REDUCTIONS = ("mean", "sum", "none")


class Criterion(nn.Module):
    """Called with `(y_pred, y_real)`, like `nn.BCELoss`.

    Shapes: both tensors have one shape; the result is a scalar, or that shape with
    `reduction="none"`. With `from_logits` the first argument is the raw output, to which the
    loss's link is applied.
    """

    def __init__(self, loss: Loss, *, reduction: str = "mean", from_logits: bool = False) -> None:
        super().__init__()
        if reduction not in REDUCTIONS:
            raise ValueError(f"reduction is {reduction!r}; it must be one of {REDUCTIONS}")
        self.loss = loss
        self.reduction = reduction
        self.from_logits = from_logits
        self._function = self._compile()

    def _compile(self) -> Any:
        return self.loss.on_scores() if self.from_logits else self.loss.tensor_function

    def forward(self, y_pred: Tensor, y_real: Tensor) -> Tensor:
        """Return the loss.

        Raises:
            ValueError: the shapes differ, or y_pred is of a whole-number type.
        """
        if y_pred.shape != y_real.shape:
            raise ValueError(
                f"y_pred has shape {tuple(y_pred.shape)} and y_real {tuple(y_real.shape)}; "
                "they must be equal (a network's (batch, 1) needs labels.unsqueeze(1))"
            )
        if not y_pred.is_floating_point():
            raise ValueError(f"y_pred has dtype {y_pred.dtype}; it must be floating point")
        each: Tensor = self._function(y_pred, y_real)
        if self.reduction == "mean":
            return each.mean()
        return each.sum() if self.reduction == "sum" else each

    def extra_repr(self) -> str:
        """Return the formula and the settings, for `print(module)`."""
        return f"{self.loss}, reduction={self.reduction!r}, from_logits={self.from_logits}"

    def __getstate__(self) -> dict[str, Any]:
        # The compiled function does not pickle: it is made anew from the formula.
        state = {k: v for k, v in self.__dict__.items() if k not in ("_function", "loss")}
        return {**state, "formula": self.loss.text()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        from .loss import Loss

        state = dict(state)
        loss = Loss.restored(state.pop("formula"))
        super().__setstate__(state)  # type: ignore[no-untyped-call]
        self.loss = loss
        self._function = self._compile()
