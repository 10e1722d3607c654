"""Documents of a loss: LaTeX, SymPy's `srepr`, JSON, MathML."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import sympy

from ..printing import LATEX, latex
from .describing import SINGLE, comments, note_lines, parts
from .mathml import formula

if TYPE_CHECKING:
    from ..loss import Loss
    from ..pair import LossPair

_INDEX = {SINGLE: "", "DiscriminatorLoss": "_D", "GeneratorLoss": "_G"}


def latex_file(loss: Loss | LossPair, notes: Mapping[str, str]) -> str:
    r"""Return LaTeX to be `\input`: an `align` of the mean over N samples and the two classes.

    The first line of a loss is in the style of the GANetic paper's equation 2, protections
    written out; the next two are its form by class, equation 3, in the limit ε → 0.
    """
    head = [*note_lines(notes), f"Exact: {loss.text()}", "Needs amsmath."]
    lines = [line for name, part in parts(loss) for line in _equations(_INDEX[name], part)]
    body = " \\\\\n".join(f"  {line}" for line in lines)
    return f"{comments(head, '%')}\\begin{{align}}\n{body}\n\\end{{align}}\n"


def _equations(index: str, loss: Loss) -> list[str]:
    variable = LATEX[loss.link].y_pred
    classes = [latex(tree, loss.link) for tree in loss.by_class(epsilon=False)]
    each = loss.latex(epsilon=True)
    return [
        rf"L{index} &= \frac{{1}}{{N}} \sum_{{i=1}}^{{N}} \left[ {each} \right]",
        *(
            rf"\ell{index}\left({variable}, {label}\right) &= {written}"
            for label, written in zip((1, 0), classes, strict=True)
        ),
    ]


def sympy_file(loss: Loss | LossPair, notes: Mapping[str, str]) -> str:
    """Return a Python file that builds the loss as ordinary SymPy, from `srepr`'s text."""
    head = ["A loss as a SymPy expression, written by lossgp; it needs nothing but sympy."]
    lines = [comments([*head, *note_lines(notes), f"Formula: {loss.text()}"])]
    lines.append("from sympy import *\n")
    for name, part in parts(loss):
        snake = {SINGLE: "loss"}.get(name, name.removesuffix("Loss").lower())
        lines.append(f"{snake} = {sympy.srepr(part.sympy())}\n")
    return "\n".join(lines)


def json_file(loss: Loss | LossPair, notes: Mapping[str, str]) -> str:
    """Return JSON that `LossPair.from_json` reads; loading it executes nothing."""
    data = {**loss.to_json(), "latex": loss.latex(), "notes": dict(notes)}
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def mathml_file(loss: Loss | LossPair, notes: Mapping[str, str]) -> str:
    """Return a MathML element for each loss, to be put into a web page."""
    lines = [f"<!-- {line} -->" for line in map(_comment, note_lines(notes))]
    return "\n".join([*lines, *(formula(part) for _, part in parts(loss))]) + "\n"


def _comment(line: str) -> str:
    return line.replace("--", "- -").rstrip("-")
