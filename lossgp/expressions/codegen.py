"""Straight-line source code of a tree, for any array library.

Common subexpressions are computed once, constant subtrees are folded to numbers, and in
compiled functions the numbers are arguments, so that tuning them compiles nothing anew.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import sympy

from .errors import FormulaError
from .operators import BY_NODE, Operator
from .symbols import EPSILON, Y_PRED, Y_REAL, value_of

_FLOAT32_MAX = 3.4e38


@dataclass(frozen=True)
class Dialect:
    """How an array library writes its functions.

    Attributes:
        functions: library names of sqrt, log, exp, sin, cos, tanh, abs, max, min.
        above: a with everything above the number c cut off.
        least, most: min(a, c) and max(a, c) of an array and a number.
    """

    functions: Mapping[str, str]
    above: str
    least: str
    most: str


def _plain(prefix: str, **special: str) -> dict[str, str]:
    names = dict.fromkeys(("sqrt", "log", "exp", "sin", "cos", "tanh", "abs"))
    functions = {name: f"{prefix}{name}" for name in names}
    return {**functions, "max": f"{prefix}maximum", "min": f"{prefix}minimum", **special}


def _minmax(prefix: str, **special: str) -> Dialect:
    return Dialect(
        _plain(prefix, **special),
        above=f"{prefix}minimum({{a}}, {{c}})",
        least=f"{prefix}minimum({{a}}, {{c}})",
        most=f"{prefix}maximum({{a}}, {{c}})",
    )


DIALECTS = {
    "torch": Dialect(
        _plain("torch."),
        above="torch.clamp({a}, max={c})",
        # Unlike clamp, maximum halves the slope where both are equal; the cross entropy of
        # a raw score of exactly 0 has the right slope only so.
        least="torch.minimum({a}, {a}.new_full((), {c}))",
        most="torch.maximum({a}, {a}.new_full((), {c}))",
    ),
    "numpy": _minmax("np."),
    "jax": _minmax("jnp."),
    "keras": _minmax("ops."),
    "tensorflow": _minmax("tf.", log="tf.math.log"),
}


@dataclass(frozen=True)
class Code:
    """The body of a function: lines that assign, the result, and the numbers they use."""

    lines: tuple[str, ...]
    result: str
    constants: tuple[float, ...]

    def function(self, name: str, first: str, second: str) -> str:
        """Return the source of `name(first, second, eps, exp_max, c0, c1, …)`."""
        numbers = "".join(f", c{i}" for i in range(len(self.constants)))
        body = "".join(f"    {line}\n" for line in self.lines)
        head = f"def {name}({first}, {second}, eps, exp_max{numbers}):\n"
        return f"{head}{body}    return {self.result}\n"


@dataclass
class _Writer:
    dialect: Dialect
    inline: bool
    y_pred: str
    y_real: str
    eps: str
    lines: list[str] = field(default_factory=list)
    constants: list[float] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)

    def write(self, node: sympy.Expr) -> tuple[str, float | None]:
        """Return the name that holds a node's value, or its number where it is constant."""
        row = BY_NODE.get(type(node))
        if row is None:
            if node is Y_PRED:
                return self.y_pred, None
            return (self.y_real, None) if node is Y_REAL else ("", value_of(node))
        operands = [self.write(a) for a in node._args]
        if all(c is not None for _, c in operands):
            return "", float(row.value(*[np.float64(c) for _, c in operands]))
        return self._operation(row, operands), None

    def number(self, value: float) -> str:
        """Return how a number is written: itself, or the name of an argument."""
        if not math.isfinite(value):
            raise FormulaError(f"a constant part of the formula is {value}; it must be finite")
        if self.inline:
            return repr(value)
        if value not in self.constants:
            self.constants.append(value)
        return f"c{self.constants.index(value)}"

    def _operation(self, row: Operator, operands: list[tuple[str, float | None]]) -> str:
        if row.name == "pow":
            return self._power(operands[0][0], operands[1][1] or 0.0)
        names = [self.number(c) if c is not None else name for name, c in operands]
        f = self.dialect.functions
        if row.name in ("max", "min") and any(c is not None for _, c in operands):
            a, c = names if operands[1][1] is not None else reversed(names)
            clip = self.dialect.most if row.name == "max" else self.dialect.least
            if any(abs(number or 0.0) > _FLOAT32_MAX for _, number in operands):
                # new_full refuses what overflows; new_tensor gives infinity, but copies from
                # the host, which a CUDA graph cannot capture.
                clip = clip.replace("new_full((), {c})", "new_tensor({c})")
            return self._assign(clip.format(a=a, c=c))
        clipped = ""
        if row.name == "exp":
            clipped = self.dialect.above.format(a=names[0], c="exp_max")
        a, b = names[0], names[-1]
        return self._assign(row.source.format(a=a, b=b, f=f, eps=self.eps, clip=clipped))

    def _power(self, a: str, c: float) -> str:
        if c < 0 or c != int(c):
            base = self._assign(f"{self.dialect.functions['abs']}({a}) + {self.eps}")
            return self._assign(f"{base} ** {self.number(c)}")
        if c == 0:
            return self._assign(f"{a} * 0.0 + 1.0")
        if c <= 3:
            # Products are exact under every library's autograd, and faster than a power.
            square = a if c == 1 else self._assign(f"{a} * {a}")
            return square if c <= 2 else self._assign(f"{square} * {a}")
        return self._assign(f"{a} ** {int(c)}")

    def _assign(self, expression: str) -> str:
        if expression not in self.known:
            self.known[expression] = f"t{len(self.lines)}"
            self.lines.append(f"{self.known[expression]} = {expression}")
        return self.known[expression]


def generate(
    tree: sympy.Expr,
    dialect: str,
    *,
    inline: bool = False,
    y_pred: str = "y_pred",
    y_real: str = "y_real",
) -> Code:
    """Return the straight-line code of a tree.

    Args:
        tree: the expression; it must hold a variable.
        dialect: a key of `DIALECTS`.
        inline: write numbers and ε into the code, for stand-alone files; exp's limit stays
            a name, `exp_max`, because it depends on the dtype.
        y_pred, y_real: names of the two variables in the code.

    Raises:
        FormulaError: the tree holds no variable, or a constant part of it is not finite.
    """
    writer = _Writer(
        DIALECTS[dialect],
        inline,
        y_pred,
        y_real,
        repr(EPSILON) if inline else "eps",
    )
    with np.errstate(all="ignore"):
        result, value = writer.write(tree)
    if value is not None:
        raise FormulaError("the formula is a constant; a loss must depend on the prediction")
    return Code(tuple(writer.lines), result, tuple(writer.constants))
