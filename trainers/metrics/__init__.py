"""Metrics of generated images, measured on the features of a network.

Cheap to import: torch is imported where something is measured.
"""

from .measuring import measure, measure_passing, of_real, reference
from .metric import Metric
from .registry import METRICS, NAMES, check, possible
from .sides import RealSide

__all__ = [
    "METRICS",
    "NAMES",
    "Metric",
    "RealSide",
    "check",
    "measure",
    "measure_passing",
    "of_real",
    "possible",
    "reference",
]
