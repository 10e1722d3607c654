"""`LossPair`: a loss for the discriminator and one for the generator."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from lossgp.common.echo import quoted

from . import equivalence
from .certificate import Certificate
from .compiling import TensorFunction
from .errors import FormulaError
from .evaluate import FloatArray
from .export import source
from .formula_files import AsText
from .loss import Loss
from .pair_notation import latex_of_pair, of_player, split
from .parsing import Notation
from .storable import ECHO
from .symbols import EPSILON

if TYPE_CHECKING:
    from sympy import Expr

    from .module import Criterion

ArrayFunction = Callable[[Any, Any], FloatArray]


@dataclass(frozen=True)
class LossPair(AsText, kind="pair"):
    """The losses of a GAN: D minimises one, G the other.

    G's loss is called with the label 1 on generated samples (the label-flipping,
    non-saturating convention), so a single `Loss` can serve as both.

    What a `Loss` answers with one thing, a pair answers with two, D's and G's, in this order,
    also where one loss serves both: `d, g = lossgp.zoo.hinge.torch()`. So do `torch`, `numpy`,
    `sympy`, `diff`, `by_class` and `certificate`; `text`, `latex`, `simplified`, `source`,
    `key`, `size` and the rest take the pair as a whole.
    """

    discriminator: Loss
    generator: Loss

    def __post_init__(self) -> None:
        if not self.discriminator.uses_label():
            raise FormulaError(
                f"y_real is missing in {quoted(self.discriminator.text(), ECHO)}; a "
                "discriminator's loss must tell real samples (y_real = 1) from generated ones "
                "(y_real = 0)"
            )

    @classmethod
    def of(cls, loss: Loss | LossPair) -> LossPair:
        """Return the pair in which one loss serves both, or the pair itself."""
        return loss if isinstance(loss, LossPair) else cls(loss, loss)

    @classmethod
    def parse(cls, written: str, *, notation: Notation = "auto") -> LossPair:
        """Return the pair of `D: formula; G: formula`, or of one formula for both.

        In LaTeX a pair may be written as `latex()` writes it, L_D and L_G aligned.

        Args:
            written: the formulas.
            notation: "text", "latex", or "auto", as `Loss.parse` has it.

        Raises:
            FormulaError: a formula cannot be read, or D's does not hold `y_real`.
        """
        halves = split(written)
        if halves is None:
            return cls.of(Loss.parse(written, notation=notation))
        with of_player("D"):
            d = Loss.parse(halves[0], notation=notation)
        with of_player("G"):
            g = Loss.parse(halves[1], notation=notation)
        return cls(d, g)

    @classmethod
    def restored(cls, text: str) -> Self:
        """Return the pair whose `text()` this is, read as `Loss.restored` reads."""
        halves = split(text)
        if halves is not None:
            return cls(*map(Loss.restored, halves))
        both = Loss.restored(text)
        return cls(both, both)

    @staticmethod
    def split(written: str) -> tuple[str, str] | None:
        """Return what stands after `D:` and after `G:`; None for a single formula.

        Raises:
            FormulaError: there are not these two parts.
        """
        return split(written)

    @property
    def is_single(self) -> bool:
        """Tell whether one loss serves both networks."""
        return self.discriminator == self.generator

    def by_player(self) -> tuple[Loss, ...]:
        """Return the one loss that serves both, or D's and G's."""
        return (self.discriminator,) if self.is_single else self._both

    def text(self) -> str:
        """Return one formula, or `D: …; G: …`; `LossPair.parse` reads both."""
        if self.is_single:
            return self.discriminator.text()
        return f"D: {self.discriminator.text()}; G: {self.generator.text()}"

    def latex(self, *, epsilon: bool = False) -> str:
        """Return LaTeX: one formula, or L_D and L_G aligned; `LossPair.parse` reads both."""
        d, g = (x.latex(epsilon=epsilon) for x in (self.discriminator, self.generator))
        if self.is_single:
            return d
        return latex_of_pair(d, g)

    def simplified(self) -> LossPair:
        """Return the pair of the simplified losses: equal for the labels 0 and 1.

        Of two losses G's is the one under the label 1.
        """
        d = self.discriminator.simplified()
        d = d if d.uses_label() else self.discriminator
        return LossPair(d, d if self.is_single else self.generator_at_one.simplified())

    @property
    def generator_at_one(self) -> Loss:
        """G's loss under the label 1, which is all that it meets; itself if `y_pred` falls out."""
        return self.generator.at_label(1)

    def key(self) -> str:
        """Return the identity of what is trained."""
        if self.is_single:
            return self.discriminator.key()
        joined = f"{self.discriminator.key()}:{self.generator.key()}"
        return hashlib.sha256(joined.encode()).hexdigest()[:32]

    def compare(
        self, other: LossPair
    ) -> tuple[equivalence.Level | None, tuple[float, float] | None]:
        """Return the strictest level at which both halves are equal, and their two scales.

        A half's scale is the factor c > 0 in this pair's slopes = c · the other's. Both
        are None where D's or G's losses differ.
        """
        level_d, scale_d = self.discriminator.compare(other.discriminator)
        level_g, scale_g = self.generator.compare(other.generator)
        if level_d is None or level_g is None or scale_d is None or scale_g is None:
            return None, None
        return max(level_d, level_g, key=equivalence.LEVELS.index), (scale_d, scale_g)

    @property
    def size(self) -> int:
        """Number of nodes, of both trees where there are two."""
        return self.discriminator.size + (0 if self.is_single else self.generator.size)

    @property
    def height(self) -> int:
        """Number of edges from a root to the deepest leaf, of the higher tree."""
        return max(loss.height for loss in self._both)

    @property
    def complexity(self) -> int:
        """Complexity, of both trees where there are two."""
        d, g = self._both
        return d.complexity + (0 if self.is_single else g.complexity)

    @property
    def _both(self) -> tuple[Loss, Loss]:
        return self.discriminator, self.generator

    def torch(
        self, *, reduction: str = "mean", from_logits: bool = False, check_range: bool = True
    ) -> tuple[Criterion, Criterion]:
        """Return the modules of D's loss and of G's (`Loss.torch`)."""
        d, g = (
            loss.torch(reduction=reduction, from_logits=from_logits, check_range=check_range)
            for loss in self._both
        )
        return d, g

    def numpy(self, *, check_range: bool = True) -> tuple[ArrayFunction, ArrayFunction]:
        """Return the functions of arrays of D's loss and of G's (`Loss.numpy`)."""
        d, g = (loss.numpy(check_range=check_range) for loss in self._both)
        return d, g

    def sympy(self, epsilon: float = EPSILON) -> tuple[Expr, Expr]:
        """Return both as ordinary SymPy (`Loss.sympy`)."""
        return self.discriminator.sympy(epsilon), self.generator.sympy(epsilon)

    def diff(self, epsilon: float = EPSILON) -> tuple[Expr, Expr]:
        """Return the derivatives of both with respect to `y_pred` (`Loss.diff`)."""
        return self.discriminator.diff(epsilon), self.generator.diff(epsilon)

    def by_class(self, *, epsilon: bool = True) -> tuple[tuple[Expr, Expr], tuple[Expr, Expr]]:
        """Return l₁ and l₀ of D's loss, and l₁ and l₀ of G's (`Loss.by_class`)."""
        d, g = (loss.by_class(epsilon=epsilon) for loss in self._both)
        return d, g

    def certificate(self) -> tuple[Certificate, Certificate]:
        """Return what is proven of D's loss and of G's (`Loss.certificate`)."""
        return self.discriminator.certificate(), self.generator.certificate()

    def same_as(self, other: LossPair, level: equivalence.Level = "value") -> bool:
        """Tell whether D's losses are equal and G's are, by "structure", "value" or "gradient"."""
        return all(a.same_as(b, level) for a, b in zip(self._both, other._both, strict=True))

    def criterion_functions(self) -> tuple[TensorFunction, TensorFunction]:
        """Return the per-sample functions of D and of G on raw scores and labels."""
        return self.discriminator.on_scores(), self.generator.on_scores()

    def source(self, target: str = "torch") -> str:
        """Return the text of a stand-alone file for one of `export.targets()`."""
        return source(self, target)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"


def restored(text: str) -> Loss | LossPair:
    """Return the loss or the pair whose `text()` this is, read as `Loss.restored` reads."""
    return Loss.restored(text) if split(text) is None else LossPair.restored(text)


def parse(written: str, *, notation: Notation = "auto") -> Loss | LossPair:
    """Return the loss of a formula, or the pair of `D: …; G: …`.

    Args:
        written: the formula or formulas, as plain text or as LaTeX.
        notation: "text", "latex", or "auto": LaTeX where there is a backslash, a dollar sign,
            or a brace after ^ or _.

    Raises:
        FormulaError: it cannot be read, `y_pred` is missing, or `y_real` is missing where a
            discriminator must tell real from generated samples.
    """
    pair = LossPair.parse(written, notation=notation)
    return pair.discriminator if pair.is_single else pair
