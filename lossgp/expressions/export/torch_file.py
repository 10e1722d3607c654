"""A PyTorch file: an `nn.Module` for a loss, or one for D and one for G."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import indent

from ..loss import Loss
from ..pair import LossPair
from .describing import body, description, docstring, inline, note_lines, parts

_CLASS = '''
class {name}(nn.Module):
{docstring}

    def __init__(self, reduction: str = "mean", from_logits: bool = False) -> None:
        super().__init__()
        if reduction not in ("mean", "sum", "none"):
            raise ValueError(f"reduction is {{reduction!r}}; it must be 'mean', 'sum' or 'none'")
        self.reduction = reduction
        self.from_logits = from_logits

    def forward(self, y_pred: Tensor, y_real: Tensor) -> Tensor:
        """Return the reduced loss; both tensors have one shape."""
        if y_pred.shape != y_real.shape:
            raise ValueError(
                f"y_pred has shape {{tuple(y_pred.shape)}} and y_real {{tuple(y_real.shape)}}; "
                "they must be equal"
            )
        if y_pred.dtype in (torch.float16, torch.bfloat16):
            y_pred = y_pred.float()
{link}        each = self.per_sample(y_pred, y_real.to(y_pred.dtype))
        if self.reduction == "mean":
            return each.mean()
        return each.sum() if self.reduction == "sum" else each

    @staticmethod
    def per_sample(y_pred: Tensor, y_real: Tensor) -> Tensor:
        """Return the loss of each sample, of the tensors' shape."""
{body}

    def extra_repr(self) -> str:
        """Return the formula and the settings, for `print(module)`."""
        formula = {formula!r}
        return f"{{formula}}, reduction={{self.reduction!r}}, from_logits={{self.from_logits}}"
'''

_LINKS = {
    "sigmoid": "        if self.from_logits:\n            y_pred = torch.sigmoid(y_pred)\n",
    "identity": "",
}
_USE = {
    "sigmoid": "from_logits: y_pred is a network's raw output, and a sigmoid is applied to it.",
    "identity": "from_logits has no effect: this loss is of the raw output itself.",
}


def torch_file(loss: Loss | LossPair, notes: Mapping[str, str]) -> str:
    """Return the file; its modules equal `Loss.torch()` in value and gradient, to the bit."""
    title = "A loss function for PyTorch, written by lossgp; it needs nothing but torch."
    head = docstring([title, "", *note_lines(notes)] if notes else [title])
    classes = "\n".join(_class(name, part, notes) for name, part in parts(loss))
    return f"{head}\n\nimport torch\nfrom torch import Tensor, nn\n\n{classes}"


def _class(name: str, loss: Loss, notes: Mapping[str, str]) -> str:
    title = "A loss of predictions and labels, averaged over a batch."
    lines = [title, "", *description(loss), _USE[loss.link], *note_lines(notes)]
    code = body(inline(loss, "torch"), "y_pred.dtype == torch.float64")
    return _CLASS.format(
        name=name,
        docstring=indent(
            docstring(["A loss of predictions and labels, averaged over a batch.", "", *lines]),
            "    ",
        ),
        link=_LINKS[loss.link],
        body=indent(code, "    "),
        formula=loss.text(),
    )
