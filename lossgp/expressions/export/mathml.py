"""A loss as presentation MathML, which browsers show without a library."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sympy

from ..operators import BY_NODE
from ..printing import number
from ..symbols import Y_PRED, Y_REAL, value_of

if TYPE_CHECKING:
    from ..loss import Loss

_ATOM = 5
_SIGNS = {"add": "+", "sub": "−", "mul": "·"}


def formula(loss: Loss) -> str:
    """Return one `<math>` element of the formula."""
    predicted = _sub("y", "pred") if loss.link == "sigmoid" else "<mi>s</mi>"
    body, _ = _write(loss.expr, predicted)
    space = "http://www.w3.org/1998/Math/MathML"
    return f'<math xmlns="{space}" display="block"><mrow>{body}</mrow></math>'


def _sub(base: str, index: str) -> str:
    return f"<msub><mi>{base}</mi><mi>{index}</mi></msub>"


def _number(value: float) -> str:
    sign = "<mo>−</mo>" if value < 0 else ""
    mantissa, _, exponent = number(abs(value)).partition("e")
    figure = f"{sign}<mn>{mantissa}</mn>"
    if exponent:
        power = _number(int(exponent))
        figure += f"<mo>×</mo><msup><mn>10</mn><mrow>{power}</mrow></msup>"
    return figure


def _fenced(inner: str, left: str = "(", right: str = ")") -> str:
    return f"<mrow><mo>{left}</mo>{inner}<mo>{right}</mo></mrow>"


def _write(node: sympy.Expr, predicted: str) -> tuple[str, int]:
    """Return the MathML of a node, and how tightly it binds (as `Operator.precedence`)."""
    row = BY_NODE.get(type(node))
    if row is None:
        if node is Y_PRED or node is Y_REAL:
            return (predicted if node is Y_PRED else _sub("y", "real")), _ATOM
        value = value_of(node)
        return _number(value), (_ATOM if value >= 0 and "e" not in number(value) else 1)
    forms = [_write(a, predicted) for a in node.args]
    plain = [f"<mrow>{form}</mrow>" for form, _ in forms]

    def tight(k: int, least: int) -> str:
        return forms[k][0] if forms[k][1] >= least else _fenced(forms[k][0])

    if row.name in _SIGNS:
        left, right = tight(0, row.precedence), tight(1, row.precedence + 1)
        return f"{left}<mo>{_SIGNS[row.name]}</mo>{right}", row.precedence
    match row.name:
        case "neg":
            return f"<mo>−</mo>{tight(0, 4)}", row.precedence
        case "div":
            return f"<mfrac>{plain[0]}{plain[1]}</mfrac>", _ASIDE
        case "pow":
            return f"<msup><mrow>{tight(0, _ATOM)}</mrow>{plain[1]}</msup>", _ASIDE
        case "exp":
            return f"<msup><mi>e</mi>{plain[0]}</msup>", _ASIDE
        case "sqrt":
            return f"<msqrt>{plain[0]}</msqrt>", _ATOM
        case "abs":
            return _fenced(forms[0][0], "|", "|"), _ATOM
    inner = "<mo>,</mo>".join(form for form, _ in forms)
    name = "σ" if row.name == "sigmoid" else row.name
    return f"<mi>{name}</mi>{_fenced(inner)}", _ATOM


# Fractions and powers stand freely in sums and products, but not under another exponent.
_ASIDE = 4
