"""What every exported file says about its loss: formula, LaTeX, meaning, notes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from textwrap import indent
from typing import TYPE_CHECKING

from ..codegen import Code, generate
from ..symbols import EPSILON, EXP_LIMIT

if TYPE_CHECKING:
    from ..loss import Loss
    from ..pair import LossPair

SINGLE, FOR_D, FOR_G = "DiscoveredLoss", "DiscriminatorLoss", "GeneratorLoss"

_MEANING = {
    "sigmoid": "y_pred: probabilities in [0, 1]; y_real: labels, 1 for real and 0 for generated.",
    "identity": "y_pred: the raw output (score); y_real: labels, 1 for real and 0 for generated.",
}


def parts(loss: Loss | LossPair) -> Iterable[tuple[str, Loss]]:
    """Return the name of each class that is written, and its loss."""
    losses = loss.by_player()
    return zip([SINGLE] if len(losses) == 1 else [FOR_D, FOR_G], losses, strict=True)


def description(loss: Loss) -> list[str]:
    """Return lines that hold a loss's formula, its LaTeX, and what its operators mean."""
    return [
        f"Formula: {loss.text()}",
        f"LaTeX: {loss.latex()}",
        _MEANING[loss.link],
        f"Protected: a/b is a/(b + e), sqrt(a) is sqrt(|a| + e), log(a) is log(|a| + e), e = "
        f"{EPSILON:g}.",
    ]


def note_lines(notes: Mapping[str, str]) -> list[str]:
    """Return the notes, one printable line each."""
    return [one_line(f"{label}: {text}") for label, text in notes.items()]


def one_line(text: str) -> str:
    """Return the text without line breaks and other signs that do not print."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def docstring(lines: list[str]) -> str:
    """Return a raw docstring literal that holds these lines and ends on a line of its own."""
    # In a raw literal only three quotation marks could end the text early.
    body = "\n".join(lines).replace('"""', "'''")
    return f'r"""{body}\n"""'


def comments(lines: list[str], sign: str = "#") -> str:
    """Return the lines as comments, each ending in a line break."""
    return "".join(f"{sign} {line}\n" for line in lines)


def body(code: Code, is_double: str) -> str:
    """Return the statements of a function: an exp limit where needed, the lines, the result.

    Args:
        code: inline code of `generate`.
        is_double: an expression in the target's language that is true for float64.
    """
    lines = list(code.lines)
    if any("exp_max" in line for line in lines):
        lines.insert(0, f"exp_max = {EXP_LIMIT[8]} if {is_double} else {EXP_LIMIT[4]}")
    return indent("\n".join([*lines, f"return {code.result}"]), "    ")


def inline(loss: Loss, dialect: str) -> Code:
    """Return the code of a loss with its numbers written out."""
    return generate(loss.expr, dialect, inline=True)
