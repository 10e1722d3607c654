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

from lossgp.expressions import EPSILON, Y_PRED, Y_REAL, Link, Loss, LossPair
from lossgp.expressions.operators import BY_NODE
from lossgp.expressions.rules import simplify
from lossgp.expressions.symbols import constant
from lossgp.expressions.tree import build, holds, substitute

from .jets import Array, Jet, Tape, constant_value


def sigmoid(s: Array) -> Array:
    """Return p = 1 / (1 + exp(−s)) without overflow."""
    e = np.exp(-np.abs(s))
    return np.asarray(np.where(s >= 0, 1.0, e) / (1.0 + e), dtype=np.float64)


def logit(p: Array) -> Array:
    """Return s = log(p / (1 − p)); −∞ at 0 and ∞ at 1."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(p) - np.log1p(-p), dtype=np.float64)


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

    def jet(self, x: Array) -> Jet:
        """Return value, slope and curvature in the side's own variable."""
        return self._tape(np.asarray(x, dtype=np.float64))[0]

    @cached_property
    def _tape(self) -> Tape:
        return Tape([self.tree], self.epsilon)

    def on_scores(self, s: Array) -> Jet:
        """Return value, slope and curvature with respect to the score s."""
        return _on_scores(self._tape, self.link, s)[0]

    def at(self, x: float) -> tuple[float, float, float]:
        """Return value, slope and curvature at one point of the own variable."""
        out = self.jet(np.array([x]))
        return float(out.value[0]), float(out.slope[0]), float(out.curvature[0])


def _on_scores(tape: Tape, link: Link, s: Array) -> tuple[Jet, ...]:
    """Return the jets of a tape, of probabilities or scores, with respect to the score."""
    s = np.asarray(s, dtype=np.float64)
    if link == "identity":
        return tape(s)
    p = sigmoid(s)
    q = 1.0 - p  # exactly what the trees see as 1 − y_pred
    jets = []
    with np.errstate(all="ignore"):
        width = p * q
        for own in tape(p):
            slope = own.slope * width
            curvature = own.curvature * width * width + slope * (q - p)
            jets.append(Jet(own.value, slope, curvature))
    return tuple(jets)


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
        generator = real if g is d else _by_class(g, epsilon)[0]
        return cls(
            Side(real, d.link, epsilon),
            Side(fake, d.link, epsilon),
            Side(generator, g.link, epsilon),
        )

    @cached_property
    def _discriminator(self) -> Tape:
        return Tape([self.real.tree, self.fake.tree], self.real.epsilon)

    def on_scores(self, s: Array) -> tuple[Jet, Jet]:
        """Return D's two sides with respect to the score, in one pass: real, then fake."""
        real, fake = _on_scores(self._discriminator, self.real.link, s)
        return real, fake

    @property
    def players(self) -> dict[str, Side]:
        """Return the sides by name: "real", "fake", "generator"."""
        return {"real": self.real, "fake": self.fake, "generator": self.generator}


def _by_class(loss: Loss, epsilon: float) -> tuple[sympy.Expr, sympy.Expr]:
    if epsilon >= EPSILON:
        return loss.by_class()
    one, zero = (
        simplify(_in_the_limit(substitute(loss.expr, Y_REAL, constant(label))), loss.link)
        for label in (1, 0)
    )
    return one, zero


def _in_the_limit(tree: sympy.Expr) -> sympy.Expr:
    """Return the tree with constants folded for ε = 0 wherever that is finite.

    `Loss.by_class(epsilon=False)` does this with SymPy's arithmetic, which takes seconds on
    some random trees; here it is done in float64.
    """
    row = BY_NODE.get(type(tree))
    if row is None:
        return tree
    args = [_in_the_limit(a) for a in tree.args]
    zeros = [isinstance(a, sympy.Number) and a == 0 for a in args]
    if (row.name == "mul" and any(zeros)) or (row.name == "div" and zeros[0]):
        return constant(0)
    changed = any(new is not old for new, old in zip(args, tree.args, strict=True))
    node = build(row, *args) if changed else tree
    if all(isinstance(a, sympy.Number) for a in args):
        value = constant_value(node, epsilon=0.0)
        if math.isfinite(value):
            return constant(value)
    return node
