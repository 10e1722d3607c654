"""A PyTorch file: an `nn.Module` for a loss, or one for D and one for G."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import indent
from typing import TYPE_CHECKING

from .describing import body, description, docstring, inline, note_lines, parts

if TYPE_CHECKING:
    from ..loss import Loss
    from ..pair import LossPair

_LABELS = '''
def _labels(y_pred, y_real):
    """Return the labels as a tensor: one number is the label of all predictions."""
    if not isinstance(y_pred, Tensor) or not y_pred.is_floating_point():
        raise TypeError("y_pred must be a tensor of floating-point numbers")
    if isinstance(y_real, Tensor):
        return y_real.expand(y_pred.shape) if y_real.ndim == 0 else y_real
    return torch.full_like(y_pred, float(y_real))
'''
_RANGE = '''
def _is_traced(y_pred):
    """Tell whether this call is compiled, traced or captured, so that values cannot be read."""
    if torch.compiler.is_compiling() or torch.jit.is_tracing():
        return True
    return y_pred.is_cuda and torch.cuda.is_current_stream_capturing()


def _refuse_scores(y_pred):
    """Raise ValueError where a prediction is outside [0, 1]."""
    if y_pred.numel() == 0:
        return
    try:
        low, high = (x.item() for x in y_pred.detach().aminmax())
    except RuntimeError:  # under vmap, or of a fake or meta tensor: there are no values
        return
    if low < -1e-6 or high > 1 + 1e-6:  # rounding is forgiven
        raise ValueError(
            f"y_pred holds {low if low < -1e-6 else high:.6g}, and this loss is of probabilities "
            "in [0, 1]; pass from_logits=True for raw scores, or check_range=False"
        )
'''
_CLASS = '''
class {name}(nn.Module):
{docstring}

    def __init__(
        self, reduction: str = "mean", from_logits: bool = False, check_range: bool = True
    ) -> None:
        super().__init__()
        if reduction not in ("mean", "sum", "none"):
            raise ValueError(f"reduction is {{reduction!r}}; it must be 'mean', 'sum' or 'none'")
        self.reduction = reduction
        self.from_logits = from_logits
        self.check_range = check_range
{attributes}
    def forward(self, y_pred: Tensor, y_real: Tensor) -> Tensor:
        """Return the reduced loss; both tensors have one shape, or y_real is a number."""
        if not torch.jit.is_scripting():
            y_real = _labels(y_pred, y_real)
        if y_pred.shape != y_real.shape:
            raise ValueError(
                f"y_pred has shape {{list(y_pred.shape)}} and y_real {{list(y_real.shape)}}; "
                "they must be equal (a network's (batch, 1) needs labels.unsqueeze(1))"
            )
        if y_pred.dtype == torch.float16 or y_pred.dtype == torch.bfloat16:
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
    "sigmoid": """\
        if self.from_logits:
            y_pred = torch.sigmoid(y_pred)
        elif not torch.jit.is_scripting():
            if self.check_range and not self._checked and not _is_traced(y_pred):
                _refuse_scores(y_pred)
                # Elsewhere than on the CPU reading the answer waits: one call is looked at.
                self._checked = y_pred.device.type != "cpu"
""",
    "identity": "",
}
_ATTRIBUTES = {"sigmoid": "        self._checked = False\n", "identity": ""}
_USE = {
    "sigmoid": [
        "from_logits: y_pred is a network's raw output, and a sigmoid is applied to it.",
        "check_range: refuse predictions outside [0, 1], as nn.BCELoss does; compiled or captured",
        "calls are not checked, and elsewhere than on the CPU only the first one is.",
    ],
    "identity": [
        "from_logits and check_range have no effect: this loss is of the raw output itself."
    ],
}


def torch_file(loss: Loss | LossPair, notes: Mapping[str, str]) -> str:
    """Return the file; its modules equal `Loss.torch()` in value and gradient, to the bit."""
    title = "A loss function for PyTorch, written by lossgp; it needs nothing but torch."
    head = docstring([title, "", *note_lines(notes)] if notes else [title])
    return f"{head}\n\nimport torch\nfrom torch import Tensor, nn\n\n{modules(loss, notes)}"


def modules(loss: Loss | LossPair, notes: Mapping[str, str]) -> str:
    """Return the classes, and the functions that they need; `torch`, `Tensor`, `nn` are imported.

    Files for code bases on PyTorch hold the same text.
    """
    functions = _LABELS
    if any(part.link == "sigmoid" for _, part in parts(loss)):
        functions += f"\n{_RANGE}"
    classes = "\n".join(_class(name, part, notes) for name, part in parts(loss))
    return f"{functions}\n{classes}"


def _class(name: str, loss: Loss, notes: Mapping[str, str]) -> str:
    title = "A loss of predictions and labels, averaged over a batch."
    lines = [title, "", *description(loss), *_USE[loss.link], *note_lines(notes)]
    code = body(inline(loss, "torch"), "y_pred.dtype == torch.float64")
    return _CLASS.format(
        name=name,
        docstring=indent(docstring(lines), "    "),
        attributes=_ATTRIBUTES[loss.link],
        link=_LINKS[loss.link],
        body=indent(code, "    "),
        formula=loss.text(),
    )
