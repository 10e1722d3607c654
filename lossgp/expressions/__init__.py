"""What a loss is: operators, trees, parsing, simplifying, equivalence, compiling, the zoo."""

from __future__ import annotations

from . import zoo
from .certificate import Certificate
from .display import Shown, shown
from .equivalence import LEVELS, Level
from .errors import FormulaError
from .loss import Link, Loss
from .operators import BY_NAME, EXTENDED, OPERATORS, PAPER, SETS, Operator
from .pair import LossPair, parse
from .seen import Seen
from .stacks import stacked
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
    "Certificate",
    "FormulaError",
    "Level",
    "Link",
    "Loss",
    "LossPair",
    "Operator",
    "Seen",
    "Shown",
    "parse",
    "shown",
    "stacked",
    "zoo",
]
