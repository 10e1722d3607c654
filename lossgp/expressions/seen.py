"""The losses that a search has met, up to equivalence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import sympy

from .equivalence import LEVELS, Level, Proof, fingerprint, middle_size, structure_key
from .sampling import FIND

_CELL = 1e-4  # width of a bucket; a difference within the tolerance moves by less than this
_WEIGHTS = np.random.default_rng(20240402).normal(size=2 * FIND) / 8.0


@dataclass(eq=False)
class _Looked:
    """A tree that was looked up or kept, with what was computed of it."""

    tree: sympy.Expr
    link: str
    level: Level
    name: str = ""

    @cached_property
    def structure(self) -> str:
        return structure_key(self.tree, self.link)

    @cached_property
    def cell(self) -> int:
        """A bucket that equal losses share, or whose neighbour they lie in."""
        found = fingerprint(self.tree, self.link, self.level)
        with np.errstate(all="ignore"):
            middle = middle_size(found)
            if not 0 < middle < np.inf:
                return 0
            # Squashed, so that a pole does not drown the rest; of all points, so that a
            # difference within the tolerance moves the sum by less than a cell.
            total = float(np.arcsinh(found / middle) @ _WEIGHTS) + float(np.log(middle))
        return int(np.floor(total / _CELL)) if np.isfinite(total) else 0

    @cached_property
    def proof(self) -> Proof:
        return Proof.of(self.tree, self.link, self.level)


class Seen:
    """The losses met so far, up to equivalence: finds the earlier equal of a new one.

    A loss is looked up by its structure key, then by one number made of its fingerprint, on
    a grid whose two neighbouring cells are searched too, so that rounding separates no
    equals; candidates of a cell are compared on 256 points.

    Example:
        >>> from lossgp.expressions import Loss, Seen
        >>> seen = Seen()
        >>> seen.add(Loss.parse("(p - y)**2").expr, "least squares")
        >>> seen.find(Loss.parse("3*(y - p)**2 + y").expr)
        'least squares'
    """

    def __init__(self, level: Level = "gradient", link: str = "sigmoid") -> None:
        if level not in LEVELS:
            raise ValueError(f"the level of equivalence is {level!r}; it must be one of {LEVELS}")
        self.level: Level = level
        self.link = link
        self._structures: dict[str, str] = {}
        self._cells: dict[int, list[_Looked]] = {}
        self._last: _Looked | None = None

    def find(self, tree: sympy.Expr) -> str | None:
        """Return the name of an earlier loss equal to this one, or None."""
        new = self._look(tree)
        known = self._structures.get(new.structure)
        if known is not None or self.level == "structure":
            return known
        for cell in (new.cell, new.cell - 1, new.cell + 1):
            for old in self._cells.get(cell, ()):
                if old.proof.same_as(new.proof):
                    return old.name
        return None

    def add(self, tree: sympy.Expr, name: str) -> None:
        """Remember a loss under a name."""
        new = self._look(tree)
        self._last = None
        new.name = name
        self._structures.setdefault(new.structure, name)
        if self.level != "structure":
            self._cells.setdefault(new.cell, []).append(new)

    def _look(self, tree: sympy.Expr) -> _Looked:
        # `add` mostly follows `find` of the same tree: nothing is computed twice.
        if self._last is None or self._last.tree is not tree:
            self._last = _Looked(tree, self.link, self.level)
        return self._last
