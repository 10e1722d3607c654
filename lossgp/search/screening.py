"""Screening: cheap reasons why a candidate need not be trained, cheapest first.

(a) both variables, size, height, nesting; (b) finite and below 1e6 on a grid with edges;
(c) float32 and float64 agree to 1 %; (d) a finite gradient that is not zero for either label;
and, where the settings ask for it, (e) calibration: an optimal discriminator that depends on the
data, and a generator that it pushes towards them.

Of a pair D's loss is looked at so. G's is looked at under the label 1, which is all that it
meets, and on the range of the optimal discriminator, where G is led.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import StrEnum

import numpy as np
import sympy

from lossgp.expressions import Loss, LossPair
from lossgp.expressions.evaluate import FloatArray, Tape
from lossgp.expressions.sampling import sample

from .genome import Genome
from .limits import nesting
from .settings import SearchSettings

LARGEST = 1e6
AGREEMENT = 0.01
_POINTS = 65  # on the range of the optimal discriminator


class Reason(StrEnum):
    """Why a candidate is not trained; the value is what people read."""

    VARIABLE = "a variable is missing"
    SIZE = "too large or too low a tree"
    DEPTH = "too high a tree"
    NESTING = "too deeply nested functions"
    VALUE = "not finite, or over 1e6"
    PRECISION = "float32 and float64 disagree"
    GRADIENT = "gradient not finite"
    FLAT = "no gradient for one label"
    IDLE = "no gradient for G on the range of D*"
    CALIBRATION = "calibration: D or G would learn the wrong thing"
    DUPLICATE = "equal to an earlier one"
    UNPROMISING = "less promising, by the surrogate"


def screen_genome(genome: Genome, settings: SearchSettings) -> Reason | None:
    """Return why a tree, or D's and G's, is not worth training, or None if it is."""
    if len(genome) == 1:
        return screen(genome[0], settings)
    d, g = genome
    tape = Tape(g)
    if not tape.holds_prediction:
        return Reason.VARIABLE
    reason = _shape(tape, settings) or _of_discriminator(d, settings) or _of_generator(d, tape)
    if reason is None and settings.calibration and not _calibrated(LossPair(Loss(d), Loss(g))):
        return Reason.CALIBRATION
    return reason


def screen(tree: sympy.Expr, settings: SearchSettings) -> Reason | None:
    """Return why a tree that serves both D and G is not worth training, or None if it is."""
    reason = _of_discriminator(tree, settings)
    if reason is None and settings.calibration and not _calibrated(Loss(tree)):
        return Reason.CALIBRATION
    return reason


def _of_discriminator(tree: sympy.Expr, settings: SearchSettings) -> Reason | None:
    found = sample(tree)
    tape = found.tape
    if not (tape.holds_prediction and tape.holds_label):
        return Reason.VARIABLE
    if tape.height < settings.min_height:
        return Reason.SIZE
    if reason := _shape(tape, settings):
        return reason
    reason, scale = _numeric(
        found.value, lambda: found.value32, lambda: found.slope, lambda: found.slope32
    )
    if reason is not None:
        return reason
    steepest = np.abs(found.slope32.reshape(2, -1)).max(axis=1)
    return Reason.FLAT if _is_flat(float(steepest.min()), scale) else None


def _shape(tape: Tape, settings: SearchSettings) -> Reason | None:
    if tape.size > settings.max_size:
        return Reason.SIZE
    if settings.max_depth is not None and tape.height > settings.max_depth:
        return Reason.DEPTH
    if settings.max_nesting is not None and nesting(tape.tree) > settings.max_nesting:
        return Reason.NESTING
    return None


def _of_generator(discriminator: sympy.Expr, tape: Tape) -> Reason | None:
    """Return what is wrong with G's loss where the optimal discriminator leads G, or None."""
    from lossgp.analysis import reach  # late, as below

    low, high = reach(Loss(discriminator))
    p = np.linspace(low, high, _POINTS)
    wide = tape.on(p, np.ones_like(p))
    narrow = tape.on(p.astype(np.float32), np.ones(_POINTS, np.float32))
    reason, scale = _numeric(
        wide.value, lambda: narrow.value, lambda: wide.slope, lambda: narrow.slope
    )
    if reason is not None:
        return reason
    return Reason.IDLE if _is_flat(float(np.abs(narrow.slope).max()), scale) else None


def _calibrated(loss: Loss | LossPair) -> bool:
    """Tell whether D* depends on the data and pulls G towards them."""
    from lossgp.analysis import screen as wrong  # late: few searches need the analysis

    return wrong(loss) is None


def _numeric(
    value: FloatArray,
    value32: Callable[[], FloatArray],
    slope: Callable[[], FloatArray],
    slope32: Callable[[], FloatArray],
) -> tuple[Reason | None, float]:
    """Return what is wrong with values and slopes, and the root mean square of the values.

    The cheapest is looked at first: the others are computed when it passes.
    """
    # One reduction tells both "finite" and "small": NaN makes the comparison false.
    if not float(np.abs(value).max()) < LARGEST:
        return Reason.VALUE, math.inf
    scale = math.sqrt(float(value @ value) / len(value))
    if not bool((np.abs(value32() - value) <= AGREEMENT * (np.abs(value) + scale)).all()):
        return Reason.PRECISION, scale
    finite = np.isfinite(slope()).all() and np.isfinite(slope32()).all()
    return None if finite else Reason.GRADIENT, scale


def _is_flat(steepest: float, scale: float) -> bool:
    return steepest <= 1e-7 * max(scale, 1e-7)
