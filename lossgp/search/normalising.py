"""Learning-rate normalisation: losses whose slopes are alike in size, whatever their factors.

Under gradient descent a factor of the loss is a factor of the learning rate, so that a search
among losses is one among learning rates, too. (Adam divides by the size of the gradient, and
nearly forgets the factor: Kingma and Ba, 2015, section 2.1.)
"""

from __future__ import annotations

from collections.abc import Sequence

from lossgp.expressions import Loss, LossPair
from lossgp.expressions.symbols import constant
from lossgp.expressions.tree import make

from .surrogate_features import root_mean_square, score_slopes

_DIGITS = 6  # of a multiplier: machines differ in the last bits of the slopes


def multipliers(loss: Loss | LossPair) -> tuple[float, ...]:
    """Return what makes the slopes of a loss 1 in size: one number, or D's and G's of a pair.

    The size is the root mean square of dl/ds, weighted as the raw score s ~ N(0, 2²) is: of a
    loss and of D's that of l₁ and l₀ together, of G's that of l₁, which is all that it meets. A
    loss of a single formula has one multiplier for both players. Where all slopes are 0 it is 1.
    """
    of_d, *of_g = LossPair.of(loss).by_player() if isinstance(loss, LossPair) else (loss,)
    curves = [score_slopes(of_d), *(score_slopes(half)[:1] for half in of_g)]
    sizes = [root_mean_square(slopes) for slopes in curves]
    return tuple(float(f"{1 / size:.{_DIGITS}g}") if size > 0 else 1.0 for size in sizes)


def multiplied(loss: Loss | LossPair, factors: Sequence[float]) -> Loss | LossPair:
    """Return a loss times its multipliers; the factor stands in the formula, and so in its key."""
    if isinstance(loss, LossPair):
        d, g = loss.discriminator, loss.generator
        return LossPair(_times(factors[0], d), _times(factors[-1], g))
    return _times(factors[0], loss)


def words(factors: Sequence[float]) -> str:
    """Return multipliers as people read them, such as "LR x 0.37"; empty if there are none."""
    if not factors:
        return ""
    if len(factors) == 1:
        return f"LR x {factors[0]:.3g}"
    return f"LR x {factors[0]:.3g} of D, x {factors[1]:.3g} of G"


def _times(factor: float, loss: Loss) -> Loss:
    return Loss(make("mul", constant(factor), loss.expr), loss.link)
