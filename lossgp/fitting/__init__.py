"""From a tabulated or learned loss to formulas: symbolic regression on the operators of losses."""

from __future__ import annotations

from .curve import Curve, CurveError
from .curve_files import read
from .fit import Fit, Fitted, fit
from .regression import FitProgress, FitSettings

__all__ = ["Curve", "CurveError", "Fit", "FitProgress", "FitSettings", "Fitted", "fit", "read"]
