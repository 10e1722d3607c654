"""Screening: cheap reasons why a candidate need not be trained, cheapest first.

(a) both variables, size, height; (b) finite and below 1e6 on a grid with edges; (c) float32
and float64 agree to 1 %; (d) a finite gradient that is not zero for either label; and, where
the settings ask for it, (e) calibration: an optimal discriminator that depends on the data,
and a generator that it pushes towards them.
"""

from __future__ import annotations

import math
from enum import StrEnum

import numpy as np
import sympy
from numpy.typing import NDArray

from lossgp.expressions import Loss
from lossgp.expressions.evaluate import values_and_slopes
from lossgp.expressions.symbols import Y_PRED, Y_REAL
from lossgp.expressions.tree import height, preorder

from .settings import SearchSettings

LARGEST = 1e6
AGREEMENT = 0.01


class Reason(StrEnum):
    """Why a candidate is not trained; the value is what people read."""

    VARIABLE = "a variable is missing"
    SIZE = "too large or too low a tree"
    VALUE = "not finite, or over 1e6"
    PRECISION = "float32 and float64 disagree"
    GRADIENT = "gradient not finite"
    FLAT = "no gradient for one label"
    CALIBRATION = "calibration: D or G would learn the wrong thing"
    DUPLICATE = "equal to an earlier one"


def _grid() -> NDArray[np.float64]:
    inner = np.linspace(0.0, 1.0, 29)
    return np.unique(np.concatenate([inner, [1e-6, 1e-3, 1 - 1e-3, 1 - 1e-6]]))


_P = _grid()
_GRID_P = np.concatenate([_P, _P])
_GRID_Y = np.concatenate([np.ones_like(_P), np.zeros_like(_P)])
_GRID_P32, _GRID_Y32 = _GRID_P.astype(np.float32), _GRID_Y.astype(np.float32)


def screen(tree: sympy.Expr, settings: SearchSettings) -> Reason | None:
    """Return why a tree is not worth training, or None if it is."""
    nodes = list(preorder(tree))
    if not any(n is Y_PRED for n in nodes) or not any(n is Y_REAL for n in nodes):
        return Reason.VARIABLE
    if len(nodes) > settings.max_size or height(tree) < settings.min_height:
        return Reason.SIZE
    value, slope = values_and_slopes(tree, _GRID_P, _GRID_Y)
    reason = _numeric(tree, value, slope)
    if reason is None and settings.calibration and not _calibrated(tree):
        return Reason.CALIBRATION
    return reason


def _calibrated(tree: sympy.Expr) -> bool:
    """Tell whether D* depends on the data and pulls G towards them."""
    from lossgp.analysis import screen as wrong  # late: few searches need the analysis

    return wrong(Loss(tree)) is None


def _numeric(
    tree: sympy.Expr, value: NDArray[np.floating], slope: NDArray[np.floating]
) -> Reason | None:
    # One reduction tells both "finite" and "small": NaN makes the comparison false.
    largest = float(np.abs(value).max())
    if not largest < LARGEST:
        return Reason.VALUE
    value32, slope32 = values_and_slopes(tree, _GRID_P32, _GRID_Y32)
    scale = math.sqrt(float(value @ value) / len(value))
    if not bool((np.abs(value32 - value) <= AGREEMENT * (np.abs(value) + scale)).all()):
        return Reason.PRECISION
    if not (np.isfinite(slope).all() and np.isfinite(slope32).all()):
        return Reason.GRADIENT
    steepest = np.abs(slope32.reshape(2, -1)).max(axis=1)
    return Reason.FLAT if float(steepest.min()) <= 1e-7 * max(scale, 1e-7) else None
