"""Losses as stand-alone files: code that imports nothing of lossgp, and documents.

A new target is one function `(loss, notes) -> str` and one row of `GROUPS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from lossgp.common.echo import quoted
from lossgp.common.suggesting import did_you_mean

from ..errors import FormulaError
from ..formula_files import AsText
from . import codebases
from .array_files import jax_file, keras_file, numpy_file, tensorflow_file
from .codebases import Codebase
from .documents import json_file, latex_file, mathml_file, sympy_file
from .torch_file import torch_file

if TYPE_CHECKING:
    from ..loss import Loss
    from ..pair import LossPair

Writer = Callable[["Loss | LossPair", Mapping[str, str]], str]

GROUPS: dict[str, dict[str, Writer]] = {
    "Code": {
        "torch": torch_file,
        "keras": keras_file,
        "tensorflow": tensorflow_file,
        "jax": jax_file,
        "numpy": numpy_file,
    },
    "Documents": {
        "latex": latex_file,
        "sympy": sympy_file,
        "json": json_file,
        "mathml": mathml_file,
    },
    "Frameworks": {
        "monai": codebases.MONAI,
        "lightning": codebases.LIGHTNING,
        "torchgan": codebases.TORCHGAN,
        "mimicry": codebases.MIMICRY,
    },
    "Official code": {
        "projected-gan": codebases.PROJECTED_GAN,
        "stylegan2-ada": codebases.STYLEGAN2_ADA,
        "stylegan3": codebases.STYLEGAN3,
        "studiogan": codebases.STUDIOGAN,
    },
}
"""The targets, as people choose among them."""

TARGETS = {name: writer for group in GROUPS.values() for name, writer in group.items()}

ALIASES = {
    "pytorch": "torch", "tf": "tensorflow", "np": "numpy", "tex": "latex",
    "projected_gan": "projected-gan", "stylegan2-ada-pytorch": "stylegan2-ada",
    "stylegan2_ada": "stylegan2-ada", "pytorch-lightning": "lightning",
    "pytorch-studiogan": "studiogan", "torch-mimicry": "mimicry",
}  # fmt: skip

__all__ = ["ALIASES", "GROUPS", "TARGETS", "source", "target_of", "targets"]


def targets() -> list[str]:
    """Return the names of the targets that `source` writes."""
    return list(TARGETS)


def source(
    loss: Loss | LossPair,
    target: str,
    *,
    notes: Mapping[str, str] | None = None,
    generator_only: bool = False,
) -> str:
    """Return the text of a stand-alone file of a loss.

    Args:
        loss: the loss, or the losses of D and G.
        target: one of `targets()`, or another name of it in `ALIASES`.
        notes: labelled lines, such as the score and where the loss was found; they stand in
            the docstring or in comments, on one line each.
        generator_only: give the loss to G alone, and leave D the loss that its code base has;
            for targets whose file trains both, such as StyleGAN2-ADA.

    Raises:
        FormulaError: the target is unknown or cannot leave D its loss, or this is no loss.
    """
    if not isinstance(loss, AsText):
        raise FormulaError(
            f"a loss or a pair of losses is exported, not {quoted(loss, 60)}; "
            "lossgp.parse reads a formula"
        )
    writer = TARGETS[target_of(target)]
    if generator_only:
        if not isinstance(writer, Codebase) or not writer.splits:
            able = [n for n, w in TARGETS.items() if isinstance(w, Codebase) and w.splits]
            raise FormulaError(
                f"generator only is for {', '.join(able)}; a file for {target_of(target)} has "
                "D's loss and G's apart, to be used as one likes"
            )
        writer = writer.for_generator_only()
    return writer(loss, notes or {})


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
