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

from lossgp.expressions import EPSILON, Y_PRED, Link, Loss, LossPair
from lossgp.expressions.tree import holds

from .classes import limits_by_class
from .corners import Arguments, corners_between
from .jets import Array, Jet
from .ranges import FIRST, ScorePoints, grid, logit
from .tape import Functions, JetTape


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
        """Return value, slope and curvature in the side's own variable; see `JetTape`."""
        return self.alone.jets(x, curved=curved)[0]

    def on_scores(self, s: Array | ScorePoints, *, curved: bool = True) -> Jet:
        """Return value, slope and curvature with respect to the score s; see `JetTape`."""
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
    def _tape(self) -> JetTape:
        first = self.sides[0]
        return JetTape([side.tree for side in self.sides], first.epsilon, first.link)

    @cached_property
    def _first(self) -> tuple[tuple[Jet, ...], Functions, Functions]:
        return self._tape.first(FIRST[self.sides[0].link].points)

    @property
    def first(self) -> tuple[Jet, ...]:
        """The jets of every side at the points of `FIRST`, in their own variable."""
        return self._first[0]

    def jets(self, x: Array, *, curved: bool = True) -> tuple[Jet, ...]:
        """Return value, slope and curvature of every side in their own variable; see `JetTape`."""
        return self._tape(np.asarray(x, dtype=np.float64), curved=curved)

    def cut_sooner(self, x: Array, limit: float) -> tuple[Jet, ...] | None:
        """Return the sides with exp cut off at a limit; None if it stands in none of them."""
        return self._tape.cut_sooner(x, limit)

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
        self, s: Array | ScorePoints, *, curved: bool = True, number: int | None = None
    ) -> tuple[Jet, ...]:
        """Return value, slope and curvature of every side with respect to the score s.

        Args:
            s: the scores, of any shape.
            curved: whether the curvature is asked for.
            number: of the sides that are read, the first ones; None for all.
        """
        if self.sides[0].link == "identity":
            return self._tape(
                s.s if isinstance(s, ScorePoints) else s, curved=curved, number=number
            )
        at = s if isinstance(s, ScorePoints) else ScorePoints.of(s)
        jets = []
        with np.errstate(all="ignore"):
            # dl/ds = l'(p)·p', and d²l/ds² = l''(p)·p'² + l'(p)·p'·(1 − 2p), as p' = p·(1 − p)
            for jet in self._tape(at.p, curved=curved, number=number):
                slope = jet.slope * at.slope
                curvature = jet.curvature
                if curved:
                    curvature = curvature * at.slope * at.slope + slope * (at.rest - at.p)
                jets.append(Jet(jet.value, slope, curvature))
        return tuple(jets)

    @cached_property
    def corners(self) -> Array:
        """Return where a side may bend sharply or become infinite, rising: `JetTape.arguments`."""
        if not self._tape.has_corners:
            return np.empty(0)
        return self._zeros(self._tape.arguments, self._first[1])

    @cached_property
    def centres(self) -> Array:
        """Return where a narrow bump of a side may stand, rising: `JetTape.centred`."""
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

    def generator_on_scores(self, s: Array | ScorePoints, *, curved: bool = True) -> Jet:
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
    return loss.by_class() if epsilon >= EPSILON else limits_by_class(loss)
