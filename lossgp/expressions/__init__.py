"""What a loss is: operators, trees, parsing, simplifying, equivalence, compiling, the zoo."""

from __future__ import annotations

from . import zoo
from .equivalence import LEVELS, Level, Seen
from .errors import FormulaError
from .loss import Link, Loss, LossPair, parse
from .operators import BY_NAME, EXTENDED, OPERATORS, PAPER, SETS, Operator
from .symbols import EPSILON, Y_PRED, Y_REAL

__all__ = [
    "BY_NAME",
    "EPSILON",
    "EXTENDED",
    "LEVELS",
    "OPERATORS",
    "PAPER",
    "SETS",
    "Y_PRED",
    "Y_REAL",
    "FormulaError",
    "Level",
    "Link",
    "Loss",
    "LossPair",
    "Operator",
    "Seen",
    "parse",
    "zoo",
]
