"""Options of a protocol that are varied, and how their values are written."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import Any

_ALIKE = 1e-6  # ratios of neighbouring values that differ by less are the same
_WIDE = 50.0  # so many times the least value, the largest is on a logarithmic axis


@dataclass(frozen=True)
class Varied:
    """An option that is varied.

    Attributes:
        key: its name in the protocol.
        values: those that it takes, in order.
        default: what it is where it is not varied; None where it has to be given.
    """

    key: str
    values: tuple[Any, ...]
    default: Any = None

    @property
    def usual(self) -> Any:
        """The value at which the other options are compared: the default, else the first."""
        return self.default if self.default in self.values else self.values[0]

    @property
    def is_numeric(self) -> bool:
        """Whether all values are numbers."""
        return all(isinstance(v, int | float) and not isinstance(v, bool) for v in self.values)

    @property
    def is_geometric(self) -> bool:
        """Whether a logarithmic axis suits: numbers above 0, in equal ratios or far apart."""
        if not self.is_numeric or len(self.values) < 2 or min(self.values) <= 0:
            return False
        ordered = sorted(float(v) for v in self.values)
        ratios = [b / a for a, b in itertools.pairwise(ordered)]
        equal = len(ratios) > 1 and max(ratios) - min(ratios) < _ALIKE * max(ratios)
        return equal or ordered[-1] / ordered[0] >= _WIDE


def shown(value: Any) -> str:
    """Return an option's value as people write it: 1e-5, adam, true."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return re.sub(r"e([+-])0*", lambda sign: f"e{sign[1].strip('+')}", f"{value:g}")
    if isinstance(value, list | tuple):
        return "-".join(map(shown, value))
    return "none" if value is None else str(value)
