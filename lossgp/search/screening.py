"""Screening: cheap reasons why a candidate need not be trained, cheapest first.

(a) both variables, size, height, nesting; (b) finite and below 1e6 on a grid with edges;
(c) float32 and float64 agree to 1 %; (d) a finite gradient that is not zero for either label;
and, where the settings ask for it, (e) calibration: an optimal discriminator that depends on the
data, and a generator that it pushes towards them.
"""

from __future__ import annotations

import math
from enum import StrEnum

import numpy as np
import sympy

from lossgp.expressions import Loss
from lossgp.expressions.sampling import Sample, sample

from .limits import nesting
from .settings import SearchSettings

LARGEST = 1e6
AGREEMENT = 0.01


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
    CALIBRATION = "calibration: D or G would learn the wrong thing"
    DUPLICATE = "equal to an earlier one"
    UNPROMISING = "less promising, by the surrogate"


def screen(tree: sympy.Expr, settings: SearchSettings) -> Reason | None:
    """Return why a tree is not worth training, or None if it is."""
    found = sample(tree)
    tape = found.tape
    if not (tape.holds_prediction and tape.holds_label):
        return Reason.VARIABLE
    if tape.size > settings.max_size or tape.height < settings.min_height:
        return Reason.SIZE
    if settings.max_depth is not None and tape.height > settings.max_depth:
        return Reason.DEPTH
    if settings.max_nesting is not None and nesting(tree) > settings.max_nesting:
        return Reason.NESTING
    reason = _numeric(found)
    if reason is None and settings.calibration and not _calibrated(tree):
        return Reason.CALIBRATION
    return reason


def _calibrated(tree: sympy.Expr) -> bool:
    """Tell whether D* depends on the data and pulls G towards them."""
    from lossgp.analysis import screen as wrong  # late: few searches need the analysis

    return wrong(Loss(tree)) is None


def _numeric(found: Sample) -> Reason | None:
    value = found.value
    # One reduction tells both "finite" and "small": NaN makes the comparison false.
    if not float(np.abs(value).max()) < LARGEST:
        return Reason.VALUE
    scale = math.sqrt(float(value @ value) / len(value))
    if not bool((np.abs(found.value32 - value) <= AGREEMENT * (np.abs(value) + scale)).all()):
        return Reason.PRECISION
    slope32 = found.slope32
    if not (np.isfinite(found.slope).all() and np.isfinite(slope32).all()):
        return Reason.GRADIENT
    steepest = np.abs(slope32.reshape(2, -1)).max(axis=1)
    return Reason.FLAT if float(steepest.min()) <= 1e-7 * max(scale, 1e-7) else None
