"""The one-variable losses of a game: D on real, D on generated, and G's own.

Everything in this package looks at a loss through these sides. The variable of a side is the
prediction p = σ(s) under the sigmoid link, and the raw score s under the identity link;
`on_scores` brings both to the score.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import sympy
from numpy.typing import NDArray

from lossgp.expressions import EPSILON, Y_PRED, Y_REAL, Link, Loss, LossPair
from lossgp.expressions.operators import BY_NODE
from lossgp.expressions.rules import simplify
from lossgp.expressions.symbols import constant
from lossgp.expressions.tree import build, holds, substitute

from .corners import Arguments, corners_between
from .jets import Array, Jet, constant_value
from .ranges import FIRST, grid, logit, sigmoid
from .tape import Functions, Tape


@dataclass(frozen=True)
class Side:
    """The loss of one player on one kind of sample, a function of one variable.

    Attributes:
        tree: an expression over `y_pred` alone.
        link: what the variable is: a probability ("sigmoid") or a score ("identity").
        epsilon: ε of the protected operators, 0 for the limit.
    """

    tree: sympy.Expr
    link: Link
    epsilon: float

    @property
    def is_constant(self) -> bool:
        """Tell whether the variable does not stand in the tree."""
        return not holds(self.tree, Y_PRED)

    def jet(self, x: Array, *, curved: bool = True) -> Jet:
        """Return value, slope and curvature in the side's own variable; see `Tape`."""
        return self.alone.jets(x, curved=curved)[0]

    def on_scores(self, s: Array, *, curved: bool = True) -> Jet:
        """Return value, slope and curvature with respect to the score s; see `Tape`."""
        return self.alone.on_scores(s, curved=curved)[0]

    @cached_property
    def alone(self) -> Bundle:
        """A bundle of this side."""
        return Bundle((self,))

    def at(self, x: float) -> tuple[float, float, float]:
        """Return value, slope and curvature at one point of the own variable."""
        out = self.jet(np.array([x]))
        return float(out.value[0]), float(out.slope[0]), float(out.curvature[0])


@dataclass(frozen=True)
class Bundle:
    """Sides of one variable that are read together: what their trees share is read once.

    Attributes:
        sides: one or more sides of the same link and ε.
    """

    sides: tuple[Side, ...]

    @cached_property
    def _tape(self) -> Tape:
        first = self.sides[0]
        return Tape([side.tree for side in self.sides], first.epsilon, first.link)

    @cached_property
    def _first(self) -> tuple[tuple[Jet, ...], Functions, Functions]:
        return self._tape.first(FIRST[self.sides[0].link].points)

    @property
    def first(self) -> tuple[Jet, ...]:
        """The jets of every side at the points of `FIRST`, in their own variable."""
        return self._first[0]

    def jets(self, x: Array, *, curved: bool = True) -> tuple[Jet, ...]:
        """Return value, slope and curvature of every side in their own variable; see `Tape`."""
        return self._tape(np.asarray(x, dtype=np.float64), curved=curved)

    def chosen(self, x: Array, which: NDArray[np.intp], *, curved: bool = True) -> Jet:
        """Return one side's jet in each row of points.

        Args:
            x: points in the own variable, shape (n, k).
            which: index of the side that is read in each row, shape (n,).
            curved: whether the curvature is asked for.
        """
        out, *others = self.jets(x, curved=curved)
        for i, other in enumerate(others, 1):
            here = which[:, None] == i
            value, slope = (
                np.where(here, new, old)
                for new, old in ((other.value, out.value), (other.slope, out.slope))
            )
            bent = np.where(here, other.curvature, out.curvature) if curved else out.curvature
            out = Jet(value, slope, bent)
        return out

    def on_scores(
        self, s: Array, *, curved: bool = True, number: int | None = None
    ) -> tuple[Jet, ...]:
        """Return value, slope and curvature of every side with respect to the score s.

        Args:
            s: the scores, of any shape.
            curved: whether the curvature is asked for.
            number: of the sides that are read, the first ones; None for all.
        """
        s = np.asarray(s, dtype=np.float64)
        if self.sides[0].link == "identity":
            return self._tape(s, curved=curved, number=number)
        p = sigmoid(s)
        q = 1.0 - p  # exactly what the trees see as 1 − y_pred
        jets = []
        with np.errstate(all="ignore"):
            width = p * q
            for own in self._tape(p, curved=curved, number=number):
                slope = own.slope * width
                curvature = own.curvature
                if curved:
                    curvature = curvature * width * width + slope * (q - p)
                jets.append(Jet(own.value, slope, curvature))
        return tuple(jets)

    @cached_property
    def corners(self) -> Array:
        """Return where a side may bend sharply or become infinite, rising: `Tape.arguments`."""
        if not self._tape.has_corners:
            return np.empty(0)
        return self._zeros(self._tape.arguments, self._first[1])

    @cached_property
    def centres(self) -> Array:
        """Return where a narrow bump of a side may stand, rising: `Tape.centred`."""
        if not self._tape.has_centres:
            return np.empty(0)
        return self._zeros(self._tape.centred, self._first[2])

    def _zeros(self, functions: Arguments, read: Functions) -> Array:
        link = self.sides[0].link
        values, slopes = (part[:, FIRST[link].inner] for part in read)
        return corners_between(functions, grid(link), (values, slopes))

    @cached_property
    def corners_on_scores(self) -> Array:
        """Return the corners as scores."""
        return self.corners if self.sides[0].link == "identity" else logit(self.corners)


@dataclass(frozen=True)
class Sides:
    """The three sides of a game.

    Attributes:
        real: l₁, D's loss on real samples.
        fake: l₀, D's loss on generated samples.
        generator: l_G, G's loss on generated samples (label 1, the flipped label).
    """

    real: Side
    fake: Side
    generator: Side

    @classmethod
    def of(cls, loss: Loss | LossPair, *, epsilon: float = 0.0) -> Sides:
        """Return the sides of a loss that serves both players, or of a pair.

        Args:
            loss: the loss or pair.
            epsilon: ε of the protected operators; 0 (the default) is the limit that theory
                speaks of, `lossgp.expressions.EPSILON` what is trained.

        Raises:
            ValueError: ε is negative or not finite.
        """
        if not (math.isfinite(epsilon) and epsilon >= 0):
            raise ValueError(f"epsilon is {epsilon}; it must be 0 for the limit, or positive")
        d = loss.discriminator if isinstance(loss, LossPair) else loss
        g = loss.generator if isinstance(loss, LossPair) else loss
        real, fake = _by_class(d, epsilon)
        one, zero = Side(real, d.link, epsilon), Side(fake, d.link, epsilon)
        if g is d:
            return cls(one, zero, one)
        return cls(one, zero, Side(_by_class(g, epsilon)[0], g.link, epsilon))

    @cached_property
    def discriminator(self) -> Bundle:
        """D's two sides: real, then fake."""
        return Bundle((self.real, self.fake))

    def on_scores(self, s: Array, *, curved: bool = True) -> tuple[Jet, Jet]:
        """Return D's two sides with respect to the score, in one pass: real, then fake."""
        real, fake = self.discriminator.on_scores(s, curved=curved)
        return real, fake

    def generator_on_scores(self, s: Array, *, curved: bool = True) -> Jet:
        """Return G's side with respect to the score."""
        if self.is_flipped:
            return self.discriminator.on_scores(s, curved=curved, number=1)[0]
        return self.generator.on_scores(s, curved=curved)

    @cached_property
    def is_flipped(self) -> bool:
        """Tell whether G's loss is D's with the label flipped: what D loses on real samples."""
        return self.generator is self.real or self.generator == self.real

    @property
    def players(self) -> dict[str, Side]:
        """Return the sides by name: "real", "fake", "generator"."""
        return {"real": self.real, "fake": self.fake, "generator": self.generator}


def _by_class(loss: Loss, epsilon: float) -> tuple[sympy.Expr, sympy.Expr]:
    if epsilon >= EPSILON:
        return loss.by_class()
    done: dict[int, sympy.Expr] = {}  # both trees share what holds no label
    trees = [substitute(loss.expr, Y_REAL, constant(label)) for label in (1, 0)]
    with np.errstate(all="ignore"):
        one, zero = (simplify(_in_the_limit(tree, done), loss.link) for tree in trees)
    return one, zero


def _in_the_limit(tree: sympy.Expr, done: dict[int, sympy.Expr]) -> sympy.Expr:
    """Return the tree with constants folded for ε = 0 wherever that is finite.

    `Loss.by_class(epsilon=False)` does this with SymPy's arithmetic, which takes seconds on
    some random trees; here it is done in float64.

    Args:
        tree: the tree.
        done: the answers so far by the identity of trees, which must be alive.
    """
    if id(tree) not in done:
        done[id(tree)] = _folded(tree, done)
    return done[id(tree)]


def _folded(tree: sympy.Expr, done: dict[int, sympy.Expr]) -> sympy.Expr:
    row = BY_NODE.get(type(tree))
    if row is None:
        return tree
    args = tuple([_in_the_limit(a, done) for a in tree.args])
    known = [isinstance(a, sympy.Number) for a in args]
    if any(known):
        if (row.name == "mul" and _is_zero(*args)) or (row.name == "div" and _is_zero(args[0])):
            return constant(0)
        if all(known):
            value = constant_value(row, args, epsilon=0.0)
            if math.isfinite(value):
                return constant(value)
    changed = any(new is not old for new, old in zip(args, tree.args, strict=True))
    return build(row, *args) if changed else tree


def _is_zero(*args: sympy.Expr) -> bool:
    return any(isinstance(a, sympy.Number) and not a for a in args)
