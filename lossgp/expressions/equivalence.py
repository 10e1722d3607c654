"""When two losses are the same: by structure, by value, by gradient.

Structure: equal after folding, the domain rules and sorting of commuting operands.
Value: equal on a grid of the domain. Gradient: equal up to a constant for each class and one
positive factor, which is all that a training with Adam can see.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import sympy
from numpy.typing import NDArray
from sympy.core.basic import Basic

from .evaluate import values
from .operators import BY_NODE
from .printing import number
from .rules import simplify
from .symbols import Y_PRED, Y_REAL, value_of

Level = Literal["structure", "value", "gradient"]
LEVELS: tuple[Level, ...] = ("structure", "value", "gradient")

_TOLERANCE = 1e-6
_CELL = 1e-4  # width of a bucket on the scale of the fingerprint; far above _TOLERANCE

# 64 points to find, 256 to make sure: half of each for either label. The small grid is the
# extremes and a Chebyshev-like spread; the large one is a different spread.
_FIND = 32
_CHECK = 128


def _grid(points: int, link: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    p = 0.5 - 0.5 * np.cos(np.pi * (np.arange(points) + 0.5) / points)
    if link == "identity":
        p = 8.0 * (2.0 * p - 1.0)
    return np.concatenate([p, p]), np.concatenate([np.ones(points), np.zeros(points)])


_GRIDS = {(n, link): _grid(n, link) for n in (_FIND, _CHECK) for link in ("sigmoid", "identity")}
_WEIGHTS = np.random.default_rng(20240402).normal(size=2 * _FIND)


def structure_key(tree: sympy.Expr, link: str = "sigmoid") -> str:
    """Return a text that is equal for trees of equal structure."""
    return _key(simplify(tree, link))


def _key(node: sympy.Expr) -> str:
    row = BY_NODE.get(type(node))
    if row is None:
        if node is Y_PRED:
            return "p"
        return "y" if node is Y_REAL else number(value_of(node))
    if row.name in ("add", "mul"):
        return f"{row.name}({','.join(sorted(_flat(node, row.node)))})"
    keys = [_key(a) for a in node.args]
    return f"{row.name}({','.join(sorted(keys) if row.commutative else keys)})"


def _flat(node: sympy.Expr, kind: type[Basic]) -> list[str]:
    """Return the keys of the operands of nested sums, or of nested products."""
    if type(node) is not kind:
        return [_key(node)]
    return [key for a in node.args for key in _flat(a, kind)]


def fingerprint(
    tree: sympy.Expr, link: str = "sigmoid", level: Level = "value", *, check: bool = False
) -> NDArray[np.float64]:
    """Return the values that stand for a loss at this level.

    Shape (64,), or (256,) with `check`: first label 1, then label 0. At the gradient level
    the values of each class are centred, and all are divided by their root mean square; a
    loss without gradient gives zeros.
    """
    p, y = _GRIDS[(_CHECK if check else _FIND), link]
    out = np.asarray(values(tree, p, y), dtype=np.float64)
    if level != "gradient":
        return out
    half = len(out) // 2
    with np.errstate(all="ignore"):
        centred = out.reshape(2, half) - out.reshape(2, half).mean(axis=1, keepdims=True)
        size = math.sqrt(float(np.mean(centred**2)))
        largest = float(np.abs(out).max())
    if not size > 1e-12 * max(largest, 1.0):
        return np.zeros_like(out)
    scaled: NDArray[np.float64] = (centred / size).ravel()
    return scaled


def same_values(a: NDArray[np.float64], b: NDArray[np.float64]) -> bool:
    """Tell whether two fingerprints agree to one part in a million of their scale."""
    scale = max(float(np.abs(a).max()), float(np.abs(b).max()), 1e-300)
    return bool(np.abs(a - b).max() <= _TOLERANCE * scale)


def equal(a: sympy.Expr, b: sympy.Expr, level: Level, link: str = "sigmoid") -> bool:
    """Tell whether two trees are equal at a level (each level includes those before it)."""
    if structure_key(a, link) == structure_key(b, link):
        return True
    if level == "structure":
        return False
    return same_values(
        fingerprint(a, link, level, check=True), fingerprint(b, link, level, check=True)
    )


@dataclass(frozen=True)
class _Entry:
    name: str
    tree: sympy.Expr


class Seen:
    """The losses met so far, up to equivalence: finds the earlier equal of a new one.

    A loss is looked up by its structure key, then by one number made of its fingerprint, on
    a logarithmic grid whose two neighbouring cells are searched too, so that rounding can
    separate no equals; candidates of a cell are compared on 256 points.
    """

    def __init__(self, level: Level = "gradient", link: str = "sigmoid") -> None:
        if level not in LEVELS:
            raise ValueError(f"the level of equivalence is {level!r}; it must be one of {LEVELS}")
        self.level: Level = level
        self.link = link
        self._structures: dict[str, str] = {}
        self._cells: dict[tuple[int, int], list[_Entry]] = {}

    def find(self, tree: sympy.Expr) -> str | None:
        """Return the name of an earlier loss equal to this one, or None."""
        known = self._structures.get(structure_key(tree, self.link))
        if known is not None or self.level == "structure":
            return known
        sign, cell = self._cell(tree)
        for neighbour in (cell, cell - 1, cell + 1):
            for entry in self._cells.get((sign, neighbour), ()):
                if equal(entry.tree, tree, self.level, self.link):
                    return entry.name
        return None

    def add(self, tree: sympy.Expr, name: str) -> None:
        """Remember a loss under a name."""
        self._structures.setdefault(structure_key(tree, self.link), name)
        if self.level != "structure":
            self._cells.setdefault(self._cell(tree), []).append(_Entry(name, tree))

    def _cell(self, tree: sympy.Expr) -> tuple[int, int]:
        with np.errstate(all="ignore"):
            total = float(fingerprint(tree, self.link, self.level) @ _WEIGHTS)
        if not math.isfinite(total) or abs(total) < 1e-30:
            return 0, 0
        return int(np.sign(total)), math.floor(math.log(abs(total)) / _CELL)
