"""The operator table: the single truth from which every form of an operator comes.

A tree is built of SymPy nodes. `+`, `*`, `exp`, `sin`, `cos`, `tanh` and `abs` are SymPy's
own classes, never auto-evaluated; the protected operators of the GANetic paper (appendix A)
and those that SymPy lacks are opaque `sympy.Function` classes, which expand to ordinary
SymPy with `Loss.sympy()`. Adding an operator means adding one row to `OPERATORS`, and where
SymPy lacks it, a class like those in `nodes`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import sympy
from sympy.core.basic import Basic

from . import intervals
from .nodes import Opaque, aq, div, is_whole, log, maximum, minimum, neg, power, sigmoid, sqrt, sub
from .symbols import EPSILON, EXP_LIMIT

Array = Any  # an ndarray, or a float where a subtree holds no variable
Slopes = Callable[[Sequence[Array], Array], tuple[Array, ...]]


def _exp(a: Array) -> Array:
    # A Python float and a NumPy float64 are both 8 bytes wide.
    return np.exp(np.minimum(a, EXP_LIMIT[getattr(a, "itemsize", 8)]))


def _exp_slope(args: Sequence[Array], out: Array) -> tuple[Array, ...]:
    limit = EXP_LIMIT[getattr(args[0], "itemsize", 8)]
    return ((args[0] <= limit) * out,)


def _power(a: Array, c: Array) -> Array:
    return a ** int(c) if is_whole(c) else (np.abs(a) + EPSILON) ** c


def _power_slope(args: Sequence[Array], _out: Array) -> tuple[Array, ...]:
    a, c = args
    if is_whole(c):
        return (c * a ** int(c - 1) if c >= 1 else a * 0.0, 0.0)
    return (c * np.sign(a) * (np.abs(a) + EPSILON) ** (c - 1), 0.0)


def _sigmoid(a: Array) -> Array:
    # Nothing cancels and nothing overflows, so both tails keep every digit: 0.5 + 0.5·tanh(a/2)
    # is 0 in float32 from a = −17 on.
    return np.exp(np.minimum(a, 0.0)) / (1.0 + np.exp(-np.abs(a)))


def _div_slope(x: Sequence[Array], out: Array) -> tuple[Array, ...]:
    inverse = 1.0 / (x[1] + EPSILON)
    return inverse, -out * inverse


def _aq_slope(x: Sequence[Array], out: Array) -> tuple[Array, ...]:
    square = 1.0 + x[1] * x[1]
    return 1.0 / np.sqrt(square), -out * x[1] / square


@dataclass(frozen=True)
class Operator:
    """One row of the table.

    Attributes:
        name: as it is written in formulas and configurations.
        arity: number of operands.
        node: the SymPy class of its nodes.
        bounds: intervals of its value and slopes, from those of the operands.
        value: the operator on NumPy arrays (or floats) of one dtype.
        slopes: its partial derivatives, from the operands and the value.
        source: array code with `{a}`, `{b}`, `{eps}`, and functions as `{f[name]}`.
        expand: ordinary SymPy from the operands and ε.
        infix: symbol between the operands in text (before it, for `neg`); None for a call.
        precedence: 1 sum, 2 product, 3 negation, 4 power, 5 a call.
        latex: template with `{a}`, `{b}`; `{ea}`/`{eb}` stand for `+ ε` where shown.
        atomic_latex: the LaTeX form needs no brackets around it in a product.
        commutative: the operands may be swapped.
        complexity: what one node counts for in the complexity of a loss.
    """

    name: str
    arity: int
    node: type[Basic]
    bounds: intervals.Bounds
    value: Callable[..., Array]
    slopes: Slopes
    source: str
    expand: Callable[..., sympy.Expr]
    latex: str
    infix: str | None = None
    precedence: int = 5
    atomic_latex: bool = False
    commutative: bool = False
    complexity: int = 1


def _call(name: str) -> str:
    return rf"\{name}\left({{a}}\right)"


OPERATORS: Final[tuple[Operator, ...]] = (
    Operator(
        "add", 2, sympy.Add, intervals.add,
        lambda a, b: a + b, lambda x, o: (1.0, 1.0), "{a} + {b}",
        lambda a, b, eps: a + b, "{a} + {b}", "+", 1, commutative=True,
    ),
    Operator(
        "sub", 2, sub, intervals.sub,
        lambda a, b: a - b, lambda x, o: (1.0, -1.0), "{a} - {b}",
        lambda a, b, eps: a - b, "{a} - {b}", "-", 1,
    ),
    Operator(
        "mul", 2, sympy.Mul, intervals.mul,
        lambda a, b: a * b, lambda x, o: (x[1], x[0]), "{a} * {b}",
        lambda a, b, eps: a * b, r"{a} \cdot {b}", "*", 2, commutative=True,
    ),
    Operator(
        "div", 2, div, intervals.div,
        lambda a, b: a / (b + EPSILON), _div_slope, "{a} / ({b} + {eps})",
        lambda a, b, eps: a / (b + eps), r"\frac{{{a}}}{{{b}{e}}}", "/", 2,
        atomic_latex=True, complexity=2,
    ),
    Operator(
        "neg", 1, neg, intervals.neg,
        lambda a: -a, lambda x, o: (-1.0,), "-{a}",
        lambda a, eps: -a, "-{a}", "-", 3,
    ),
    Operator(
        "pow", 2, power, intervals.power,
        _power, _power_slope, "",
        lambda a, c, eps: a**c if is_whole(float(c)) else (sympy.Abs(a) + eps) ** c,
        "{a}^{{{b}}}", "**", 4,
    ),
    Operator(
        "sqrt", 1, sqrt, intervals.sqrt,
        lambda a: np.sqrt(np.abs(a) + EPSILON),
        lambda x, o: (np.sign(x[0]) * 0.5 / o,), "{f[sqrt]}({f[abs]}({a}) + {eps})",
        lambda a, eps: sympy.sqrt(sympy.Abs(a) + eps), r"\sqrt{{{m}{a}{m2}{e}}}",
        complexity=2,
    ),
    Operator(
        "log", 1, log, intervals.log,
        lambda a: np.log(np.abs(a) + EPSILON),
        lambda x, o: (np.sign(x[0]) / (np.abs(x[0]) + EPSILON),),
        "{f[log]}({f[abs]}({a}) + {eps})",
        lambda a, eps: sympy.log(sympy.Abs(a) + eps), r"\log\left({m}{a}{m2}{e}\right)",
        complexity=2,
    ),
    Operator(
        "exp", 1, sympy.exp, intervals.exp,
        _exp, _exp_slope, "{f[exp]}({clip})",
        lambda a, eps: sympy.exp(a), "e^{{{a}}}", complexity=2,
    ),
    Operator(
        "sin", 1, sympy.sin, intervals.sin,
        np.sin, lambda x, o: (np.cos(x[0]),), "{f[sin]}({a})",
        lambda a, eps: sympy.sin(a), _call("sin"), complexity=2,
    ),
    Operator(
        "cos", 1, sympy.cos, intervals.cos,
        np.cos, lambda x, o: (-np.sin(x[0]),), "{f[cos]}({a})",
        lambda a, eps: sympy.cos(a), _call("cos"), complexity=2,
    ),
    Operator(
        "abs", 1, sympy.Abs, intervals.absolute,
        np.abs, lambda x, o: (np.sign(x[0]),), "{f[abs]}({a})",
        lambda a, eps: sympy.Abs(a), r"\left|{a}\right|",
    ),
    Operator(
        "tanh", 1, sympy.tanh, intervals.tanh,
        np.tanh, lambda x, o: (1.0 - o * o,), "{f[tanh]}({a})",
        lambda a, eps: sympy.tanh(a), _call("tanh"), complexity=2,
    ),
    Operator(
        "sigmoid", 1, sigmoid, intervals.sigmoid,
        _sigmoid, lambda x, o: (o * _sigmoid(-x[0]),), "",
        lambda a, eps: 1 / (1 + sympy.exp(-a)), r"\sigma\left({a}\right)", complexity=2,
    ),
    Operator(
        "max", 2, maximum, intervals.maximum,
        np.maximum,
        lambda x, o: (np.heaviside(x[0] - x[1], 0.5), np.heaviside(x[1] - x[0], 0.5)),
        "{f[max]}({a}, {b})", lambda a, b, eps: sympy.Max(a, b), r"\max\left({a}, {b}\right)",
        commutative=True,
    ),
    Operator(
        "min", 2, minimum, intervals.minimum,
        np.minimum,
        lambda x, o: (np.heaviside(x[1] - x[0], 0.5), np.heaviside(x[0] - x[1], 0.5)),
        "{f[min]}({a}, {b})", lambda a, b, eps: sympy.Min(a, b), r"\min\left({a}, {b}\right)",
        commutative=True,
    ),
    Operator(
        "aq", 2, aq, intervals.aq,
        lambda a, b: a / np.sqrt(1.0 + b * b), _aq_slope,
        "{a} / (1.0 + {b} * {b}) ** 0.5",
        lambda a, b, eps: a / sympy.sqrt(1 + b**2),
        r"\operatorname{{aq}}\left({a}, {b}\right)", complexity=2,
    ),
)  # fmt: skip

BY_NAME: Final = {row.name: row for row in OPERATORS}
BY_NODE: Final = {row.node: row for row in OPERATORS}
for _row in OPERATORS:
    if issubclass(_row.node, Opaque):
        _row.node.row = _row

PAPER: Final = ("add", "sub", "mul", "div", "sqrt", "log", "exp", "sin", "cos")
"""The operators of the GANetic search (section 3 and appendix A of the paper)."""

EXTENDED: Final = (*PAPER, "neg", "abs", "square", "cube", "tanh", "sigmoid", "max", "min", "aq")
"""Those of the paper and the ones that later loss searches use."""

SETS: Final = {"paper": PAPER, "extended": EXTENDED}

SHORTHANDS: Final = {"square": 2.0, "cube": 3.0}
"""Unary names that a search may choose and that build `pow` with this exponent."""
