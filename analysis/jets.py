"""Value, slope and curvature of a one-variable tree, in float64, with ε kept or sent to 0.

One pass over the nodes carries (f, f', f'') by the chain rule (forward mode, second order).
The nodes are first laid out as a tape, because a tree is read at some hundred sets of points.
The operators' own derivative rules stand here and not in the operator table because nothing
but the analysis needs a second derivative; an operator without a rule here is differenced.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import sympy
from numpy.typing import NDArray

from lossgp.expressions import BY_NAME, Y_PRED, Y_REAL
from lossgp.expressions.operators import BY_NODE, Operator
from lossgp.expressions.symbols import EXP_LIMIT, value_of

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Jet:
    """A function's value and its first two derivatives on a grid; three arrays of one shape."""

    value: Array
    slope: Array
    curvature: Array

    def part(self, which: Any) -> Jet:
        """Return the jet at some of the points, chosen as NumPy indexes."""
        return Jet(self.value[which], self.slope[which], self.curvature[which])


@dataclass(slots=True)
class _Dual:
    """A jet in the making; None stands for a derivative that is zero everywhere."""

    f: Any
    d: Any = None
    dd: Any = None


_ONE: Final = 1.0
_Rule = Callable[[list[_Dual], float], _Dual]


class Tape:
    """One or more trees in `y_pred` as a list of steps, what they share standing there once.

    Args:
        trees: expressions that hold no `y_real`, such as `Loss.by_class` gives.
        epsilon: ε of the protected operators; 0 for their limit.

    Raises:
        ValueError: a tree holds `y_real`.
    """

    def __init__(self, trees: Sequence[sympy.Expr], epsilon: float) -> None:
        self._epsilon = epsilon
        self._trees = tuple(trees)  # keeps the nodes alive whose identities are looked up
        self._leaves: list[_Dual] = [_Dual(np.empty(0), _ONE)]  # the first one is the variable
        self._steps: list[tuple[_Rule, tuple[int, ...]]] = []
        places: dict[int, int] = {id(Y_PRED): 0}
        _lay_leaves(self._trees, places, self._leaves)
        self._roots = [self._lay(tree, places) for tree in self._trees]

    def _lay(self, node: sympy.Expr, places: dict[int, int]) -> int:
        place = places.get(id(node))
        if place is None:
            operands = tuple([self._lay(a, places) for a in node.args])
            row = BY_NODE[type(node)]
            self._steps.append((_RULES.get(row.name) or _differenced(row), operands))
            place = places[id(node)] = len(self._leaves) + len(self._steps) - 1
        return place

    def __call__(self, x: Array) -> tuple[Jet, ...]:
        """Return the jets of the trees at the points x, float64 of any shape."""
        slots = [_Dual(x, _ONE), *self._leaves[1:]]
        epsilon = self._epsilon
        with np.errstate(all="ignore"):
            for rule, operands in self._steps:
                slots.append(rule([slots[i] for i in operands], epsilon))
        jets = []
        for root in self._roots:
            out = slots[root]
            jets.append(Jet(*(_full(part, x.shape) for part in (out.f, out.d, out.dd))))
        return tuple(jets)


def _lay_leaves(trees: Sequence[sympy.Expr], places: dict[int, int], leaves: list[_Dual]) -> None:
    """Give every constant of the trees a place among the leaves."""
    stack = list(trees)
    while stack:
        node = stack.pop()
        if type(node) in BY_NODE:
            stack.extend(node.args)
        elif node is Y_REAL:
            raise ValueError("y_real stands in the tree; analyse the trees of Loss.by_class()")
        elif id(node) not in places:
            places[id(node)] = len(leaves)
            leaves.append(_Dual(np.float64(value_of(node))))


def jet(tree: sympy.Expr, x: Array, *, epsilon: float) -> Jet:
    """Return value, slope and curvature of a tree at the points x; see `Tape`."""
    return Tape([tree], epsilon)(np.asarray(x, dtype=np.float64))[0]


def constant_value(node: sympy.Expr, *, epsilon: float) -> float:
    """Return the value of an operator on constants; it may be infinite or NaN."""
    row = BY_NODE[type(node)]
    rule = _RULES.get(row.name) or _differenced(row)
    with np.errstate(all="ignore"):
        return float(rule([_Dual(np.float64(value_of(a))) for a in node.args], epsilon).f)


def _full(part: Any, shape: tuple[int, ...]) -> Array:
    if type(part) is np.ndarray and part.shape == shape:
        return part
    return np.broadcast_to(
        np.asarray(0.0 if part is None else part, dtype=np.float64), shape
    ).copy()


def _chain(a: _Dual, f: Any, first: Any, second: Any) -> _Dual:
    """Return f(a) from f, f', f'' at a."""
    if a.d is None:
        return _Dual(f)
    if a.d is _ONE and a.dd is None:  # the variable itself
        return _Dual(f, first, second)
    dd = second * (a.d * a.d)
    return _Dual(f, first * a.d, dd if a.dd is None else dd + first * a.dd)


def _sum(a: Any, b: Any) -> Any:
    if a is None or b is None:
        return b if a is None else a
    return a + b


def _scaled(part: Any, factor: Any) -> Any:
    return None if part is None else part * factor


def _add(x: list[_Dual], _eps: float) -> _Dual:
    a, b = x
    return _Dual(a.f + b.f, _sum(a.d, b.d), _sum(a.dd, b.dd))


def _sub(x: list[_Dual], _eps: float) -> _Dual:
    a, b = x
    return _Dual(a.f - b.f, _sum(a.d, _scaled(b.d, -1.0)), _sum(a.dd, _scaled(b.dd, -1.0)))


def _neg(x: list[_Dual], _eps: float) -> _Dual:
    (a,) = x
    return _Dual(-a.f, _scaled(a.d, -1.0), _scaled(a.dd, -1.0))


def _product(a: _Dual, b: _Dual) -> _Dual:
    d = _sum(_scaled(a.d, b.f), _scaled(b.d, a.f))
    dd = _sum(_scaled(a.dd, b.f), _scaled(b.dd, a.f))
    if a.d is not None and b.d is not None:
        both = a.d * b.d
        dd = _sum(dd, both + both)
    return _Dual(a.f * b.f, d, dd)


def _mul(x: list[_Dual], _eps: float) -> _Dual:
    return _product(x[0], x[1])


def _div(x: list[_Dual], eps: float) -> _Dual:
    a, b = x
    below = b.f + eps if eps else b.f
    q = a.f / below
    if b.d is None:
        return _Dual(q, *(None if part is None else part / below for part in (a.d, a.dd)))
    # q' = (a' − q·b')/b and q'' = (a'' − 2·q'·b' − q·b'')/b
    d = q * b.d
    d = -d / below if a.d is None else (a.d - d) / below
    dd = d * b.d
    dd = dd + dd
    if b.dd is not None:
        dd = dd + q * b.dd
    return _Dual(q, d, -dd / below if a.dd is None else (a.dd - dd) / below)


def _pow(x: list[_Dual], eps: float) -> _Dual:
    a, c = x[0], float(x[1].f)
    if c >= 0 and c == int(c):
        n = int(c)
        return _chain(
            a,
            a.f**n,
            n * a.f ** (n - 1) if n >= 1 else 0.0,
            n * (n - 1) * a.f ** (n - 2) if n >= 2 else 0.0,
        )
    m = np.abs(a.f) + eps
    return _chain(a, m**c, c * np.sign(a.f) * m ** (c - 1), c * (c - 1) * m ** (c - 2))


def _sqrt(x: list[_Dual], eps: float) -> _Dual:
    (a,) = x
    m = np.abs(a.f) + eps if eps else np.abs(a.f)
    root = np.sqrt(m)
    return _chain(a, root, 0.5 * np.sign(a.f) / root, -0.25 / (root * m))


def _log(x: list[_Dual], eps: float) -> _Dual:
    (a,) = x
    m = np.abs(a.f) + eps if eps else np.abs(a.f)
    return _chain(a, np.log(m), np.sign(a.f) / m, -1.0 / (m * m))


def _exp(x: list[_Dual], _eps: float) -> _Dual:
    (a,) = x
    out = np.exp(np.minimum(a.f, EXP_LIMIT[8]))
    slope = np.where(a.f > EXP_LIMIT[8], 0.0, out)
    return _chain(a, out, slope, slope)


def _sin(x: list[_Dual], _eps: float) -> _Dual:
    s, c = np.sin(x[0].f), np.cos(x[0].f)
    return _chain(x[0], s, c, -s)


def _cos(x: list[_Dual], _eps: float) -> _Dual:
    s, c = np.sin(x[0].f), np.cos(x[0].f)
    return _chain(x[0], c, -s, -c)


def _abs(x: list[_Dual], _eps: float) -> _Dual:
    return _chain(x[0], np.abs(x[0].f), np.sign(x[0].f), 0.0)


def _tanh(x: list[_Dual], _eps: float) -> _Dual:
    t = np.tanh(x[0].f)
    slope = 1.0 - t * t
    return _chain(x[0], t, slope, -2.0 * t * slope)


def _sigmoid(x: list[_Dual], _eps: float) -> _Dual:
    t = np.tanh(0.5 * x[0].f)
    slope = 0.25 * (1.0 - t * t)
    return _chain(x[0], 0.5 + 0.5 * t, slope, -t * slope)


def _pick(sign: float) -> _Rule:
    """Return the rule of max (sign 1) or min (sign −1); a tie takes the mean, as autograd does."""

    def rule(x: list[_Dual], _eps: float) -> _Dual:
        a, b = x
        share = np.heaviside(sign * (a.f - b.f), 0.5)
        d = _sum(_scaled(a.d, share), _scaled(b.d, 1.0 - share))
        dd = _sum(_scaled(a.dd, share), _scaled(b.dd, 1.0 - share))
        return _Dual(np.maximum(a.f, b.f) if sign > 0 else np.minimum(a.f, b.f), d, dd)

    return rule


def _aq(x: list[_Dual], _eps: float) -> _Dual:
    b = x[1].f
    r = 1.0 / np.sqrt(1.0 + b * b)
    cube = r * r * r
    return _product(x[0], _chain(x[1], r, -b * cube, (2.0 * b * b - 1.0) * cube * r * r))


_RULES: Final[dict[str, _Rule]] = {
    "add": _add, "sub": _sub, "neg": _neg, "mul": _mul, "div": _div, "pow": _pow,
    "sqrt": _sqrt, "log": _log, "exp": _exp, "sin": _sin, "cos": _cos, "abs": _abs,
    "tanh": _tanh, "sigmoid": _sigmoid, "max": _pick(1.0), "min": _pick(-1.0), "aq": _aq,
}  # fmt: skip


def _differenced(row: Operator) -> _Rule:
    """Return the rule of an operator of which only the first slopes are known: by differences."""

    def rule(operands: list[_Dual], _eps: float) -> _Dual:
        values = [a.f for a in operands]
        out = row.value(*values)
        slopes = row.slopes(values, out)
        d: Any = None
        dd: Any = None
        for i, a in enumerate(operands):
            if a.d is None:
                continue
            d = _sum(d, slopes[i] * a.d)
            dd = _sum(dd, _scaled(a.dd, slopes[i]))
            for j, b in enumerate(operands):
                if b.d is not None:
                    dd = _sum(dd, _slope_of_slope(row, values, i, j) * a.d * b.d)
        return _Dual(out, d, dd)

    return rule


def _slope_of_slope(row: Operator, values: list[Any], i: int, j: int) -> Any:
    step = 1e-5 * np.maximum(1.0, np.abs(values[j]))
    sides = []
    for sign in (1.0, -1.0):
        moved = [v + sign * step if k == j else v for k, v in enumerate(values)]
        sides.append(row.slopes(moved, row.value(*moved))[i])
    return (sides[0] - sides[1]) / (2.0 * step)


def missing_rules() -> list[str]:
    """Return the operators that have no second derivative of their own here."""
    return [name for name in BY_NAME if name not in _RULES]
