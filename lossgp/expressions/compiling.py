"""Trees compiled to functions of tensors and of arrays."""

from __future__ import annotations

import functools
import hashlib
import linecache
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy

from .codegen import generate
from .evaluate import FloatArray, values
from .symbols import EPSILON, EXP_LIMIT

if TYPE_CHECKING:
    from torch import Tensor

TensorFunction = Callable[["Tensor", "Tensor"], "Tensor"]

ROUNDING = 1e-6
"""How far a prediction may lie outside [0, 1] and still count as a probability."""

_EXP_LIMIT_32, _EXP_LIMIT_64 = EXP_LIMIT[4], EXP_LIMIT[8]


def torch_function(tree: sympy.Expr) -> TensorFunction:
    """Return `f(y_pred, y_real)`: per-sample values, any broadcastable shapes, differentiable.

    Half-precision inputs (float16, bfloat16) are computed in float32, also under autocast.

    Raises:
        FormulaError: the tree is constant.
    """
    import torch

    code = generate(tree, "torch")
    raw = _compiled(code.function("loss", "y_pred", "y_real"))
    constants = code.constants
    halves = (torch.float16, torch.bfloat16)

    def function(y_pred: Tensor, y_real: Tensor) -> Tensor:
        dtype = y_pred.dtype
        if dtype in halves:
            y_pred, dtype = y_pred.float(), torch.float32
        if y_real.dtype != dtype:
            y_real = y_real.to(dtype)
        limit = _EXP_LIMIT_64 if dtype == torch.float64 else _EXP_LIMIT_32
        result: Tensor = raw(y_pred, y_real, EPSILON, limit, *constants)
        return result

    return function


@functools.lru_cache(maxsize=1024)
def _compiled(source: str) -> Callable[..., Any]:
    """Compile generated source once; losses that differ in constants share the function.

    The source was written by `codegen` from a tree, token by token: nothing of a user's
    text reaches it but the values of numbers, which are passed as arguments.
    """
    import torch

    filename = f"<lossgp {hashlib.sha256(source.encode()).hexdigest()[:12]}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    scope: dict[str, Any] = {"torch": torch}
    exec(compile(source, filename, "exec"), scope)
    function: Callable[..., Any] = scope["loss"]
    return function


def numpy_function(
    tree: sympy.Expr, *, probabilities: bool = False
) -> Callable[[Any, Any], FloatArray]:
    """Return `f(y_pred, y_real)` on arrays; float64 unless float32 is given.

    Both have one shape, or one of them is a number. With `probabilities`, predictions outside
    [0, 1] are refused.
    """

    def function(y_pred: Any, y_real: Any) -> FloatArray:
        p, y = np.asarray(y_pred), np.asarray(y_real)
        if p.shape != y.shape and p.ndim and y.ndim:
            raise ValueError(
                f"y_pred has shape {p.shape} and y_real {y.shape}; they must be equal, or one "
                "of them a number"
            )
        if probabilities:
            outside = p[(p < -ROUNDING) | (p > 1 + ROUNDING)]
            if len(outside):
                raise ValueError(out_of_range(outside[0]))
        dtype = np.float32 if p.dtype == np.float32 else np.float64
        p, y = np.broadcast_arrays(p, y)
        return values(tree, p.astype(dtype), y.astype(dtype)).copy()

    return function


def out_of_range(found: float) -> str:
    """Return what is said of a prediction outside [0, 1]."""
    return (
        f"y_pred holds {found:.6g}, and this loss is of probabilities in [0, 1]; for raw scores "
        "there is `loss.torch(from_logits=True)`; check_range=False computes it all the same"
    )
