"""Values and slopes of a tree on NumPy arrays, without compiling it.

This is what screening and comparison use. A tree is written down once as a tape, its nodes in
postorder; each pass over the tape works on arrays of any dtype: one gives the values of all
nodes, a second the derivatives with respect to `y_pred` (forward mode) from those values.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray

from .operators import BY_NODE, Operator
from .symbols import Y_PRED, Y_REAL, value_of

FloatArray = NDArray[np.floating[Any]]

_ONE = 1.0  # the slope of y_pred itself, known by identity


class Tape:
    """A tree as a list of steps.

    Attributes:
        steps: `(row, a, b)`: an operator, and the registers of its operands, b being -1 where
            there is one; or `(None, number, -1)` for a constant. Register 0 is `y_pred`, 1 is
            `y_real`, and step k writes register k + 2.
        result: the register of the whole tree.
        size, height: as `tree.size` and `tree.height` count them.
        holds_prediction, holds_label: whether the variable stands in the tree.
    """

    def __init__(self, tree: sympy.Expr) -> None:
        self.tree = tree
        self.steps: list[tuple[Operator | None, Any, int]] = []
        self._heights = [0, 0]
        self.size = 0
        self.holds_prediction = self.holds_label = False
        self.result = self._write(tree)
        self.height = self._heights[self.result]

    def _write(self, node: sympy.Expr) -> int:
        heights = self._heights
        row = BY_NODE.get(type(node))
        self.size += 1
        if row is None:
            if node is Y_PRED:
                self.holds_prediction = True
                return 0
            if node is Y_REAL:
                self.holds_label = True
                return 1
            self.steps.append((None, value_of(node), -1))
            heights.append(0)
            return len(heights) - 1
        args = node._args
        a, b = self._write(args[0]), -1
        high = heights[a]
        if len(args) == 2:
            b = self._write(args[1])
            if row.name == "pow":  # its exponent belongs to the node
                self.size -= 1
            elif heights[b] > high:
                high = heights[b]
        self.steps.append((row, a, b))
        heights.append(high + 1)
        return len(heights) - 1

    def on(self, y_pred: FloatArray, y_real: FloatArray) -> Evaluation:
        """Return the evaluation on arrays of one shape, in their dtype."""
        return Evaluation(self, y_pred, y_real)


class Evaluation:
    """A tape on arrays. Nothing here gives a warning: infinities and NaN come back as such.

    Attributes:
        value: the values, of the arrays' shape and dtype.
    """

    def __init__(self, tape: Tape, y_pred: FloatArray, y_real: FloatArray) -> None:
        self._tape = tape
        self._like = y_pred
        self._registers: list[Any] = [y_pred, y_real]
        self._slopes: list[Any] = []
        self._found: FloatArray | None = None
        with np.errstate(all="ignore"):
            self.value = _filled(self._value(), y_pred)

    @property
    def slope(self) -> FloatArray:
        """The derivatives by `y_pred`, of the arrays' shape and dtype, computed when asked for."""
        if self._found is None:
            with np.errstate(all="ignore"):
                slope = self._slope()
                self._found = _filled(0.0 if slope is None else slope, self._like)
        return self._found

    def steps(self) -> Iterator[tuple[Operator, FloatArray, FloatArray, tuple[FloatArray, ...]]]:
        """Yield of every operator its row, values, slopes by `y_pred`, and operands' values."""
        _ = self.slope  # computes those of all steps
        like = self._like
        for k, (row, a, b) in enumerate(self._tape.steps, 2):
            if row is not None:
                slope = self._slopes[k]
                yield (
                    row,
                    _filled(self._registers[k], like),
                    _filled(0.0 if slope is None else slope, like),
                    tuple(_filled(self._registers[i], like) for i in (a, b) if i >= 0),
                )

    def _value(self) -> Any:
        registers = self._registers
        # A NumPy scalar of the arrays' dtype: divisions by zero follow IEEE, never raise.
        number, push = self._like.dtype.type, registers.append
        for row, a, b in self._tape.steps:
            if row is None:
                push(number(a))
            elif b < 0:
                push(row.value(registers[a]))
            else:
                push(row.value(registers[a], registers[b]))
        return registers[self._tape.result]

    def _slope(self) -> Any:
        """Return the slope; None stands for one that is zero everywhere."""
        registers, slopes = self._registers, [_ONE, None]
        push = slopes.append
        for k, (row, a, b) in enumerate(self._tape.steps, 2):
            slope = None
            if row is None:
                pass
            elif b < 0:
                inner = slopes[a]
                if inner is not None:
                    slope = _chain(row.slopes((registers[a],), registers[k])[0], inner)
            else:
                left, right = slopes[a], slopes[b]
                if left is not None or right is not None:
                    by_a, by_b = row.slopes((registers[a], registers[b]), registers[k])
                    if right is None:
                        slope = _chain(by_a, left)
                    elif left is None:
                        slope = _chain(by_b, right)
                    else:
                        slope = _chain(by_a, left) + _chain(by_b, right)
            push(slope)
        self._slopes = slopes
        return slopes[self._tape.result]


def values(tree: sympy.Expr, y_pred: FloatArray, y_real: FloatArray) -> FloatArray:
    """Return the tree's values on arrays of one shape, computed in their dtype."""
    return Tape(tree).on(y_pred, y_real).value


def values_and_slopes(
    tree: sympy.Expr, y_pred: FloatArray, y_real: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return values and d/d`y_pred`, both of the arrays' shape and dtype."""
    found = Tape(tree).on(y_pred, y_real)
    return found.value, found.slope


def _filled(x: Any, like: FloatArray) -> FloatArray:
    """Return x as an array of that shape and dtype."""
    if isinstance(x, np.ndarray) and x.shape == like.shape and x.dtype == like.dtype:
        return x
    return np.broadcast_to(np.asarray(x, dtype=like.dtype), like.shape)


def _chain(by: Any, slope: Any) -> Any:
    """Return by · slope; arrays are multiplied only where neither is the number 1 or -1."""
    if slope is _ONE:
        return by
    if type(by) is float:
        if by == 1.0:
            return slope
        if by == -1.0:
            return -slope
    return by * slope
