"""A loss as a drop-in `torch.nn.Module`."""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn

from .compiling import ROUNDING, out_of_range
from .formula_files import restored

if TYPE_CHECKING:
    from .loss import Loss

REDUCTIONS = ("mean", "sum", "none")


class Criterion(nn.Module):
    """Called with `(y_pred, y_real)`, like `nn.BCELoss`.

    Shapes: both tensors have one shape, or `y_real` is one number, the label of all; the result
    is a scalar, or that shape with `reduction="none"`. With `from_logits` the first argument is
    the raw output, to which the loss's link is applied.

    Without it a loss of probabilities refuses predictions outside [0, 1], as `nn.BCELoss` does,
    but forgives rounding (1e-6).
    Elsewhere than on the CPU only the first call is checked, because reading the answer waits
    for the device; what is compiled, traced or captured is not checked at all.
    """

    def __init__(
        self,
        loss: Loss,
        *,
        reduction: str = "mean",
        from_logits: bool = False,
        check_range: bool = True,
    ) -> None:
        super().__init__()
        if reduction not in REDUCTIONS:
            raise ValueError(f"reduction is {reduction!r}; it must be one of {REDUCTIONS}")
        self.loss = loss
        self.reduction = reduction
        self.from_logits = from_logits
        self.check_range = check_range
        self._function = self._compile()
        self._checked = False

    def _compile(self) -> Any:
        return self.loss.on_scores() if self.from_logits else self.loss.tensor_function

    def forward(self, y_pred: Tensor, y_real: Tensor | float) -> Tensor:
        """Return the loss.

        Raises:
            ValueError: the shapes differ, y_pred is of a whole-number type, or it holds a
                number outside [0, 1] where the loss is of probabilities.
            TypeError: an argument is neither a tensor nor, for y_real, a number.
        """
        labels = _labels(y_pred, y_real)
        if y_pred.shape != labels.shape:
            raise ValueError(
                f"y_pred has shape {tuple(y_pred.shape)} and y_real {tuple(labels.shape)}; "
                "they must be equal (a network's (batch, 1) needs labels.unsqueeze(1))"
            )
        if not y_pred.is_floating_point():
            raise ValueError(f"y_pred has dtype {y_pred.dtype}; it must be floating point")
        if self.check_range and not self.from_logits and self.loss.link == "sigmoid":
            self._refuse_scores(y_pred)
        each: Tensor = self._function(y_pred, labels)
        if self.reduction == "mean":
            return each.mean()
        return each.sum() if self.reduction == "sum" else each

    def _refuse_scores(self, y_pred: Tensor) -> None:
        traced = torch.jit.is_tracing()  # type: ignore[attr-defined,no-untyped-call]
        if traced or torch.compiler.is_compiling() or self._checked:
            return
        if y_pred.is_cuda and torch.cuda.is_current_stream_capturing():
            return
        found = _outside(y_pred.detach())
        if found is not None:
            raise ValueError(out_of_range(found))
        self._checked = y_pred.device.type != "cpu"

    def extra_repr(self) -> str:
        """Return the formula and the settings, for `print(module)`."""
        unchecked = "" if self.check_range else ", check_range=False"
        settings = f"reduction={self.reduction!r}, from_logits={self.from_logits}{unchecked}"
        return f"{self.loss}, {settings}"

    def __getstate__(self) -> dict[str, Any]:
        # The compiled function does not pickle: it is made anew from the formula.
        state = {k: v for k, v in self.__dict__.items() if k not in ("_function", "loss")}
        return {**state, "formula": self.loss.text()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = {"check_range": True, "_checked": False, **state}
        loss = cast("Loss", restored("loss", state.pop("formula")))
        super().__setstate__(state)  # type: ignore[no-untyped-call]
        self.loss = loss
        self._function = self._compile()


def _labels(y_pred: Any, y_real: Any) -> Tensor:
    """Return the labels as a tensor: one number is the label of all predictions."""
    if not isinstance(y_pred, Tensor):
        raise TypeError(f"y_pred must be a tensor, not {type(y_pred).__name__}")
    if isinstance(y_real, Tensor):
        return y_real.expand(y_pred.shape) if y_real.ndim == 0 else y_real
    if not isinstance(y_real, numbers.Real):
        raise TypeError(f"y_real must be a tensor or a number, not {type(y_real).__name__}")
    return torch.full_like(y_pred, float(y_real))


def _outside(y_pred: Tensor) -> float | None:
    """Return a number outside [0, 1], None where there is none; NaN counts as none."""
    if y_pred.numel() == 0:
        return None
    try:
        low, high = (x.item() for x in y_pred.aminmax())
    except RuntimeError:  # under vmap, or of a fake or meta tensor: there are no values
        return None
    return low if low < -ROUNDING else high if high > 1 + ROUNDING else None
