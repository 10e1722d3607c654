"""Trees in one variable, laid out to be read at many points: a loss is read some fifty times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import sympy

from lossgp.expressions import Y_PRED, Y_REAL, Link
from lossgp.expressions.operators import BY_NODE
from lossgp.expressions.symbols import value_of

from .jets import EXP, ONE, Array, Dual, Jet, Rule, exponential, is_whole, rule_of

_BENDING = frozenset(["abs", "sqrt", "log", "pow", "div", "max", "min"])
_CENTRED = frozenset(["pow", "mul", "tanh", "sigmoid", "aq"])
_Corner = tuple[int, int | None, float]
"""Slots a and b and a number c: the function is a + c, or a − b."""
Functions = tuple[Array, Array]
"""Values and slopes of functions, each of shape (number of functions, *points)."""


class JetTape:
    """One or more trees in `y_pred` as a list of steps, what they share standing there once.

    Args:
        trees: expressions that hold no `y_real`, such as `Loss.by_class` gives.
        epsilon: ε of the protected operators; 0 for their limit.
        link: "sigmoid" where the variable runs from 0 to 1, "identity" where it is any score.

    Raises:
        ValueError: a tree holds `y_real`.
    """

    def __init__(self, trees: Sequence[sympy.Expr], epsilon: float, link: Link) -> None:
        self._epsilon = epsilon
        self._trees = tuple(trees)  # keeps the nodes alive whose identities are looked up
        self._leaves: list[Dual] = [Dual(np.empty(0), ONE)]  # the first one is the variable
        self._steps: list[tuple[Rule, tuple[int, ...]]] = []
        self._slots: dict[int, int] = {id(Y_PRED): 0}  # by the identity of nodes
        self._link = link
        self._bending: list[sympy.Expr] = []
        self._centred: list[sympy.Expr] = []
        _lay_leaves(self._trees, self._slots, self._leaves)
        self._roots = [self._lay(tree) for tree in self._trees]

    def _lay(self, node: sympy.Expr) -> int:
        """Return the slot of a node, with the steps that fill it."""
        slot = self._slots.get(id(node))
        if slot is None:
            operands = tuple([self._lay(a) for a in node.args])
            row = BY_NODE[type(node)]
            slot = self._slots[id(node)] = len(self._leaves) + len(self._steps)
            self._steps.append((rule_of(row), operands))
            if row.name in _BENDING:
                self._bending.append(node)
            if row.name in _CENTRED:
                self._centred.append(node)
        return slot

    @cached_property
    def _corners(self) -> tuple[_Corner, ...]:
        found: dict[_Corner, None] = {}
        for node in self._bending:
            found.update(dict.fromkeys(_corners(node, self._slots, self._epsilon)))
        if self._link == "sigmoid":
            found.pop((0, None, 0.0), None)  # the variable is zero only at an end of its range
        return tuple(found)

    @cached_property
    def _centres(self) -> tuple[_Corner, ...]:
        found: dict[_Corner, None] = {}
        for node in self._centred:
            found.update(dict.fromkeys(_centres(node, self._slots)))
        found.pop((0, None, 0.0), None)
        return tuple(corner for corner in found if corner not in self._corners)

    def __call__(
        self, x: Array, *, curved: bool = True, number: int | None = None
    ) -> tuple[Jet, ...]:
        """Return the jets of the trees at the points.

        Args:
            x: float64 of any shape.
            curved: False leaves the curvature out, which takes half the time; it is 0 then.
            number: of the trees that are read, the first ones; None for all.
        """
        roots, steps = self._roots, self._steps
        if number is not None:  # the steps of the first trees come first
            roots = roots[:number]
            steps = steps[: max(max(roots) + 1 - len(self._leaves), 0)]
        return _jets(self._run(x, steps, curved), roots, x.shape)

    def cut_sooner(self, x: Array, limit: float) -> tuple[Jet, ...] | None:
        """Return the jets without curvature, with exp cut off at `limit`; None if no exp is there.

        Args:
            x: the points, float64 of any shape.
            limit: the largest argument of exp.
        """
        if all(rule is not EXP for rule, _ in self._steps):
            return None
        sooner = exponential(limit)
        steps = [(sooner if rule is EXP else rule, operands) for rule, operands in self._steps]
        return _jets(self._run(x, steps, False), self._roots, x.shape)

    def first(self, x: Array) -> tuple[tuple[Jet, ...], Functions, Functions]:
        """Return the jets, and what `arguments` and `centred` return, in one reading."""
        slots = self._run(x, self._steps, True)
        corners, centres = (
            _functions(slots, which, x.shape) for which in (self._corners, self._centres)
        )
        return _jets(slots, self._roots, x.shape), corners, centres

    @property
    def has_corners(self) -> bool:
        """Tell whether some operator of the trees may bend sharply, or become infinite."""
        return bool(self._corners)

    @property
    def has_centres(self) -> bool:
        """Tell whether some smooth operator of the trees may do all that it does in one place."""
        return bool(self._centres)

    def arguments(self, x: Array) -> Functions:
        """Return functions of which one is zero at each kink, cusp and pole, and their slopes.

        These are the arguments of the operators that are not smooth at 0: what stands under a
        root or a bar, in a logarithm, below a fraction line; the difference of what max or min
        compares. Between two zeros of them the trees are smooth.

        Args:
            x: the points, float64 of any shape.

        Returns:
            values and slopes, each of shape (number of functions, *x.shape).
        """
        return self._read(x, self._corners)

    def centred(self, x: Array) -> Functions:
        """Return functions at whose zeros a smooth operator may have a narrow bump, and slopes.

        What is squared, as in exp(−(1000·(p − 0.3))²), or goes through a sigmoid or tanh, may
        move the loss near its zero and nowhere else.

        Args and returns as those of `arguments`.
        """
        return self._read(x, self._centres)

    def _read(self, x: Array, functions: tuple[_Corner, ...]) -> Functions:
        # They lie below the roots: for them the last steps need not be taken.
        last = max((slot for a, b, _ in functions for slot in (a, b or 0)), default=0)
        slots = self._run(x, self._steps[: max(last + 1 - len(self._leaves), 0)], False)
        return _functions(slots, functions, x.shape)

    def _run(
        self, x: Array, steps: Sequence[tuple[Rule, tuple[int, ...]]], curved: bool
    ) -> list[Dual]:
        slots = [Dual(x, ONE), *self._leaves[1:]]
        epsilon = self._epsilon
        with np.errstate(all="ignore"):
            for rule, operands in steps:
                slots.append(rule([slots[i] for i in operands], epsilon, curved))
        return slots


def _corners(node: sympy.Expr, slots: dict[int, int], epsilon: float) -> Iterator[_Corner]:
    """Yield the functions at whose zeros an operator is not smooth."""
    name, args = BY_NODE[type(node)].name, node.args
    if name in ("max", "min"):
        yield slots[id(args[0])], slots[id(args[1])], 0.0
    elif name == "div" and epsilon:
        yield slots[id(args[1])], None, epsilon
    elif name != "pow" or not is_whole(value_of(args[1])):
        for factor in _factors(args[name == "div"]):
            yield slots[id(factor)], None, 0.0


def _centres(node: sympy.Expr, slots: dict[int, int]) -> Iterator[_Corner]:
    """Yield the functions at whose zeros a smooth operator may do all that it does."""
    name, args = BY_NODE[type(node)].name, node.args
    others = list(_factors(args[1])) if name in ("mul", "aq") else []
    for factor in _factors(args[0]) if name != "aq" else others:
        if name != "mul" or factor in others:
            yield slots[id(factor)], None, 0.0


def _factors(node: sympy.Expr) -> Iterator[sympy.Expr]:
    """Yield trees of which one is zero, mostly changing its sign, wherever this one is zero."""
    row = BY_NODE.get(type(node))
    if row is None:
        if node is Y_PRED:
            yield node
    elif row.name == "mul":
        yield from _factors(node.args[0])
        yield from _factors(node.args[1])
    elif row.name in ("sqrt", "abs", "neg", "div", "pow"):
        yield from _factors(node.args[0])
    else:
        yield node


def _lay_leaves(trees: Sequence[sympy.Expr], slots: dict[int, int], leaves: list[Dual]) -> None:
    """Give every constant of the trees a slot among the leaves."""
    stack = list(trees)
    while stack:
        node = stack.pop()
        if type(node) in BY_NODE:
            stack.extend(node.args)
        elif node is Y_REAL:
            raise ValueError("y_real stands in the tree; analyse the trees of Loss.by_class()")
        elif id(node) not in slots:
            slots[id(node)] = len(leaves)
            leaves.append(Dual(np.float64(value_of(node))))


def _jets(slots: list[Dual], roots: Sequence[int], shape: tuple[int, ...]) -> tuple[Jet, ...]:
    """Return the jets of some slots, each as large as what was read."""
    duals = [slots[i] for i in roots]
    return tuple([Jet(_full(a.f, shape), _full(a.d, shape), _full(a.dd, shape)) for a in duals])


@np.errstate(all="ignore")
def _functions(
    slots: list[Dual], functions: Sequence[_Corner], shape: tuple[int, ...]
) -> Functions:
    """Return values and slopes of functions, each of shape (number of functions, *shape)."""
    values, slopes = np.zeros((2, len(functions), *shape))
    for i, (slot, other, offset) in enumerate(functions):
        a = slots[slot]
        values[i] = a.f + offset
        slopes[i] = 0.0 if a.d is None else a.d
        if other is not None:
            b = slots[other]
            values[i] -= b.f
            slopes[i] -= 0.0 if b.d is None else b.d
    return values, slopes


def _full(part: Any, shape: tuple[int, ...]) -> Array:
    if type(part) is np.ndarray and part.shape == shape:
        return part
    return np.zeros(shape) if part is None else np.full(shape, part, dtype=np.float64)
