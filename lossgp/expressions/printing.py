"""Trees as plain text and as LaTeX. Both forms parse back to the same tree."""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from .operators import BY_NODE, Operator
from .symbols import Y_PRED, Y_REAL, value_of

ATOM = 5


@dataclass(frozen=True)
class Names:
    """How the two variables are written."""

    y_pred: str
    y_real: str


TEXT = {"sigmoid": Names("y_pred", "y_real"), "identity": Names("score", "y_real")}
LATEX = {"sigmoid": Names("y_{pred}", "y_{real}"), "identity": Names("s", "y_{real}")}


def text(tree: sympy.Expr, link: str = "sigmoid") -> str:
    """Return the tree as a formula of numbers, variables, operators and calls."""
    return _text(tree, TEXT[link])[0]


def latex(tree: sympy.Expr, link: str = "sigmoid", *, epsilon: bool = False) -> str:
    """Return the tree as LaTeX; with `epsilon` the protections are written out."""
    return _latex(tree, LATEX[link], epsilon)[0]


def number(value: float) -> str:
    """Return the shortest decimal that reads back as this float, 3 rather than 3.0."""
    whole = value == int(value) and abs(value) < 1e15
    return str(int(value)) if whole else repr(value)


def _leaf(node: sympy.Expr, names: Names, figure: str) -> tuple[str, int]:
    if node is Y_PRED:
        return names.y_pred, ATOM
    if node is Y_REAL:
        return names.y_real, ATOM
    return figure, (3 if value_of(node) < 0 else ATOM)


def _brackets(form: tuple[str, int], least: int, left: str, right: str) -> str:
    return form[0] if form[1] >= least else f"{left}{form[0]}{right}"


def _operands(row: Operator, forms: list[tuple[str, int]], left: str, right: str) -> list[str]:
    """Bracket the operands of an infix operator where reading back needs it."""
    if row.name == "neg":
        return [_brackets(forms[0], 3, left, right)]
    if row.name == "pow":
        return [_brackets(forms[0], ATOM, left, right), forms[1][0]]
    return [
        _brackets(forms[0], row.precedence, left, right),
        _brackets(forms[1], row.precedence + 1, left, right),
    ]


def _is_negated_number(row: Operator, node: sympy.Expr) -> bool:
    return row.name == "neg" and isinstance(node.args[0], sympy.Number)


def _text(node: sympy.Expr, names: Names) -> tuple[str, int]:
    row = BY_NODE.get(type(node))
    if row is None:
        figure = number(value_of(node)) if isinstance(node, sympy.Number) else ""
        return _leaf(node, names, figure)
    forms = [_text(a, names) for a in node.args]
    if row.infix is None or _is_negated_number(row, node):
        return f"{row.name}({', '.join(form for form, _ in forms)})", ATOM
    operands = _operands(row, forms, "(", ")")
    if row.name == "neg":
        return f"-{operands[0]}", row.precedence
    tight = row.name == "pow"
    return (row.infix if tight else f" {row.infix} ").join(operands), row.precedence


def _latex_number(value: float) -> str:
    mantissa, e, exponent = number(value).partition("e")
    return f"{mantissa}{{\\times}}10^{{{int(exponent)}}}" if e else mantissa


def _latex(node: sympy.Expr, names: Names, epsilon: bool) -> tuple[str, int]:
    row = BY_NODE.get(type(node))
    if row is None:
        figure = _latex_number(value_of(node)) if isinstance(node, sympy.Number) else ""
        return _leaf(node, names, figure)
    forms = [_latex(a, names, epsilon) for a in node.args]
    if _is_negated_number(row, node):
        return rf"\operatorname{{neg}}\left({forms[0][0]}\right)", ATOM
    operands = [form for form, _ in forms]
    if row.infix is not None and row.name != "div":
        operands = _operands(row, forms, r"\left(", r"\right)")
    if row.name == "pow" and not _plain_base(node.args[0]):
        operands[0] = rf"\left({forms[0][0]}\right)"
    pieces = {"a": operands[0], "b": operands[-1], "e": "", "m": "", "m2": ""}
    if epsilon:
        pieces |= {"e": r" + \varepsilon", "m": r"\left|", "m2": r"\right|"}
    precedence = ATOM if row.infix is None or row.name == "div" else row.precedence
    return row.latex.format(**pieces), precedence


def _plain_base(node: sympy.Expr) -> bool:
    """Tell whether a LaTeX power may stand on the node without brackets."""
    if isinstance(node, sympy.Number):
        return value_of(node) >= 0 and "e" not in number(value_of(node))
    return type(node) not in BY_NODE
