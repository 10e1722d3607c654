"""Losses as stand-alone files: code that imports nothing of lossgp, and documents.

A new target is one function `(loss, notes) -> str` and one row of `TARGETS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from lossgp.common.echo import quoted
from lossgp.common.suggesting import did_you_mean

from ..errors import FormulaError
from ..formula_files import AsText
from .array_files import jax_file, keras_file, numpy_file, tensorflow_file
from .documents import json_file, latex_file, mathml_file, sympy_file
from .torch_file import torch_file

if TYPE_CHECKING:
    from ..loss import Loss
    from ..pair import LossPair

Writer = Callable[["Loss | LossPair", Mapping[str, str]], str]

TARGETS: dict[str, Writer] = {
    "torch": torch_file,
    "keras": keras_file,
    "tensorflow": tensorflow_file,
    "jax": jax_file,
    "numpy": numpy_file,
    "latex": latex_file,
    "sympy": sympy_file,
    "json": json_file,
    "mathml": mathml_file,
}

ALIASES = {"pytorch": "torch", "tf": "tensorflow", "np": "numpy", "tex": "latex"}

__all__ = ["ALIASES", "TARGETS", "source", "target_of", "targets"]


def targets() -> list[str]:
    """Return the names of the targets that `source` writes."""
    return list(TARGETS)


def source(loss: Loss | LossPair, target: str, *, notes: Mapping[str, str] | None = None) -> str:
    """Return the text of a stand-alone file of a loss.

    Args:
        loss: the loss, or the losses of D and G.
        target: one of `targets()`, or another name of it in `ALIASES`.
        notes: labelled lines, such as the score and where the loss was found; they stand in
            the docstring or in comments, on one line each.

    Raises:
        FormulaError: the target is unknown, or this is no loss.
    """
    if not isinstance(loss, AsText):
        raise FormulaError(
            f"a loss or a pair of losses is exported, not {quoted(loss, 60)}; "
            "lossgp.parse reads a formula"
        )
    return TARGETS[target_of(target)](loss, notes or {})


def target_of(name: str) -> str:
    """Return the target of a name in any case, such as PyTorch for torch.

    Raises:
        FormulaError: the target is unknown.
    """
    target = ALIASES.get(name.lower(), name.lower())
    if target not in TARGETS:
        hint = did_you_mean(name, [*TARGETS, *ALIASES])
        raise FormulaError(
            f"unknown export target {quoted(name, 40)}{hint}; choose one of {', '.join(TARGETS)}"
        )
    return target
