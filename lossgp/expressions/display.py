"""The form of a loss that people see: simplified as far as it stays the same loss.

SymPy's own simplification can take minutes and does not know the protected operators, so it
runs in a child process with a time limit, and what it returns is accepted only if it is
smaller and equal in value on a dense grid that holds the edges of the domain, and the places
where the loss is sharp.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import sympy

from .evaluate import Tape
from .loss import Loss
from .points import looked_at
from .sampling import Vector
from .symbols import constant, value_of
from .tree import complexity, operands, preorder, rebuilt

TOLERANCE = 1e-6
"""Largest difference of an accepted form, relative to 1 + |loss|."""

_NOISE = 1e-12


@dataclass(frozen=True)
class Shown:
    """A loss as it is shown.

    Attributes:
        loss: the form to show.
        difference: largest difference from the loss that is trained, relative to 1 + |loss|.
        by: "rules" or "sympy": what made the form.
        points: the number of points on which they were compared: those of `looked_at`.
    """

    loss: Loss
    difference: float
    by: str
    points: int


def shown(loss: Loss, *, seconds: float = 3.0, tolerance: float = 1e-3) -> Shown:
    """Return the form of a loss to show.

    Args:
        loss: the loss that is trained.
        seconds: time limit of the strong simplification, which is asked only where it may
            find something; 0 leaves it out.
        tolerance: how far rounding the constants to short decimals may move the loss,
            relative to 1 + |loss|; 0 leaves the constants as they are.
    """
    best, by = loss.simplified(), "rules"
    if seconds > 0 and _may_shrink(best.expr):
        stronger = _in_child(best, seconds)
        if stronger is not None:
            # SymPy's own rounding turns 1 into 0.9999999999999999.
            stronger = rounded(stronger, stronger, _NOISE).simplified()
            if _accepted(loss, best, stronger):
                best, by = stronger, "sympy"
    if tolerance > 0:
        best = rounded(best, loss, tolerance)
    seen = Reference.of(loss, best)
    return Shown(best, seen.difference(best), by, len(seen.p))


@dataclass(frozen=True)
class Reference:
    """A loss at the points on which others are compared with it; arrays of shape (n,)."""

    p: Vector
    y: Vector
    value: Vector

    @classmethod
    def of(cls, loss: Loss, *others: Loss) -> Reference:
        """Return a loss at the points where it, or one of the others, may be sharp."""
        p, y = looked_at([x.expr for x in (loss, *others)], loss.link)
        return cls(p, y, _values(loss, p, y))

    def difference(self, other: Loss) -> float:
        """Return the largest difference of another loss, relative to 1 + |the loss|.

        Points where either is not finite, or exceeds a million, count only if the other is.
        """
        left, right = self.value, _values(other, self.p, self.y)
        with np.errstate(all="ignore"):
            large = ~(np.abs(left) < 1e6) & ~(np.abs(right) < 1e6)
            gaps = np.where(large, 0.0, np.abs(left - right) / (1.0 + np.abs(left)))
        return float(np.nan_to_num(gaps, nan=np.inf).max())


def difference(a: Loss, b: Loss) -> float:
    """Return the largest difference of two losses of one link; see `Reference.difference`."""
    return Reference.of(a, b).difference(b)


def rounded(loss: Loss, reference: Loss, tolerance: float) -> Loss:
    """Return the loss with each constant as the shortest decimal that the tolerance allows.

    One after the other, from the leaves up, every constant takes the fewest significant
    digits with which the whole loss stays within the tolerance of the reference.
    """
    known = Reference.of(reference)
    for index in range(_count(loss.expr)):
        for digits in range(1, 16):
            candidate = _with_digits(loss, index, digits)
            # The quick look first: where the candidate alone is sharp is found at more cost.
            if (
                candidate is not None
                and known.difference(candidate) <= tolerance
                and (candidate == loss or difference(reference, candidate) <= tolerance)
            ):
                loss = candidate
                break
    return loss


def _values(loss: Loss, p: Vector, y: Vector) -> Vector:
    return np.asarray(Tape(loss.expr).on(p, y).value, dtype=np.float64)


def _count(tree: sympy.Expr) -> int:
    below = operands(tree)
    return sum(map(_count, below)) if below else int(isinstance(tree, sympy.Number))


def _with_digits(loss: Loss, index: int, digits: int) -> Loss | None:
    left = index

    def walk(tree: sympy.Expr) -> sympy.Expr:
        nonlocal left
        below = operands(tree)
        if below:
            return rebuilt(tree, [walk(a) for a in below])
        if isinstance(tree, sympy.Number):
            left -= 1
            if left == -1:
                return constant(float(f"{value_of(tree):.{digits}g}"))
        return tree

    try:
        return Loss(walk(loss.expr), loss.link)
    except ValueError:  # rounded up to infinity, or an exponent beyond what is allowed
        return None


def _may_shrink(tree: sympy.Expr) -> bool:
    """Tell whether a variable stands twice, or two constants meet: else nothing can be joined."""
    leaves = [node for node in preorder(tree) if not operands(node)]
    names = [leaf for leaf in leaves if isinstance(leaf, sympy.Symbol)]
    return len(names) > len(set(names)) or len(leaves) - len(names) > 1


def _accepted(loss: Loss, best: Loss, stronger: Loss) -> bool:
    smaller = complexity(stronger.expr) < complexity(best.expr)
    return smaller and difference(loss, stronger) <= TOLERANCE


def _in_child(loss: Loss, seconds: float) -> Loss | None:
    """Return SymPy's simplification, computed by a child that is killed when time is up."""
    command = [sys.executable, "-P", "-m", "lossgp.expressions.simplifying_child"]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(loss.to_json()) + "\n",
            capture_output=True,
            text=True,
            timeout=seconds,
            check=True,
        )
        return Loss.from_json(json.loads(done.stdout.splitlines()[-1]))
    except (subprocess.SubprocessError, OSError, ValueError, IndexError):
        # Too slow, crashed, or nothing that a loss can be written as: the rules' form stays.
        return None
