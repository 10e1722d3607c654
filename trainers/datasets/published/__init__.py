"""Published data sets in the layout in which people have them, each a row of the registry."""

from .reading import anomaly_plan, hints, read_published, scanner_format
from .registry import PUBLICATIONS
from .specification import Specification, specified

__all__ = [
    "PUBLICATIONS",
    "Specification",
    "anomaly_plan",
    "hints",
    "read_published",
    "scanner_format",
    "specified",
]
