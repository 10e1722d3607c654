"""Straight-line source code of a tree, for any array library.

Common subexpressions are computed once, constant subtrees are folded to numbers, and in
compiled functions the numbers are arguments, so that tuning them compiles nothing anew.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import sympy

from .errors import FormulaError
from .nodes import is_whole
from .operators import BY_NODE, Operator
from .symbols import EPSILON, Y_PRED, Y_REAL, value_of

_FLOAT32_MAX = 3.4e38


@dataclass(frozen=True)
class Dialect:
    """How an array library writes its functions.

    Every dialect has the same slopes where an argument is exactly 0 or two are equal: that of
    abs (so of sqrt, log and powers, too) is 0 at 0, max and min give each side half, and exp
    keeps its own up to its limit. Names that begin with an underscore are functions that an
    exported file brings along (`export.substitutes`), where the library's own are different there.

    Attributes:
        functions: names of sqrt, log, exp, sin, cos, tanh, abs, max, min.
        above: a with everything above the number c cut off; at c the slope is that of a.
        least, most: min(a, c) and max(a, c) of an array and a number.
    """

    functions: Mapping[str, str]
    above: str
    least: str
    most: str


def _dialect(prefix: str, above: str, **special: str) -> Dialect:
    """Return a dialect whose max and min take numbers as they take arrays."""
    names = ("sqrt", "log", "exp", "sin", "cos", "tanh", "abs")
    functions = {name: f"{prefix}{name}" for name in names}
    functions |= {"max": f"{prefix}maximum", "min": f"{prefix}minimum", **special}
    least, most = (f"{functions[name]}({{a}}, {{c}})" for name in ("min", "max"))
    return Dialect(functions, above, least, most)


_OWN_TIES = {"abs": "_absolute", "max": "_maximum", "min": "_minimum"}
_OWN_WAVES = {"sin": "_sin", "cos": "_cos", "tanh": "_tanh"}

DIALECTS = {
    "torch": replace(
        _dialect("torch.", "torch.clamp({a}, max={c})"),
        # Unlike clamp, maximum halves the slope where both are equal; the cross entropy of
        # a raw score of exactly 0 has the right slope only so.
        least="torch.minimum({a}, {a}.new_full((), {c}))",
        most="torch.maximum({a}, {a}.new_full((), {c}))",
    ),
    "numpy": _dialect("np.", "np.minimum({a}, {c})"),
    "jax": _dialect("jnp.", "jnp.where({a} > {c}, {c}, {a})", abs="_absolute"),
    "keras": _dialect("ops.", "ops.where({a} > {c}, {c}, {a})", **_OWN_TIES, **_OWN_WAVES),
    # TensorFlow's own minimum gives the first argument the whole slope of a tie.
    "tensorflow": _dialect("tf.", "tf.minimum({a}, {c})", log="tf.math.log", **_OWN_TIES),
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
        if self.inline:
            return repr(value) if math.isfinite(value) else f'float("{value}")'
        if value not in self.constants:
            self.constants.append(value)
        return f"c{self.constants.index(value)}"

    def _operation(self, row: Operator, operands: list[tuple[str, float | None]]) -> str:
        if row.name == "pow":
            return self._power(operands[0][0], operands[1][1] or 0.0)
        if row.name == "sigmoid":
            return self._sigmoid(operands[0][0])
        if row.name in ("max", "min"):
            for (_, c), (a, _) in (operands, operands[::-1]):
                if c is not None:
                    return self._clip(row.name, a, c)
        names = [self.number(c) if c is not None else name for name, c in operands]
        clipped = ""
        if row.name == "exp":
            clipped = self.dialect.above.format(a=names[0], c="exp_max")
        source = row.source.format(
            a=names[0], b=names[-1], f=self.dialect.functions, eps=self.eps, clip=clipped
        )
        return self._assign(source)

    def _clip(self, which: str, a: str, c: float) -> str:
        """Write max(a, c) or min(a, c) of an array and a number."""
        form = self.dialect.most if which == "max" else self.dialect.least
        number = self.number(c) if not _FLOAT32_MAX < abs(c) < math.inf else ""
        if not number and "new_full" in form:
            # new_full refuses what float32 cannot hold. A product with a power of two is exact
            # in float64 and infinite in float32; a copy from the host, which torch.tensor
            # makes, could not be captured in a CUDA graph.
            mantissa, exponent = math.frexp(c)
            small, scale = self.number(2 * mantissa), self.number(2.0 ** (exponent - 1))
            form = form.replace("new_full((), {c})", f"new_full((), {small}) * {scale}")
        return self._assign(form.format(a=a, c=number or self.number(c)))

    def _sigmoid(self, a: str) -> str:
        """Write exp(min(a, 0)) / (1 + exp(-|a|)), which is exact in both tails, slopes too."""
        f = self.dialect.functions
        low = self._assign(self.dialect.least.format(a=a, c="0.0"))
        size = self._assign(f"{f['abs']}({a})")
        return self._assign(f"{f['exp']}({low}) / (1.0 + {f['exp']}(-{size}))")

    def _power(self, a: str, c: float) -> str:
        if not is_whole(c):
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
        FormulaError: the tree holds no variable.
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
